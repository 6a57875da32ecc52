"""Shape and wording of the forms about people."""

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    BooleanField,
    Form,
    PasswordField,
    RadioField,
    SelectChoice,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

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
    """Return text without control characters and without spaces around it."""
    if value is None:
        return None
    return "".join(c for c in value if c.isprintable() and not "\ud800" <= c <= "\udfff").strip()


def folded(value: str | None) -> str | None:
    """Return a login as it is stored."""
    return None if value is None else fold_login(stripped(value) or "")


class LoginForm(Form):
    """Sign in."""

    login = StringField(
        _l("accounts.login"), [DataRequired(_l("accounts.login_missing"))], filters=[folded]
    )
    password = PasswordField(
        _l("accounts.password"), [InputRequired(_l("accounts.password_missing"))]
    )


class PasswordForm(Form):
    """Choose a password, through a one-time link."""

    password = PasswordField(_l("accounts.new_password"), NEW_PASSWORD)


class DisplayForm(Form):
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
