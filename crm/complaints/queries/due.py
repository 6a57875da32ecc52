"""What is due: steps of the ladder, holds and pauses that end, clocks that lost their step.

The predicates repeat those of the partial indexes with literal values; without that SQLite scans
the whole table.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import ColumnElement

from crm.complaints.models import AlertStep, Complaint, SlaClock
from crm.complaints.rules.words import ClockState, StepState

BEHIND = timedelta(seconds=3)
WAITS = (0, 1, 3, 5)  # minutes before the next try; the last goes on


def _literal(column: Any, value: Any) -> ColumnElement[bool]:
    return column == bindparam(None, value, column.type, literal_execute=True)  # type: ignore[no-any-return]


_PENDING = _literal(AlertStep.state, StepState.PENDING)
_FAILED = _literal(AlertStep.state, StepState.ERROR)
_STEPS = select(AlertStep).execution_options(populate_existing=True)
_TICKING = _literal(SlaClock.state, ClockState.RUNNING) & SlaClock.offered_at.is_(None)


class DueStep(NamedTuple):
    """A pending step whose time has come."""

    id: int
    clock_id: int
    complaint_id: int
    wake_at: datetime


DUE_STEPS: Any = (
    select(AlertStep.id, AlertStep.clock_id, SlaClock.complaint_id, AlertStep.wake_at)
    .join(SlaClock, SlaClock.id == AlertStep.clock_id)
    .where(_PENDING, AlertStep.wake_at <= bindparam("now"))
    .order_by(AlertStep.wake_at, AlertStep.id)
    .limit(bindparam("most"))
)
"""The scan: ordered, because an unordered limit starves rows. It locks nothing."""
WITH_AUTOMATICS: Any = (
    select(Complaint.id)
    .where(Complaint.automatic_at.is_not(None), Complaint.automatic_at <= bindparam("now"))
    .order_by(Complaint.automatic_at)
    .limit(bindparam("most"))
)


def _waits_for_repair() -> ColumnElement[bool]:
    failed = aliased(AlertStep)
    return exists().where(
        failed.clock_id == SlaClock.id,
        _literal(failed.state, StepState.ERROR),
        failed.attempts > 1,  # the first time it is repaired at once
        failed.wake_at > bindparam("now"),
    )


WITHOUT_STEP: Any = (
    select(SlaClock.complaint_id)
    .outerjoin(AlertStep, (AlertStep.clock_id == SlaClock.id) & _PENDING)
    .where(_TICKING, AlertStep.id.is_(None), ~_waits_for_repair())
    .distinct()
    .order_by(SlaClock.complaint_id)
)
"""Both sides come from partial indexes: what has ended costs nothing."""


def due_steps(session: Session, now: datetime, limit: int) -> list[DueStep]:
    """Return the pending steps that wake by `now`, earliest first; who fires one looks again."""
    rows = session.execute(DUE_STEPS, {"now": now, "most": limit})
    return [DueStep(*row) for row in rows]


def with_automatics(session: Session, now: datetime, limit: int) -> list[int]:
    """Return the complaints to which something happens by itself by `now`."""
    return list(session.scalars(WITH_AUTOMATICS, {"now": now, "most": limit}))


def without_step(session: Session, now: datetime) -> list[int]:
    """Return the complaints with a running clock that no pending step watches.

    A step that failed is left alone until its time to be tried again.
    """
    return list(session.scalars(WITHOUT_STEP, {"now": now}))


def lacks_step(session: Session, complaint_id: int, now: datetime) -> bool:
    """Say whether this complaint is one of those."""
    one = WITHOUT_STEP.where(SlaClock.complaint_id == complaint_id)
    return session.scalar(one, {"now": now}) is not None


def anything_due(session: Session, now: datetime) -> bool:
    """Say whether a step wakes or something happens by itself by `now`."""
    return bool(due_steps(session, now, 1)) or bool(with_automatics(session, now, 1))


def ladders_are_behind(session: Session, now: datetime) -> bool:
    """Say whether steps have been due for longer than a tick takes: after a downtime."""
    return bool(due_steps(session, now - BEHIND, 1))


def free_complaint(session: Session, complaint_id: int) -> Complaint | None:
    """Return and lock a complaint unless somebody holds it: an answer, or another worker.

    The tick waits for nobody, so it never stands in a circle of those who wait for each other.
    """
    return session.scalars(
        select(Complaint)
        .where(Complaint.id == complaint_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def is_there(session: Session, complaint_id: int) -> bool:
    """Say whether the complaint exists, whoever holds it."""
    return session.scalar(select(Complaint.id).where(Complaint.id == complaint_id)) is not None


def put_aside(session: Session, step_id: int, now: datetime) -> None:
    """Take a step that cannot be fired out of the queue, each time for longer."""
    _wait_longer(session.scalars(_STEPS.where(AlertStep.id == step_id)), now)


def put_off(session: Session, complaint_id: int, now: datetime) -> None:
    """Let the failed steps of a complaint wait longer: it cannot be repaired now."""
    of_it = SlaClock.complaint_id == complaint_id
    _wait_longer(session.scalars(_STEPS.join(SlaClock).where(of_it, _FAILED)), now)


def most_attempts(session: Session, complaint_id: int) -> int:
    """Return how often a failed step of a complaint was tried in vain."""
    most = select(func.max(AlertStep.attempts)).join(SlaClock)
    return session.scalar(most.where(SlaClock.complaint_id == complaint_id, _FAILED)) or 0


def _wait_longer(steps: Iterable[AlertStep], now: datetime) -> None:
    """The first time none at all; never for long, because its clock is silent meanwhile."""
    for step in steps:
        waits = timedelta(minutes=WAITS[min(step.attempts, len(WAITS) - 1)])
        step.state, step.wake_at = StepState.ERROR, now + waits
        step.attempts += 1


def postpone(session: Session, complaint_id: int, until: datetime) -> None:
    """Look at a complaint later that cannot be replayed now."""
    session.execute(
        update(Complaint).where(Complaint.id == complaint_id).values(automatic_at=until)
    )
