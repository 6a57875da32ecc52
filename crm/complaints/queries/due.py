"""What is due: steps of the ladder, holds and pauses that end, clocks that lost their step.

The predicates repeat those of the partial indexes with literal values; without that SQLite scans
the whole table.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from crm.complaints.models import AlertStep, Complaint, SlaClock
from crm.complaints.rules.words import ClockState, StepState


def _pending() -> ColumnElement[bool]:
    literal = bindparam("pending", StepState.PENDING, AlertStep.state.type, literal_execute=True)
    return AlertStep.state == literal


def due_statement(now: datetime, limit: int) -> Any:
    """The scan: ordered, because an unordered limit starves rows.

    It locks nothing: an answer locks the complaint and then changes its steps, and whoever fires
    a step takes the same order, or each would wait for the other.
    """
    return (
        select(AlertStep, SlaClock.id.label("clock_id"), SlaClock.complaint_id)
        .join(SlaClock, SlaClock.id == AlertStep.clock_id)
        .where(_pending(), AlertStep.wake_at <= now)
        .order_by(AlertStep.wake_at, AlertStep.id)
        .limit(limit)
    )


def due_steps(session: Session, now: datetime, limit: int) -> list[tuple[AlertStep, int, int]]:
    """Return the pending steps that wake by `now`, earliest first; who fires one looks again."""
    rows = session.execute(due_statement(now, limit))
    return [(row[0], row.clock_id, row.complaint_id) for row in rows]


def steps_of_clock(session: Session, clock_id: int) -> list[AlertStep]:
    """Return every step of a clock that was ever planned."""
    return list(session.scalars(select(AlertStep).where(AlertStep.clock_id == clock_id)))


def with_automatics(session: Session, now: datetime, limit: int) -> list[int]:
    """Return the complaints to which something happens by itself by `now`."""
    return list(
        session.scalars(
            select(Complaint.id)
            .where(Complaint.automatic_at.is_not(None), Complaint.automatic_at <= now)
            .order_by(Complaint.automatic_at)
            .limit(limit)
        )
    )


def without_step(session: Session, limit: int) -> list[int]:
    """Return the complaints with a running clock that no pending step watches."""
    step = exists().where(AlertStep.clock_id == SlaClock.id, _pending())
    running = and_(
        SlaClock.state == ClockState.RUNNING,
        SlaClock.ended_at.is_(None),
        SlaClock.offered_at.is_(None),
    )
    return list(
        session.scalars(
            select(SlaClock.complaint_id)
            .where(running, ~step)
            .distinct()
            .order_by(SlaClock.complaint_id)
            .limit(limit)
        )
    )


def anything_due(session: Session, now: datetime) -> bool:
    """Say whether a step wakes or something happens by itself by `now`."""
    step = select(AlertStep.id).where(_pending(), AlertStep.wake_at <= now).limit(1)
    if session.scalar(step) is not None:
        return True
    return bool(with_automatics(session, now, 1))
