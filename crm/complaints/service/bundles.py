"""Alerts of an incident: one at the crossing, then updates instead of every child's own ladder.

Children's steps go on firing and their clocks running; only who hears of them is bundled here. A
single complaint needs no bundle: its own ladder speaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from crm.alerts import service as alerts
from crm.alerts.rules import UPDATE_GAP, AlertKind, NewAlert, mark_of
from crm.complaints.models import Complaint, Incident
from crm.complaints.queries import bundles as queries
from crm.complaints.queries.incidents import complaints_of_incident, heat
from crm.complaints.rules.recipients import Crew
from crm.complaints.rules.words import UNDECIDED, Party, SpreadState
from crm.complaints.service.recipients import recipients
from crm.integrations.rules import Level

BUNDLE_FROM = 2
"""Open complaints of one incident from which on leaders get updates instead of every ladder."""
_LEADERS = frozenset({Party.LEAD, Party.OWNER})


def begin(session: Session, incident: Incident, kin: Sequence[Complaint], now: datetime) -> None:
    """The crossing was told just now: what follows is told when it differs, not before the gap."""
    incident.told_mark = _mark(session, kin, now)
    incident.update_at = now + UPDATE_GAP


def unbundled(
    session: Session, complaint: Complaint, crew: Crew, told: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """Return who is told of a child's own step, and by which channels (None: those that fit)."""
    if not queries.is_bundled(session, complaint, BUNDLE_FROM):
        return told, None
    leaders = set(crew.told(_LEADERS, complaint.assignee_id))
    return tuple(one for one in told if one not in leaders), ()


def tell(session: Session, incident: Incident, *, now: datetime) -> None:
    """Tell leaders what changed since they heard last; the incident is locked by the caller."""
    children = complaints_of_incident(session, incident.id)
    spreads = heat(session, children, now).state is SpreadState.SPREADING
    is_open = any(child.state in UNDECIDED for child in children)
    mark = _mark(session, children, now)
    told_from = None
    if len(children) >= BUNDLE_FROM and mark != incident.told_mark:
        new = _update(session, incident, children, now)
        told_from = alerts.raise_update(session, new, mark=mark, now=now)
        incident.update_at = told_from or now + UPDATE_GAP
        incident.told_mark = incident.told_mark if told_from else mark
    if told_from is None and not (spreads and is_open):
        incident.update_at = None


def _update(
    session: Session, incident: Incident, children: Sequence[Complaint], now: datetime
) -> NewAlert:
    waiting = [child for child in children if child.owes_answer]
    return NewAlert(
        AlertKind.INCIDENT,
        incident.id,
        recipients(session, children[0], _LEADERS, now=now),
        f"incident-{incident.id}",
        level=Level.L1,
        severity=1,
        store_id=incident.store_id,
        data={
            "children": len(children),
            "waiting": len(waiting),
            "late": sum(is_late(child, now) for child in waiting),
        },
    )


def _mark(session: Session, children: Sequence[Complaint], now: datetime) -> str:
    """Which children there are, how each stands, and how far up its ladder a late one is."""
    climbed = queries.climbed(session, [child.id for child in children])
    return mark_of(
        f"{child.id}:{_standing(child, now)}:{climbed.get(child.id, '')}" for child in children
    )


def _standing(child: Complaint, now: datetime) -> str:
    if child.state not in UNDECIDED:
        return "ended"
    if not child.owes_answer:
        return "answered"
    return "late" if is_late(child, now) else "waiting"


def is_late(child: Complaint, now: datetime) -> bool:
    """Whether an answer is owed and its time has passed."""
    is_due = child.next_due_at is not None and child.next_due_at < now
    return child.owes_answer and is_due
