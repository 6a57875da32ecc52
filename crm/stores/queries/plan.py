"""The duty plan as its page shows it: who is on now, who comes, where nobody is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.queries import stores_by_staff, team
from crm.accounts.rules import ALL_STORES
from crm.i18n import fmt
from crm.stores.models import DutyShift, StaffLeave
from crm.stores.queries.hours import StoreHours, hours_of_stores
from crm.stores.queries.roster import as_leave, as_shift, leaves, shifts
from crm.stores.queries.shop import open_stores
from crm.stores.rules.hours import merged
from crm.stores.rules.roster import (
    ROSTER_DAYS,
    Duty,
    DutyRole,
    Leave,
    away_on,
    duties,
    gaps,
    stand_in,
)


@dataclass(frozen=True)
class Planned:
    """A duty with whoever really does it; nobody where the person is away without a stand-in."""

    duty: Duty
    staff_id: int | None

    @property
    def is_stand_in(self) -> bool:
        return self.staff_id is not None and self.staff_id != self.duty.shift.staff_id


@dataclass(frozen=True)
class Gap:
    """Open hours of a store in which nobody is on duty."""

    store_id: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Plan:
    """Everything on the page of the roster."""

    shifts: list[DutyShift]
    leaves: list[StaffLeave]
    team: list[Staff]
    stores: dict[int, str]
    now: list[Planned]
    coming: dict[date, list[Planned]]
    gaps: list[Gap]

    @property
    def people(self) -> dict[int, str]:
        """Names of everybody, those who left too: their shifts still stand in the plan."""
        return {one.id: one.name for one in self.team}

    @property
    def active(self) -> list[tuple[int, str]]:
        """Who may be put on duty."""
        return [(one.id, one.name) for one in self.team if one.disabled_at is None]


class _Reach:
    """Who is here, and for which stores."""

    def __init__(self, everybody: Sequence[Staff], works_in: Mapping[int, set[int]]) -> None:
        self._works_in = works_in
        self._active = {one.id for one in everybody if one.disabled_at is None}
        self._everywhere = {one.id for one in everybody if one.role in ALL_STORES}

    def fits(self, staff_id: int, store_id: int | None) -> bool:
        if staff_id not in self._active:
            return False
        here = store_id is None or store_id in self._works_in.get(staff_id, set())
        return here or staff_id in self._everywhere


def duty_plan(session: Session, *, now: datetime) -> Plan:
    """Return the plan of the next days."""
    zone, until = fmt.zone(), now + timedelta(days=ROSTER_DAYS)
    today = now.astimezone(zone).date()
    shift_rows, leave_rows = shifts(session, today), leaves(session, today)
    everybody = team(session)
    reach = _Reach(everybody, stores_by_staff(session))
    stores = {store.id: store.name for store in open_stores(session)}
    away = [as_leave(row) for row in leave_rows]
    found = duties([as_shift(row) for row in shift_rows], now, until, zone)
    planned = [_planned(duty, away, reach) for duty in found]
    coming: dict[date, list[Planned]] = {}
    for one in planned:
        coming.setdefault(one.duty.start.astimezone(zone).date(), []).append(one)
    calendars = hours_of_stores(session, stores) if planned else {}
    return Plan(
        shifts=shift_rows,
        leaves=leave_rows,
        team=everybody,
        stores=stores,
        now=[one for one in planned if one.duty.start <= now],
        coming=coming,
        gaps=[
            gap for store_id in calendars for gap in _gaps(planned, store_id, calendars, reach, now)
        ],
    )


def _planned(duty: Duty, away: Sequence[Leave], reach: _Reach) -> Planned:
    shift, today = duty.shift, away_on(away, duty.start.date())
    fits = stand_in(shift.staff_id, today, lambda one: reach.fits(one, shift.store_id))
    return Planned(duty, fits)


def _gaps(
    planned: Sequence[Planned],
    store_id: int,
    calendars: Mapping[int, StoreHours],
    reach: _Reach,
    now: datetime,
) -> list[Gap]:
    covered = [
        (one.duty.start, one.duty.end)
        for one in planned
        if one.duty.shift.role is DutyRole.DUTY
        and one.duty.shift.store_id in {None, store_id}
        and one.staff_id is not None
        and reach.fits(one.staff_id, store_id)
    ]
    until = now + timedelta(days=ROSTER_DAYS)
    open_ = [
        (span.start, span.end)
        for calendar in (calendars[store_id].staffed, calendars[store_id].live)
        for span in calendar.spans(now, until)
        if span.counted
    ]
    return [Gap(store_id, start, end) for start, end in gaps(merged(open_), covered)]
