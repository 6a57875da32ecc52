"""Complaints in lists for programs: newest first, filtered, replayed in a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.complaints.models import Complaint, ComplaintEvent, SlaPolicyVersion
from crm.complaints.queries.board import quote_of
from crm.complaints.queries.case import as_event, calendars, policy_of
from crm.complaints.rules.projection import Projection
from crm.complaints.rules.replay import replay
from crm.complaints.rules.words import State
from crm.db import older


@dataclass(frozen=True)
class Wanted:
    """The filters of a list; what is None is not asked."""

    state: State | None = None
    store_id: int | None = None
    group_id: int | None = None
    breached: bool | None = None


@dataclass(frozen=True)
class Entry:
    """A complaint in the timeline of a contact."""

    id: int
    short_no: int
    occurred_at: datetime
    state: State
    quote: str


def complaint_page(
    session: Session,
    actor: Actor | None,
    wanted: Wanted,
    *,
    before: int | None,
    most: int,
    now: datetime,
) -> list[Complaint]:
    """Return complaints of the actor's stores, newest first."""
    statement = select(Complaint).where(in_scope(Complaint.store_id, actor))
    if wanted.state is not None:
        statement = statement.where(Complaint.state == wanted.state)
    if wanted.store_id is not None:
        statement = statement.where(Complaint.store_id == wanted.store_id)
    if wanted.group_id is not None:
        statement = statement.where(Complaint.group_id == wanted.group_id)
    if wanted.breached is not None:
        late = Complaint.breached_at.is_not(None) | (Complaint.next_due_at < now)
        statement = statement.where(late if wanted.breached else ~late)
    if before is not None:
        statement = statement.where(Complaint.id < before)
    return list(session.scalars(statement.order_by(Complaint.id.desc()).limit(most)))


def cases_of(session: Session, complaints: Sequence[Complaint]) -> dict[int, Projection]:
    """Return what replaying the logs of these complaints gives, in three statements."""
    ids = [complaint.id for complaint in complaints]
    logs: dict[int, list[ComplaintEvent]] = {complaint_id: [] for complaint_id in ids}
    for row in session.scalars(
        select(ComplaintEvent)
        .where(ComplaintEvent.complaint_id.in_(ids))
        .order_by(ComplaintEvent.complaint_id, ComplaintEvent.seq)
    ):
        logs[row.complaint_id].append(row)
    versions = {complaint.policy_version_id for complaint in complaints}
    session.scalars(select(SlaPolicyVersion).where(SlaPolicyVersion.id.in_(versions))).all()
    events = {key: [as_event(row) for row in rows] for key, rows in logs.items()}
    hours = calendars(session, [event for log in events.values() for event in log])
    return {
        c.id: replay(events[c.id], policy_of(session, c.policy_version_id), hours)
        for c in complaints
    }


def complaints_of(
    session: Session,
    contact_id: int,
    actor: Actor,
    *,
    most: int,
    before: tuple[datetime, int] | None = None,
) -> list[Entry]:
    """Return the complaints of one contact, newest first; another store's stay there."""
    rows = session.execute(
        select(
            Complaint.id,
            Complaint.short_no,
            Complaint.occurred_at,
            Complaint.state,
            Complaint.text,
        )
        .where(
            Complaint.contact_id == contact_id,
            in_scope(Complaint.store_id, actor),
            older(Complaint.occurred_at, Complaint.id, before),
        )
        .order_by(Complaint.occurred_at.desc(), Complaint.id.desc())
        .limit(most)
    )
    return [
        Entry(row.id, row.short_no, row.occurred_at, row.state, quote_of(row.text)) for row in rows
    ]
