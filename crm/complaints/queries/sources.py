"""Where the deadlines of a complaint come from: the version of the promise, of the hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.complaints.models import Complaint, SlaCalendar, SlaPolicyVersion
from crm.complaints.rules.projection import Projection


@dataclass(frozen=True)
class Sources:
    """Numbers and dates of what a complaint is pinned to."""

    policy_no: int
    policy_at: datetime
    calendar_no: int
    calendar_at: datetime
    known_until: date


def sources(session: Session, complaint: Complaint, case: Projection) -> Sources:
    """Return what a complaint counts by now."""
    policy = session.execute(
        select(SlaPolicyVersion.id, SlaPolicyVersion.created_at).where(
            SlaPolicyVersion.id == complaint.policy_version_id
        )
    ).one()
    hours = session.execute(
        select(SlaCalendar.id, SlaCalendar.created_at).where(SlaCalendar.id == case.calendar_id)
    ).one()
    until = case.pinned.statutory.coverage_until
    return Sources(policy.id, policy.created_at, hours.id, hours.created_at, until)


def version_in_force(session: Session) -> tuple[int, datetime] | None:
    """Return number and time of the promise for new complaints; None while it is as shipped."""
    row = session.execute(
        select(SlaPolicyVersion.id, SlaPolicyVersion.created_at)
        .order_by(SlaPolicyVersion.id.desc())
        .limit(1)
    ).first()
    return (row.id, row.created_at) if row else None
