"""The end of keeping: whole complaints are removed, and what reports count of them stays.

Chat lines stay with their group, orders and contacts with themselves: they are not the complaint's.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.alerts import service as alerts
from crm.audit import service as audit
from crm.complaints.models import (
    AlertStep,
    Complaint,
    ComplaintEvent,
    ComplaintKeeping,
    Incident,
    IncidentBuyer,
    OnlookerTold,
    SlaClock,
    Suspicion,
)
from crm.complaints.queries import keeping as queries
from crm.complaints.queries.figures import kept_figures
from crm.complaints.rules.keeping import DAYS_DEFAULT
from crm.stores.queries import hold_settings


def set_days(session: Session, days: int, *, actor: Actor, now: datetime) -> None:
    """Choose for how long complaints are kept; a shorter time counts a day from now."""
    hold_settings(session)
    before = queries.days_kept(session, now)
    row = queries.keeping(session)
    if row is None:
        row = ComplaintKeeping(id=1, days=DAYS_DEFAULT)
        session.add(row)
    row.days, row.days_before, row.changed_at, row.changed_by = days, before, now, actor.id
    audit.record(
        session,
        "complaints.keeping",
        subject="complaints",
        actor=actor,
        now=now,
        before={"days": before},
        after={"days": days},
    )


def remove_old(session: Session, *, now: datetime, limit: int) -> int:
    """Remove a batch of complaints that are past their time; says how many."""
    days = queries.days_kept(session, now)
    ids = queries.past_their_time(session, days, now, limit)
    if not ids:
        return 0
    touched = queries.incidents_of(session, ids)
    session.add_all(kept_figures(session, ids, now=now))
    _remove_parts(session, ids)
    gone = queries.childless_incidents(session, touched)
    alerts.forget(session, complaint_ids=ids, incident_ids=gone)
    _remove_incidents(session, gone)
    after = {"complaints": len(ids), "incidents": len(gone), "days": days}
    audit.record(
        session, "complaints.removed", subject="complaints", actor=None, now=now, after=after
    )
    return len(ids)


def remove_empty_incidents(session: Session, *, now: datetime) -> None:
    """Remove what was left without a complaint: its only one moved, or was taken back."""
    days = queries.days_kept(session, now)
    gone = queries.childless_incidents_before(session, now - timedelta(days=days))
    if not gone:
        return
    alerts.forget(session, complaint_ids=(), incident_ids=gone)
    _remove_incidents(session, gone)
    after = {"complaints": 0, "incidents": len(gone), "days": days}
    audit.record(
        session, "complaints.removed", subject="complaints", actor=None, now=now, after=after
    )


def _remove_incidents(session: Session, gone: Collection[int]) -> None:
    session.execute(delete(IncidentBuyer).where(IncidentBuyer.incident_id.in_(gone)))
    session.execute(delete(Incident).where(Incident.id.in_(gone)))


def _remove_parts(session: Session, ids: Collection[int]) -> None:
    """Everything that names a complaint, then the complaints; a follower only forgets it."""
    session.execute(delete(AlertStep).where(AlertStep.clock_id.in_(queries.clocks_of(ids))))
    for table in (SlaClock, ComplaintEvent, Suspicion, OnlookerTold):
        session.execute(delete(table).where(table.complaint_id.in_(ids)))
    follows = Complaint.previous_id.in_(ids)
    session.execute(update(Complaint).where(follows).values(previous_id=None))
    left = set(ids)
    while left:  # those merged into others go before them
        leaves = queries.into_which_none_is_merged(session, left)
        session.execute(delete(Complaint).where(Complaint.id.in_(leaves)))
        left -= leaves
