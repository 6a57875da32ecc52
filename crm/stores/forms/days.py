"""Shape and wording of the form for a year of statutory days."""

from datetime import date
from typing import Any

from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from crm.accounts.forms import PageForm, stripped
from crm.i18n import _l
from crm.stores.rules.statutory import PASTE_MAX, SOURCE_MAX

FIRST_YEAR, YEARS_AHEAD = 2020, 2
_PLAIN = str.maketrans("", "", "\x00")


def _pasted(text: str | None) -> str:
    return "" if text is None else text.translate(_PLAIN).replace("\r\n", "\n").strip()


class YearForm(PageForm):
    """A year, its days as CSV or as the text of the notice, and where they come from."""

    year = IntegerField(_l("stores.calendar_year"))
    text = TextAreaField(
        _l("stores.calendar_text"),
        [
            DataRequired(_l("stores.calendar_text_missing")),
            Length(max=PASTE_MAX, message=_l("stores.calendar_too_long", n=PASTE_MAX)),
        ],
        filters=[_pasted],
    )
    source = StringField(
        _l("stores.calendar_source"),
        [Length(max=SOURCE_MAX, message=_l("stores.calendar_source_too_long", n=SOURCE_MAX))],
        filters=[stripped],
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = today.year + YEARS_AHEAD
        words = _l("stores.calendar_year_range", first=FIRST_YEAR, last=last)
        self.year.validators = [
            InputRequired(message=words),
            NumberRange(min=FIRST_YEAR, max=last, message=words),
        ]
