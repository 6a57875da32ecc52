"""What the bundled alerts of incidents ask of the tables."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.complaints.models import Complaint, Incident, SlaClock
from crm.complaints.rules.words import LEVEL_ORDER, UNDECIDED
from crm.integrations.rules import Level


def to_tell(session: Session, now: datetime) -> list[int]:
    """Return the incidents that go on and may be told of again."""
    statement = select(Incident.id).where(Incident.update_at <= now)
    return list(session.scalars(statement.order_by(Incident.update_at, Incident.id)))


def incident_to_tell(session: Session, incident_id: int, now: datetime) -> Incident | None:
    """Return and lock an incident; nothing where somebody else is at it, or was just now."""
    return session.scalar(
        select(Incident)
        .where(Incident.id == incident_id, Incident.update_at <= now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def is_bundled(session: Session, complaint: Complaint, least: int) -> bool:
    """Say whether leaders get updates about the incident of this complaint."""
    if complaint.incident_id is None:
        return False
    number = session.scalar(
        select(func.count())
        .select_from(Complaint)
        .join(Incident, Incident.id == Complaint.incident_id)
        .where(
            Complaint.incident_id == complaint.incident_id,
            Complaint.state.in_(UNDECIDED),
            Incident.update_at.is_not(None),
        )
    )
    return (number or 0) >= least


def climbed(session: Session, complaint_ids: Collection[int]) -> dict[int, str]:
    """Return how far up the ladder the overdue clocks of these complaints are."""
    rows = session.execute(
        select(SlaClock.complaint_id, SlaClock.passed_level, SlaClock.passed_repeat).where(
            SlaClock.complaint_id.in_(complaint_ids),
            SlaClock.ended_at.is_(None),
            SlaClock.passed_level.is_not(None),
        )
    )
    highest: dict[int, tuple[int, int]] = {}
    for row in rows:
        rank = (LEVEL_ORDER[row.passed_level], row.passed_repeat)
        if rank >= (LEVEL_ORDER[Level.L0], 0):
            highest[row.complaint_id] = max(highest.get(row.complaint_id, rank), rank)
    return {complaint_id: f"{level}.{repeat}" for complaint_id, (level, repeat) in highest.items()}
