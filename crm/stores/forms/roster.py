"""Shape and wording of the forms for duty and leave."""

from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    DateField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    TimeField,
)
from wtforms.validators import InputRequired, Optional

from crm.accounts.forms import PageForm
from crm.i18n import _, _l
from crm.stores.forms.hours import EVERYWHERE, WEEK, over_night
from crm.stores.rules.roster import DutyRole, Leave, Shift

People = list[tuple[int, str]]
CHOOSE = {
    "invalid_choice_message": _l("stores.choose_person"),
    "invalid_value_message": _l("stores.choose_person"),
}


def _choices(rows: People) -> list[SelectChoice]:
    return [SelectChoice(*row) for row in rows]


class ShiftForm(PageForm):
    """Who is on duty when: on weekdays every week, or on one date."""

    person = SelectField(_l("stores.duty_person"), coerce=int, **CHOOSE)
    weekdays = SelectMultipleField(
        _l("stores.duty_weekdays"),
        choices=[SelectChoice(n, _l(f"fmt.weekday_{n}")) for n in WEEK],
        coerce=int,
    )
    on = DateField(_l("stores.duty_on"), [Optional()])
    start = TimeField(_l("stores.start"), [InputRequired(_l("stores.time_missing"))])
    end = TimeField(_l("stores.end"), [InputRequired(_l("stores.time_missing"))])
    store = SelectField(_l("stores.where"), coerce=int, default=EVERYWHERE)
    role = RadioField(
        _l("stores.duty_role"),
        choices=[SelectChoice(r.value, _l(f"stores.duty_role_{r.value}")) for r in DutyRole],
        default=DutyRole.DUTY.value,
    )

    def __init__(self, *args: Any, people: People, stores: People, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person.choices = _choices(people)
        self.store.choices = _choices([(EVERYWHERE, _("stores.everywhere")), *stores])

    def validate(self, extra_validators: Any = None) -> bool:
        """Weekdays or a date, not both and not neither."""
        valid = bool(super().validate(extra_validators))
        if valid and bool(self.weekdays.data) == bool(self.on.data):
            self.weekdays.errors = [_("stores.duty_when")]
            return False
        return valid

    def to_shifts(self) -> list[Shift]:
        """Return one shift a weekday, or the one of the date."""
        start, end = over_night(self.start, self.end)
        common = (int(self.person.data), DutyRole(self.role.data), self.store.data or None)
        if self.on.data:
            return [Shift(*common, None, self.on.data, start, end)]
        return [Shift(*common, day, None, start, end) for day in self.weekdays.data or ()]


class LeaveForm(PageForm):
    """Days away, both included, and who stands in."""

    away = SelectField(_l("stores.leave_person"), coerce=int, **CHOOSE)
    substitute = SelectField(_l("stores.leave_substitute"), coerce=int, **CHOOSE)
    first_day = DateField(_l("stores.leave_first"), [InputRequired(_l("stores.date_missing"))])
    last_day = DateField(_l("stores.leave_last"), [InputRequired(_l("stores.date_missing"))])

    def __init__(self, *args: Any, people: People, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.away.choices = self.substitute.choices = _choices(people)

    def to_leave(self) -> Leave:
        """Return the leave as the service takes it."""
        return Leave(
            int(self.away.data),
            int(self.substitute.data),
            self.first_day.data,  # type: ignore[arg-type]
            self.last_day.data,  # type: ignore[arg-type]
        )
