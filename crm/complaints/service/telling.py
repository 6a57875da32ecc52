"""Who is told when something happened, besides the ladder: spread, a hand-over, the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.queries import staff_of_store
from crm.alerts import service as alerts
from crm.alerts.rules import AlertKind, NewAlert
from crm.complaints.models import Complaint, ComplaintEvent
from crm.complaints.queries.subjects import channels_told, people_told
from crm.complaints.rules.projection import Projection
from crm.complaints.rules.words import EventType, Party, State
from crm.complaints.service.book import Book
from crm.complaints.service.recipients import recipients
from crm.integrations.rules import Level


def catch_up(session: Session, book: Book, *, now: datetime) -> bool:
    """Write what happened by itself and tell of it; says whether anything did."""
    before, count = book.now_true, len(book.rows)
    if not book.catch_up(now):
        return False
    tell(session, book, before, book.rows[count:], now=now)
    for row in book.rows[count:]:
        if row.type is EventType.ACK_TIMED_OUT:
            _tell_unkept(session, book.complaint, row, now=now)
    return True


def _tell_unkept(
    session: Session, complaint: Complaint, row: ComplaintEvent, *, now: datetime
) -> None:
    """Say to who took it that no answer followed; the ladder goes on by itself."""
    told = recipients(session, complaint, frozenset({Party.ASSIGNEE}), now=now)
    new = _alert(AlertKind.UNKEPT, complaint, told, f"unkept-{complaint.id}:{row.seq}")
    alerts.raise_alert(session, new, now=now)


def tell_instead(session: Session, complaint: Complaint, gone_id: int, *, now: datetime) -> None:
    """Tell who is on duty in the place of somebody who left."""
    told = recipients(session, complaint, frozenset({Party.DUTY}), now=now)
    base = f"instead-{complaint.id}:{gone_id}"
    new = _alert(AlertKind.COMPLAINT, complaint, told, base)
    alerts.raise_alert(session, new, now=now)


def tell(
    session: Session,
    book: Book,
    before: Projection,
    rows: Iterable[ComplaintEvent],
    *,
    now: datetime,
) -> None:
    """Raise what the change itself makes necessary."""
    complaint, case = book.complaint, book.now_true
    for row in rows:
        if row.type is EventType.HANDED_OVER and row.data["to_id"] != row.actor_id:
            base = f"handed-{complaint.id}:{row.seq}"
            told = recipients(session, complaint, frozenset({Party.ASSIGNEE}), now=now)
            new = _alert(AlertKind.COMPLAINT, complaint, told, base)
            alerts.raise_alert(session, new, now=now)
    if case.state is State.CLOSED and before.state is not State.CLOSED:
        here = set(staff_of_store(session, complaint.store_id))
        told = tuple(one for one in people_told(session, complaint.id) if one in here)
        if told:
            base = f"recap-{complaint.id}:{case.cycle}"
            recap = _alert(AlertKind.RECAP, complaint, told, base)
            channels = channels_told(session, complaint.id)
            alerts.raise_alert(session, replace(recap, channels=channels), now=now)


def tell_of_spread(session: Session, complaint: Complaint, seq: int, *, now: datetime) -> None:
    """Lead and owner hear at once, in the staff group too, that doubt about it spreads."""
    told = recipients(session, complaint, frozenset({Party.LEAD, Party.OWNER}), now=now)
    base = f"spread-{complaint.id}:{seq}"
    new = _alert(AlertKind.SPREAD, complaint, told, base, Level.L1)
    alerts.raise_alert(session, replace(new, severity=1), now=now)


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
