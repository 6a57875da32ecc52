"""Shape and wording of the forms about the shop, its stores and team."""

from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    DateField,
    PasswordField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from crm.accounts.forms import NEW_LOGIN, NEW_PASSWORD, PageForm, folded, stripped
from crm.accounts.rules import NAME_MAX as STAFF_NAME_MAX
from crm.accounts.rules import Role
from crm.i18n import _, _l
from crm.stores.rules import CODE_MAX, NAME_MAX, FirstUse, NewStore, StoreState

NAME_LENGTH = Length(max=NAME_MAX, message=_l("accounts.name_too_long", n=NAME_MAX))
STAFF_NAME_LENGTH = Length(
    max=STAFF_NAME_MAX, message=_l("accounts.name_too_long", n=STAFF_NAME_MAX)
)


class SetupForm(PageForm):
    """First use: the shop, its first store and the owner."""

    shop = StringField(
        _l("stores.shop_name"),
        [DataRequired(_l("stores.shop_missing")), NAME_LENGTH],
        filters=[stripped],
    )
    store = StringField(
        _l("stores.first_store"),
        [DataRequired(_l("stores.store_missing")), NAME_LENGTH],
        filters=[stripped],
    )
    name = StringField(
        _l("stores.your_name"),
        [DataRequired(_l("accounts.name_missing")), STAFF_NAME_LENGTH],
        filters=[stripped],
    )
    login = StringField(_l("accounts.login"), NEW_LOGIN, filters=[folded])
    password = PasswordField(_l("accounts.password"), NEW_PASSWORD)

    def to_command(self) -> FirstUse:
        """Return what the service takes."""
        return FirstUse(
            shop=str(self.shop.data),
            store=str(self.store.data),
            name=str(self.name.data),
            login=str(self.login.data),
            password=str(self.password.data),
        )


class RoleForm(PageForm):
    """A person's role and stores; the view passes the stores in."""

    role = SelectField(
        _l("accounts.role"),
        [InputRequired(_l("stores.role_missing"))],
        choices=[SelectChoice(role.value, _l(f"accounts.role_{role.value}")) for role in Role],
        coerce=Role,
        validate_choice=False,
    )
    stores = SelectMultipleField(_l("stores.stores"), coerce=int)

    def __init__(self, *args: Any, stores: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores.choices = [SelectChoice(store_id, name) for store_id, name in stores]

    def validate_stores(self, field: SelectMultipleField) -> None:
        """A store manager or an assistant works somewhere."""
        if self.role.data in (Role.MANAGER, Role.ASSISTANT) and not field.data:
            raise ValidationError(_("stores.stores_missing"))


class StaffForm(RoleForm):
    """A new colleague; she chooses her password with a link."""

    name = StringField(
        _l("accounts.name"),
        [DataRequired(_l("accounts.name_missing")), STAFF_NAME_LENGTH],
        filters=[stripped],
    )
    login = StringField(_l("accounts.login"), NEW_LOGIN, filters=[folded])


class StoreForm(PageForm):
    """A new store."""

    name = StringField(
        _l("stores.store_name"),
        [DataRequired(_l("stores.store_missing")), NAME_LENGTH],
        filters=[stripped],
    )
    code = StringField(
        _l("stores.code"),
        [
            DataRequired(_l("stores.code_missing")),
            Length(max=CODE_MAX, message=_l("stores.code_too_long", n=CODE_MAX)),
        ],
        filters=[stripped],
    )
    closed_on = DateField(_l("stores.closed_on"), [Optional()])

    def to_command(self) -> NewStore:
        """Return the store as the service takes it."""
        return NewStore(
            name=str(self.name.data),
            code=str(self.code.data),
            state=StoreState.CLOSED if self.closed_on.data else StoreState.OPEN,
            closed_on=self.closed_on.data,
        )
