"""Who is told when something happened, besides the ladder: spread, a hand-over, the end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.queries import active_staff, staff_of_store
from crm.accounts.rules import Role
from crm.alerts import service as alerts
from crm.alerts.rules import AlertKind, NewAlert
from crm.complaints.models import Complaint, ComplaintEvent, Incident
from crm.complaints.queries.subjects import people_told
from crm.complaints.rules.projection import Projection
from crm.complaints.rules.words import EventType, Party, State
from crm.complaints.service.book import Book
from crm.integrations.rules import Level

_LEAD = frozenset({Role.LEAD})
_OWNER = frozenset({Role.OWNER})


def recipients(
    session: Session, complaint: Complaint, parties: frozenset[Party]
) -> tuple[int, ...]:
    """Return who stands behind these parties now: in scope, not disabled, never nobody."""
    people = staff_of_store(session, complaint.store_id)
    leads = staff_of_store(session, complaint.store_id, _LEAD)
    owners = active_staff(session, _OWNER)
    told: list[int] = []
    if Party.ASSIGNEE in parties:
        assigned = complaint.assignee_id in people
        told += [complaint.assignee_id] if assigned and complaint.assignee_id else leads or owners
    if parties & {Party.DUTY, Party.LEAD}:
        told += leads or owners
    if Party.OWNER in parties:
        told += owners
    return tuple(dict.fromkeys(told or owners))


def tell(
    session: Session, book: Book, before: Projection, row: ComplaintEvent, *, now: datetime
) -> None:
    """Raise what the change itself makes necessary."""
    complaint, case = book.complaint, book.now_true
    if case.spread_at is not None and case.spread_at != before.spread_at:
        _spreading(session, complaint, row, now)
    if row.type is EventType.HANDED_OVER and row.data["to_id"] != row.actor_id:
        base = f"handed-{complaint.id}:{row.seq}"
        new = _alert(AlertKind.COMPLAINT, complaint, (row.data["to_id"],), base)
        alerts.raise_alert(session, new, now=now)
    if case.state is State.CLOSED and before.state is not State.CLOSED:
        here = set(staff_of_store(session, complaint.store_id))
        told = tuple(one for one in people_told(session, complaint.id) if one in here)
        if told:
            base = f"recap-{complaint.id}:{case.cycle}"
            recap = _alert(AlertKind.RECAP, complaint, told, base)
            alerts.raise_alert(session, recap, now=now)


def _spreading(session: Session, complaint: Complaint, row: ComplaintEvent, now: datetime) -> None:
    """Lead and owner hear of it at once, in the staff group too; the incident is opened."""
    if complaint.incident_id is None:
        incident = Incident(
            store_id=complaint.store_id,
            group_id=complaint.group_id,
            product_ref=complaint.product_ref,
            order_ref=complaint.order_ref,
            opened_at=now,
        )
        session.add(incident)
        session.flush()  # the complaint names it by id
        complaint.incident_id = incident.id
    told = recipients(session, complaint, frozenset({Party.LEAD, Party.OWNER}))
    base = f"spread-{complaint.id}:{row.seq}"
    new = _alert(AlertKind.SPREAD, complaint, told, base, Level.L1)
    alerts.raise_alert(session, new, now=now)


def _alert(
    kind: AlertKind,
    complaint: Complaint,
    told: tuple[int, ...],
    base: str,
    level: Level | None = None,
) -> NewAlert:
    return NewAlert(
        kind,
        complaint.id,
        told,
        base,
        level=level,
        severity=complaint.severity,
        store_id=complaint.store_id,
        short_no=complaint.short_no,
    )
