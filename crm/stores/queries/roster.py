"""Every select about duty and leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.i18n import fmt
from crm.stores.models import DutyShift, StaffLeave
from crm.stores.rules.roster import DutyRole, Leave, Shift, away_on, on_duty

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Roster:
    """Who is on duty for a store at one instant, and who stands in for whom that day."""

    duty: Mapping[DutyRole, list[int]]
    away: Mapping[int, int]


def shifts(session: Session, since: date) -> list[DutyShift]:
    """Return the shifts that still come: weekly ones first, then single dates in order."""
    return list(
        session.scalars(
            select(DutyShift)
            .where(
                DutyShift.removed_at.is_(None),
                or_(DutyShift.on_date.is_(None), DutyShift.on_date >= since - _DAY),
            )
            .order_by(
                DutyShift.on_date.is_not(None),
                DutyShift.on_date,
                DutyShift.weekday,
                DutyShift.start_minute,
                DutyShift.id,
            )
        )
    )


def leaves(session: Session, since: date) -> list[StaffLeave]:
    """Return the leave that has not ended, in the order in which it was entered."""
    return list(
        session.scalars(
            select(StaffLeave)
            .where(StaffLeave.removed_at.is_(None), StaffLeave.last_day >= since)
            .order_by(StaffLeave.id)
        )
    )


def as_shift(row: DutyShift) -> Shift:
    """Return a row as the rules read it."""
    return Shift(
        row.staff_id,
        row.role,
        row.store_id,
        row.weekday,
        row.on_date,
        row.start_minute,
        row.end_minute,
    )


def as_leave(row: StaffLeave) -> Leave:
    """Return a row as the rules read it."""
    return Leave(row.staff_id, row.substitute_id, row.first_day, row.last_day)


def roster_at(session: Session, store_id: int, at: datetime) -> Roster:
    """Return who is on duty for a store at that instant, and who is away."""
    zone = fmt.zone()
    today = at.astimezone(zone).date()
    planned = [as_shift(row) for row in shifts(session, today)]
    away = away_on([as_leave(row) for row in leaves(session, today)], today)
    return Roster({role: on_duty(planned, role, store_id, at, zone) for role in DutyRole}, away)


def shift_for_update(session: Session, shift_id: int) -> DutyShift:
    """Return and lock a shift. Raises NoResultFound."""
    return session.scalars(
        select(DutyShift).where(DutyShift.id == shift_id).with_for_update()
    ).one()


def shifts_of_one_form(session: Session, shift_id: int) -> list[DutyShift]:
    """Return and lock the shifts that were added together with this one. Raises NoResultFound."""
    first = shift_for_update(session, shift_id)
    return list(
        session.scalars(
            select(DutyShift)
            .where(DutyShift.staff_id == first.staff_id, DutyShift.created_at == first.created_at)
            .order_by(DutyShift.id)
            .with_for_update()
        )
    )


def leave_for_update(session: Session, leave_id: int) -> StaffLeave:
    """Return and lock an entry of leave. Raises NoResultFound."""
    return session.scalars(
        select(StaffLeave).where(StaffLeave.id == leave_id).with_for_update()
    ).one()


def shifts_of_person(
    session: Session, staff_id: int, since: date, *, removed_at: datetime | None = None
) -> list[DutyShift]:
    """Return a person's shifts from that day on, or those taken out at one moment."""
    mine = select(DutyShift).where(
        DutyShift.staff_id == staff_id,
        DutyShift.removed_at.is_not_distinct_from(removed_at),
        or_(DutyShift.on_date.is_(None), DutyShift.on_date >= since),
    )
    return list(session.scalars(mine.order_by(DutyShift.id)))


def leaves_of_person(
    session: Session, staff_id: int, since: date, *, removed_at: datetime | None = None
) -> list[StaffLeave]:
    """Return a person's leave that has not ended, or what of it was taken back at one moment."""
    mine = select(StaffLeave).where(
        StaffLeave.staff_id == staff_id,
        StaffLeave.removed_at.is_not_distinct_from(removed_at),
        StaffLeave.last_day >= since,
    )
    return list(session.scalars(mine.order_by(StaffLeave.id)))
