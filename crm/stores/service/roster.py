"""Plan duty and leave; what was added or removed can be taken back."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.queries import active_staff, staff_of_store
from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.i18n import fmt
from crm.stores import queries as stores
from crm.stores.models import DutyShift, StaffLeave
from crm.stores.queries import roster as queries
from crm.stores.rules.roster import Leave, NotHere, Shift, check_leave, check_shift


def add_shifts(
    session: Session, wanted: list[Shift], *, actor: Actor, now: datetime
) -> list[DutyShift]:
    """Add shifts; one that is planned already is not doubled. Raises BadShift, NotHere."""
    today = fmt.local(now).date()
    known = {queries.as_shift(row) for row in queries.shifts(session, today)}
    rows = []
    for staff_id, store_id in {(shift.staff_id, shift.store_id) for shift in wanted}:
        _check_person(session, staff_id, store_id)
    for shift in dict.fromkeys(wanted):
        check_shift(shift)
        if shift not in known:
            rows.append(_row(shift, now))
    session.add_all(rows)
    session.flush()  # the page offers to take them back by their ids
    for row in rows:
        _record(session, "roster.shift_added", row, actor=actor, now=now)
    return rows


def _check_person(session: Session, staff_id: int, store_id: int | None) -> None:
    if store_id is None:
        fits = staff_id in active_staff(session)
    else:
        stores.visible_store(session, store_id, None)
        fits = staff_id in staff_of_store(session, store_id)
    if not fits:
        raise NotHere


def _row(shift: Shift, now: datetime) -> DutyShift:
    return DutyShift(
        staff_id=shift.staff_id,
        store_id=shift.store_id,
        role=shift.role,
        weekday=shift.weekday,
        on_date=shift.on_date,
        start_minute=shift.start_minute,
        end_minute=shift.end_minute,
        created_at=now,
    )


def take_back_shifts(session: Session, shift_id: int, *, actor: Actor, now: datetime) -> None:
    """Take out every shift that was added together with this one. Raises NoResultFound."""
    for row in queries.shifts_of_one_form(session, shift_id):
        _put(session, row, "shift", is_in=False, actor=actor, now=now)


def put_shift(session: Session, shift_id: int, *, is_in: bool, actor: Actor, now: datetime) -> None:
    """Take a shift out of the plan, or put it back. Raises NoResultFound."""
    row = queries.shift_for_update(session, shift_id)
    _put(session, row, "shift", is_in=is_in, actor=actor, now=now)


def add_leave(session: Session, leave: Leave, *, actor: Actor, now: datetime) -> StaffLeave:
    """Enter leave with a stand-in; the same once more changes nothing. Raises BadLeave, NotHere."""
    check_leave(leave)
    if not {leave.staff_id, leave.substitute_id} <= set(active_staff(session)):
        raise NotHere
    for row in queries.leaves(session, leave.first_day):
        if queries.as_leave(row) == leave:
            return row
    row = StaffLeave(
        staff_id=leave.staff_id,
        substitute_id=leave.substitute_id,
        first_day=leave.first_day,
        last_day=leave.last_day,
        created_at=now,
    )
    session.add(row)
    session.flush()  # the page offers to take it back by its id
    _record(session, "roster.leave_added", row, actor=actor, now=now)
    return row


def put_leave(session: Session, leave_id: int, *, is_in: bool, actor: Actor, now: datetime) -> None:
    """Take leave back, or let it hold again. Raises NoResultFound."""
    row = queries.leave_for_update(session, leave_id)
    _put(session, row, "leave", is_in=is_in, actor=actor, now=now)


def leave_plan(session: Session, staff_id: int, *, actor: Actor, now: datetime) -> int:
    """Take everything of somebody who leaves out of the plan; return how many shifts that were."""
    today = fmt.local(now).date()
    shifts = queries.shifts_of_person(session, staff_id, today)
    for row in shifts:
        _put(session, row, "shift", is_in=False, actor=actor, now=now)
    for away in queries.leaves_of_person(session, staff_id, today):
        _put(session, away, "leave", is_in=False, actor=actor, now=now)
    return len(shifts)


def return_to_plan(
    session: Session, staff_id: int, left_at: datetime, *, actor: Actor, now: datetime
) -> None:
    """Undo `leave_plan` of that moment."""
    today = fmt.local(now).date()
    for row in queries.shifts_of_person(session, staff_id, today, removed_at=left_at):
        _put(session, row, "shift", is_in=True, actor=actor, now=now)
    for away in queries.leaves_of_person(session, staff_id, today, removed_at=left_at):
        _put(session, away, "leave", is_in=True, actor=actor, now=now)


def _put(
    session: Session,
    row: DutyShift | StaffLeave,
    what: str,
    *,
    is_in: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """A second tap changes nothing."""
    if (row.removed_at is None) is is_in:
        return
    row.removed_at = None if is_in else now
    action = f"roster.{what}_{'added' if is_in else 'removed'}"
    _record(session, action, row, actor=actor, now=now)


def _record(
    session: Session, action: str, row: DutyShift | StaffLeave, *, actor: Actor, now: datetime
) -> None:
    record(session, action, subject=f"staff:{row.staff_id}", actor=actor, now=now)
