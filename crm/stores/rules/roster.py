"""Who is on duty: weekly and single shifts, leave with a stand-in, gaps in the plan. Pure."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.stores.rules.calendar import DAY_MINUTES

STAND_INS_MAX = 5
"""How far a chain of people on leave is followed; then the level is empty."""
ROSTER_DAYS = 7
_DAY = timedelta(days=1)


class DutyRole(enum.Enum):
    """In whose place a person on duty is alerted."""

    DUTY = "duty"
    LEAD = "lead"


class BadShift(ValueError):
    """A shift that names both a weekday and a date, or neither, or no time at all."""


class BadLeave(ValueError):
    """Leave that ends before it begins, or that names oneself as the stand-in."""


class NotHere(Exception):
    """The person does not work in that store, or no longer works here."""


@dataclass(frozen=True)
class Shift:
    """A person's duty; it belongs to the day on which it starts and may end on the next one."""

    staff_id: int
    role: DutyRole
    store_id: int | None
    weekday: int | None
    on_date: date | None
    start_minute: int
    end_minute: int

    def is_on(self, day: date) -> bool:
        """Whether the shift starts on that day."""
        if self.on_date is not None:
            return self.on_date == day
        return self.weekday == day.weekday()


@dataclass(frozen=True)
class Leave:
    """Days away, both included, and who stands in."""

    staff_id: int
    substitute_id: int
    first_day: date
    last_day: date

    def holds_on(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True)
class Duty:
    """A stretch of time on which somebody is on duty for one store, or for all (None)."""

    start: datetime
    end: datetime
    shift: Shift


def duties(shifts: Sequence[Shift], since: datetime, until: datetime, zone: ZoneInfo) -> list[Duty]:
    """Every duty between two instants, in order; last night's may still run."""
    day, last = since.astimezone(zone).date() - _DAY, until.astimezone(zone).date()
    found: list[Duty] = []
    while day <= last:
        for shift in shifts:
            if not shift.is_on(day):
                continue
            start = _instant(day, shift.start_minute, zone)
            end = _instant(day, shift.end_minute, zone)
            if start < until and since < end:
                found.append(Duty(start, end, shift))
        day += _DAY
    return sorted(found, key=lambda duty: (duty.start, duty.end, duty.shift.staff_id))


def on_duty(
    shifts: Sequence[Shift], role: DutyRole, store_id: int, at: datetime, zone: ZoneInfo
) -> list[int]:
    """Who is on duty for a store at that instant (half-open shifts), each once."""
    now = duties(shifts, at, at + timedelta(microseconds=1), zone)
    return list(
        dict.fromkeys(
            duty.shift.staff_id
            for duty in now
            if duty.shift.role is role and duty.shift.store_id in {None, store_id}
        )
    )


def stand_in(staff_id: int, away: Mapping[int, int], is_fit: Callable[[int], bool]) -> int | None:
    """The person, or the first one in the chain of stand-ins who is there and may be told.

    `away` says who stands in for whom today. A circle of people on leave ends the chain.
    """
    seen: set[int] = set()
    while staff_id in away and staff_id not in seen and len(seen) < STAND_INS_MAX:
        seen.add(staff_id)
        staff_id = away[staff_id]
    return staff_id if staff_id not in away and is_fit(staff_id) else None


def away_on(leaves: Sequence[Leave], day: date) -> dict[int, int]:
    """Who is on leave that day, and who stands in; the newest entry wins."""
    return {leave.staff_id: leave.substitute_id for leave in leaves if leave.holds_on(day)}


def gaps(
    wanted: Sequence[tuple[datetime, datetime]], covered: Sequence[tuple[datetime, datetime]]
) -> Iterator[tuple[datetime, datetime]]:
    """The parts of the wanted stretches, in order, that nothing covers."""
    for start, end in wanted:
        at = start
        for opens, closes in sorted(covered):
            if closes <= at or opens >= end:
                continue
            if opens > at:
                yield at, opens
            at = max(at, closes)
        if at < end:
            yield at, end


def check_shift(shift: Shift) -> None:
    """Raise BadShift unless the shift can be."""
    if (shift.weekday is None) == (shift.on_date is None):
        raise BadShift
    if not 0 <= shift.start_minute < DAY_MINUTES:
        raise BadShift
    if not shift.start_minute < shift.end_minute <= 2 * DAY_MINUTES:
        raise BadShift


def check_leave(leave: Leave) -> None:
    """Raise BadLeave unless the leave can be."""
    if leave.last_day < leave.first_day or leave.staff_id == leave.substitute_id:
        raise BadLeave


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    clock = time(minute % DAY_MINUTES // 60, minute % 60)
    return datetime.combine(day + minute // DAY_MINUTES * _DAY, clock, zone)
