"""Shape and wording of the forms about hours: a day, a week, a date, a livestream, a trial."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    DateField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from crm.accounts.forms import PageForm, stripped
from crm.i18n import _, _l, fmt
from crm.stores.rules import BadHours, HoursCommand
from crm.stores.rules.calendar import DAY_MINUTES, Window
from crm.stores.rules.hours import HOURS_TEXT_MAX, Week, read_windows, written

YEARS = range(2000, 2100)
"""Far from them a calendar leaves the years that a date can have."""
EVERYWHERE = 0
WEEK = range(7)


def write_windows(windows: Sequence[Window]) -> str:
    """Return windows in one line."""
    return fmt.listed(written(windows))


def minutes(field: TimeField) -> int | None:
    """Return the time of a field in minutes of the day."""
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
            start=minutes(self.start) or 0,
            end=minutes(self.end) or DAY_MINUTES,
            break_start=minutes(self.break_start),
            break_end=minutes(self.break_end),
        )


class WindowsField(StringField):
    """The windows of a day in one line: 9:00–12:00、13:30–18:00."""

    def __init__(self, label: Any, **more: Any) -> None:
        too_long = Length(max=HOURS_TEXT_MAX, message=_l("stores.hours_too_long", n=HOURS_TEXT_MAX))
        super().__init__(label, [too_long, _can_be_read], filters=[stripped], **more)

    def windows(self) -> list[Window]:
        """Return what was typed, merged and in order."""
        return read_windows(self.data or "")


def _can_be_read(_form: Any, field: WindowsField) -> None:
    try:
        field.windows()
    except BadHours as error:
        raise ValidationError(_("stores.hours_shape")) from error


class WeekForm(PageForm):
    """The hours of each weekday, one line a day; an empty line is a day off."""

    day_0 = WindowsField(_l("fmt.weekday_0"))
    day_1 = WindowsField(_l("fmt.weekday_1"))
    day_2 = WindowsField(_l("fmt.weekday_2"))
    day_3 = WindowsField(_l("fmt.weekday_3"))
    day_4 = WindowsField(_l("fmt.weekday_4"))
    day_5 = WindowsField(_l("fmt.weekday_5"))
    day_6 = WindowsField(_l("fmt.weekday_6"))

    @staticmethod
    def data_of(week: Week) -> dict[str, str]:
        """Return a week as the form edits it."""
        return {f"day_{day}": write_windows(week.get(day, [])) for day in WEEK}

    def days(self) -> list[Any]:
        """Return the seven fields in order."""
        return [self[f"day_{day}"] for day in WEEK]

    def week(self) -> Week:
        """Return the hours by weekday."""
        return {day: field.windows() for day, field in enumerate(self.days())}


class _StoreForm(PageForm):
    """A form whose entry holds for the whole shop or for one store."""

    store = SelectField(_l("stores.where"), coerce=int, default=EVERYWHERE)

    def __init__(self, *args: Any, stores: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.store.id = f"{type(self).__name__}-store"  # several such forms stand on one page
        everywhere = SelectChoice(EVERYWHERE, _("stores.everywhere"))
        self.store.choices = [everywhere, *(SelectChoice(id_, name) for id_, name in stores)]

    @property
    def store_id(self) -> int | None:
        return self.store.data or None


class DayOffForm(_StoreForm):
    """A date on which the shop, or one store, is closed or keeps other hours."""

    on = DateField(_l("stores.day_off"), [InputRequired(_l("stores.date_missing"))])
    windows = WindowsField(_l("stores.day_hours"))


class LivestreamForm(_StoreForm):
    """A weekly livestream; an end before the start lies on the next day."""

    weekdays = SelectMultipleField(
        _l("stores.weekdays"),
        [InputRequired(_l("stores.weekday_missing"))],
        choices=[SelectChoice(n, _l(f"fmt.weekday_{n}")) for n in WEEK],
        coerce=int,
    )
    live_start = TimeField(_l("stores.live_start"), [InputRequired(_l("stores.time_missing"))])
    live_end = TimeField(_l("stores.live_end"), [InputRequired(_l("stores.time_missing"))])

    def window(self) -> Window:
        """Return start and end in minutes of the day on which the stream starts."""
        return over_night(self.live_start, self.live_end)


def over_night(first: TimeField, last: TimeField) -> Window:
    """Return start and end in minutes of the first day; an end before the start is on the next."""
    start, end = minutes(first) or 0, minutes(last) or 0
    return start, end if end > start else end + DAY_MINUTES


class TryForm(_StoreForm):
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
