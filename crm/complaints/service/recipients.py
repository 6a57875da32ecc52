"""Who is told about a complaint, decided in the moment in which it is told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.queries import roles_of_store
from crm.complaints.models import Complaint
from crm.complaints.rules.recipients import Crew
from crm.complaints.rules.words import Party
from crm.stores.queries import roster_at


def recipients(
    session: Session, complaint: Complaint, parties: frozenset[Party], *, now: datetime
) -> tuple[int, ...]:
    """Return who stands behind these parties now: in scope, not disabled, never nobody."""
    return crew_of(session, complaint.store_id, now=now).told(parties, complaint.assignee_id)


def crew_of(session: Session, store_id: int, *, now: datetime) -> Crew:
    """Return who may be told about a store's complaints now."""
    plan = roster_at(session, store_id, now)
    return Crew(roles_of_store(session, store_id), plan.duty, plan.away)
