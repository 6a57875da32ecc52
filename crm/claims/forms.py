"""Shape and wording of the forms about forbidden words."""

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, ValidationError

from crm.accounts.forms import PageForm
from crm.claims.rules import (
    ADVICE_MAX,
    TEXT_MAX,
    WORD_MAX,
    Industry,
    Level,
    NewWord,
    clean_line,
    clean_text,
    normalise,
)
from crm.i18n import _, _l

INDUSTRIES = [
    SelectChoice(industry.value, _l(f"claims.industry.{industry.value}")) for industry in Industry
]


class TryForm(PageForm):
    """A sentence to check; nothing is stored."""

    text = TextAreaField(
        _l("claims.try"),
        [
            InputRequired(_l("claims.try_missing")),
            Length(max=TEXT_MAX, message=_l("claims.too_long", n=TEXT_MAX)),
        ],
        filters=[clean_text],
    )
    industry = SelectField(_l("claims.industry"), choices=INDUSTRIES)


class WordForm(PageForm):
    """A word of the shop's own."""

    word = StringField(
        _l("claims.word"),
        [
            InputRequired(_l("claims.word_missing")),
            Length(max=WORD_MAX, message=_l("claims.too_long", n=WORD_MAX)),
        ],
        filters=[clean_line],
    )
    level = RadioField(
        _l("claims.level"),
        choices=[
            SelectChoice(level.value, _l(f"claims.own_level.{level.value}"))
            for level in (Level.BLOCK, Level.HINT)
        ],
        default=Level.BLOCK.value,
    )
    advice = StringField(
        _l("claims.instead"),
        [Length(max=ADVICE_MAX, message=_l("claims.too_long", n=ADVICE_MAX))],
        filters=[clean_line],
    )

    def validate_word(self, field: StringField) -> None:
        """A word of signs only would read as nothing and be found everywhere."""
        read = normalise(field.data or "").text
        if not read.strip() or "\n" in read:
            raise ValidationError(_("claims.word_shape"))

    def to_command(self) -> NewWord:
        return NewWord(str(self.word.data), Level(self.level.data), self.advice.data or "")
