"""Many complaints at once, whole: what every one of them needs, in a handful of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.complaints.models import AlertStep, Complaint, ComplaintEvent, SlaClock
from crm.complaints.queries.case import still_counts_by


@dataclass(frozen=True)
class Stored:
    """The clocks and the ladder steps of a complaint as they are stored."""

    clocks: list[SlaClock]
    steps: list[AlertStep]


@dataclass(frozen=True)
class Whole:
    """A locked complaint with its log and what was written of it."""

    complaint: Complaint
    events: list[ComplaintEvent]
    stored: Stored


def free_wholes(session: Session, complaint_ids: Sequence[int], calendar_id: int) -> list[Whole]:
    """Return and lock those of these complaints that still count by this version of the hours.

    Without those that somebody else holds.
    """
    complaints = session.scalars(
        select(Complaint)
        .where(Complaint.id.in_(complaint_ids), still_counts_by(calendar_id))
        .order_by(Complaint.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    ids = [complaint.id for complaint in complaints]
    events: dict[int, list[ComplaintEvent]] = defaultdict(list)
    for event in session.scalars(
        select(ComplaintEvent)
        .where(ComplaintEvent.complaint_id.in_(ids))
        .order_by(ComplaintEvent.complaint_id, ComplaintEvent.seq)
    ):
        events[event.complaint_id].append(event)
    clocks: dict[int, list[SlaClock]] = defaultdict(list)
    for clock in session.scalars(
        select(SlaClock).where(SlaClock.complaint_id.in_(ids)).order_by(SlaClock.id)
    ):
        clocks[clock.complaint_id].append(clock)
    steps: dict[int, list[AlertStep]] = defaultdict(list)
    for step, complaint_id in session.execute(
        select(AlertStep, SlaClock.complaint_id)
        .join(SlaClock, SlaClock.id == AlertStep.clock_id)
        .where(SlaClock.complaint_id.in_(ids))
        .order_by(AlertStep.id)
    ):
        steps[complaint_id].append(step)
    return [Whole(one, events[one.id], Stored(clocks[one.id], steps[one.id])) for one in complaints]
