"""Shape and wording of the forms about the shop, its stores, hours and team."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    DateField,
    PasswordField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from crm.accounts.forms import NEW_LOGIN, NEW_PASSWORD, PageForm, folded, stripped
from crm.accounts.rules import NAME_MAX as STAFF_NAME_MAX
from crm.accounts.rules import Role
from crm.i18n import _, _l
from crm.stores.rules import CODE_MAX, NAME_MAX, FirstUse, HoursCommand, NewStore, StoreState

YEARS = range(2000, 2100)
"""Far from them a calendar leaves the years that a date can have."""
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


def _minutes(field: TimeField) -> int | None:
    return None if field.data is None else field.data.hour * 60 + field.data.minute


class HoursForm(PageForm):
    """Staffed hours of every day, with one break."""

    start = TimeField(_l("stores.start"), [InputRequired(_l("stores.time_missing"))])
    end = TimeField(_l("stores.end"), [InputRequired(_l("stores.time_missing"))])
    break_start = TimeField(_l("stores.break_start"), [Optional()])
    break_end = TimeField(_l("stores.break_end"), [Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        """A break has both ends or none."""
        valid = bool(super().validate(extra_validators))
        if valid and (self.break_start.data is None) != (self.break_end.data is None):
            self.break_end.errors = [_("stores.break_both")]
            return False
        return valid

    def to_command(self) -> HoursCommand:
        """Return the hours in minutes of the day; an end of 00:00 is midnight."""
        return HoursCommand(
            start=_minutes(self.start) or 0,
            end=_minutes(self.end) or 1440,
            break_start=_minutes(self.break_start),
            break_end=_minutes(self.break_end),
        )


class DayOffForm(PageForm):
    """A date on which the shop is closed."""

    on = DateField(_l("stores.day_off"), [InputRequired(_l("stores.date_missing"))])


class LivestreamForm(PageForm):
    """A weekly livestream; an end before the start lies on the next day."""

    weekdays = SelectMultipleField(
        _l("stores.weekdays"),
        [InputRequired(_l("stores.weekday_missing"))],
        choices=[SelectChoice(n, _l(f"fmt.weekday_{n}")) for n in range(7)],
        coerce=int,
    )
    live_start = TimeField(_l("stores.live_start"), [InputRequired(_l("stores.time_missing"))])
    live_end = TimeField(_l("stores.live_end"), [InputRequired(_l("stores.time_missing"))])

    def window(self) -> tuple[int, int]:
        """Return start and end in minutes of the day on which the stream starts."""
        start, end = _minutes(self.live_start) or 0, _minutes(self.live_end) or 0
        return start, end if end > start else end + 1440


class TryForm(PageForm):
    """A moment to try the hours with."""

    at = StringField(
        _l("stores.try_at"), [DataRequired(_l("stores.time_missing"))], filters=[stripped]
    )

    def moment(self, zone: ZoneInfo) -> datetime:
        """Return the moment in the shop's zone. Raises ValueError, also far from our days."""
        moment = datetime.fromisoformat(str(self.at.data))
        if moment.year not in YEARS:
            raise ValueError(moment.year)
        return moment.replace(tzinfo=zone)
