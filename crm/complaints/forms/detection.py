"""What the owner tells the complaint scorer: a word, how often to ask, a sentence to try."""

from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from crm.accounts.forms import PageForm, stripped, whole_number
from crm.complaints.rules.learning import ASKS_MAX, WORD_MAX
from crm.complaints.rules.words import TEXT_MAX
from crm.i18n import _l


class AsksForm(PageForm):
    """How many lines a store is asked about in a day."""

    asks_per_day = IntegerField(
        _l("complaints.detection.asks"),
        whole_number(_l("complaints.detection.asks_range", most=ASKS_MAX), 0, ASKS_MAX),
    )


class ComplaintWordForm(PageForm):
    """A word to add or to leave out; what a word is, the rules decide."""

    word = StringField(
        _l("complaints.detection.word"),
        [
            DataRequired(_l("complaints.detection.word_unfit")),
            Length(max=WORD_MAX, message=_l("complaints.detection.word_unfit")),
        ],
        filters=[stripped],
    )


class TrySentenceForm(PageForm):
    """A sentence to score; nothing is stored."""

    text = TextAreaField(
        _l("complaints.detection.try"),
        [
            DataRequired(_l("complaints.detection.try_missing")),
            Length(max=TEXT_MAX, message=_l("complaints.detection.try_long", most=TEXT_MAX)),
        ],
        filters=[stripped],
    )
