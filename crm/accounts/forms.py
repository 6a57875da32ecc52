"""Shape and wording of the forms about people, and what the forms of every domain share."""

from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    BooleanField,
    Field,
    Form,
    PasswordField,
    RadioField,
    SelectChoice,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp

from crm.accounts.rules import (
    LOGIN_MAX,
    LOGIN_PATTERN,
    NAME_MAX,
    PASSWORD_MAX,
    PASSWORD_MIN,
    TextSize,
    fold_login,
)
from crm.i18n import _l
from crm.unseen import seen

NAME_LENGTH = Length(max=NAME_MAX, message=_l("accounts.name_too_long", n=NAME_MAX))
NEW_LOGIN = (
    DataRequired(_l("accounts.login_missing")),
    Length(max=LOGIN_MAX, message=_l("accounts.login_shape", n=LOGIN_MAX)),
    Regexp(f"^{LOGIN_PATTERN.pattern}$", message=_l("accounts.login_shape", n=LOGIN_MAX)),
)
NEW_PASSWORD = (
    InputRequired(_l("accounts.password_missing")),
    Length(
        min=PASSWORD_MIN, max=PASSWORD_MAX, message=_l("accounts.password_length", min=PASSWORD_MIN)
    ),
)


def stripped(value: str | None) -> str | None:
    """Return text of one line without what nobody sees and without spaces around it."""
    return None if value is None else " ".join(seen(value).split())


def folded(value: str | None) -> str | None:
    """Return a login as it is stored."""
    return None if value is None else fold_login(stripped(value) or "")


_OWN_WORDS: dict[str, Any] = {
    "Not a valid integer value.": _l("accounts.form_number"),
    "Not a valid date value.": _l("accounts.form_date"),
    "Not a valid time value.": _l("accounts.form_time"),
}
"""What the library says of a value that it cannot read, in our words; the rest is of choices."""


class _Words:
    """The library's own sentences in the language in use."""

    def gettext(self, text: str) -> str:
        return str(_OWN_WORDS.get(text, _l("accounts.form_choice")))

    def ngettext(self, one: str, _many: str, _n: int) -> str:
        return self.gettext(one)


class PageForm(Form):
    """A form of a page: whatever is wrong in it is said in our words."""

    class Meta:
        """Read by the library."""

        def get_translations(self, _form: Form) -> _Words:
            """Return who words the library's own sentences."""
            return _Words()


def left_to_range(_form: Form, field: Field) -> None:
    """Drop that the value could not be read: the range that follows says what fits."""
    field.errors = []


def whole_number(words: Any, low: int, high: int) -> list[Any]:
    """Return what lets in a number between two bounds; the words say so, whatever is wrong."""
    return [InputRequired(words), left_to_range, NumberRange(low, high, words)]


class LoginForm(PageForm):
    """Sign in."""

    login = StringField(
        _l("accounts.login"), [DataRequired(_l("accounts.login_missing"))], filters=[folded]
    )
    password = PasswordField(
        _l("accounts.password"), [InputRequired(_l("accounts.password_missing"))]
    )


class PasswordForm(PageForm):
    """Choose a password, through a one-time link."""

    password = PasswordField(_l("accounts.new_password"), NEW_PASSWORD)


class DisplayForm(PageForm):
    """How the product looks to one person."""

    text_size = RadioField(
        _l("accounts.text_size"),
        [InputRequired(_l("accounts.text_size_missing"))],
        choices=[
            SelectChoice(size.value, _l(f"accounts.text_size_{size.value}")) for size in TextSize
        ],
        coerce=TextSize,
        validate_choice=False,
    )
    locale = RadioField(
        _l("accounts.language"),
        choices=[SelectChoice("zh", "中文"), SelectChoice("en", "English")],
        default="zh",
    )
    single_keys = BooleanField(_l("accounts.single_keys"))
