"""Which complaints are past their time of keeping."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import ColumnElement

from crm.complaints.models import Complaint, ComplaintKeeping, Incident, SlaClock
from crm.complaints.rules.keeping import DAYS_DEFAULT, kept_days
from crm.complaints.rules.words import State

_CHILDLESS = select(Incident.id).where(~exists().where(Complaint.incident_id == Incident.id))


def keeping(session: Session) -> ComplaintKeeping | None:
    """Return what the shop chose; nothing before anybody did."""
    return session.get(ComplaintKeeping, 1)


def days_kept(session: Session, now: datetime) -> int:
    """Return for how many days after their end complaints are kept now."""
    chosen = keeping(session)
    if chosen is None:
        return DAYS_DEFAULT
    return kept_days(chosen.days, chosen.days_before, chosen.changed_at, now)


def count_past(session: Session, days: int, now: datetime) -> int:
    """Return how many complaints a time of keeping would remove."""
    statement = select(func.count()).select_from(Complaint).where(_is_past(days, now))
    return session.scalar(statement) or 0


def past_their_time(session: Session, days: int, now: datetime, limit: int) -> list[int]:
    """Return the complaints to remove, oldest first; those merged into them go with them."""
    statement = select(Complaint.id).where(_is_past(days, now)).order_by(Complaint.id)
    found = list(session.scalars(statement.limit(limit).with_for_update(skip_locked=True)))
    wave = found
    while wave:
        merged = select(Complaint.id).where(Complaint.merged_into_id.in_(wave))
        wave = [one for one in session.scalars(merged) if one not in found]
        found = [*wave, *found]
    return found


def childless_incidents(session: Session, incident_ids: Collection[int]) -> list[int]:
    """Return which of these incidents have no complaint left."""
    return list(session.scalars(_CHILDLESS.where(Incident.id.in_(incident_ids))))


def childless_incidents_before(session: Session, before: datetime) -> list[int]:
    """Return the incidents of that time that have no complaint."""
    return list(session.scalars(_CHILDLESS.where(Incident.opened_at <= before)))


def incidents_of(session: Session, complaint_ids: Collection[int]) -> set[int]:
    """Return the incidents of these complaints."""
    statement = select(Complaint.incident_id).where(Complaint.id.in_(complaint_ids))
    return {one for one in session.scalars(statement.distinct()) if one is not None}


def clocks_of(complaint_ids: Collection[int]) -> Select[int]:
    """Return the statement for the ids of the clocks of these complaints."""
    return select(SlaClock.id).where(SlaClock.complaint_id.in_(complaint_ids))


def into_which_none_is_merged(session: Session, complaint_ids: Collection[int]) -> set[int]:
    """Return those of these complaints that no other one names as what it was merged into."""
    merged = aliased(Complaint)
    is_named = exists().where(merged.merged_into_id == Complaint.id)
    statement = select(Complaint.id).where(Complaint.id.in_(complaint_ids), ~is_named)
    return set(session.scalars(statement))


def _is_past(days: int, now: datetime) -> ColumnElement[bool]:
    """Closed before, or withdrawn when it was last talked about before; others are not over."""
    before = now - timedelta(days=days)
    return or_(
        and_(Complaint.state == State.CLOSED, Complaint.closed_at <= before),
        and_(
            Complaint.state == State.VOIDED,
            Complaint.thread_until <= before,
            Complaint.logged_at <= before,
        ),
    )
