"""Spread over all complaints of a matter: what each child's log must say, and the incident itself.

Children keep their own clocks and their own end; nothing here answers or closes any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.complaints.models import Complaint, Incident
from crm.complaints.queries import case as cases
from crm.complaints.queries.matter import children_of, incident_that_fits, kin_of
from crm.complaints.rules import incidents
from crm.complaints.rules.incidents import Child, Heard
from crm.complaints.rules.words import SPREAD, EventType, State
from crm.complaints.service import bundles, telling
from crm.complaints.service.book import Book, Entry, open_book
from crm.complaints.service.effects import write

COUNTS = frozenset(
    {EventType.ONLOOKER_SIGNAL, EventType.MERGED, EventType.VOIDED, EventType.UNDONE}
)
"""Events after which a matter may spread, or may not have spread after all."""


def follow(session: Session, book: Book, *, now: datetime) -> None:
    """Bring every child up to what was heard of the matter; the caller writes the open book.

    The caller holds the store's matters, see `hold_matters`.
    """
    complaint, state = book.complaint, book.now_true.state
    kin = [one for one in kin_of(session, complaint) if one is not complaint]
    if state is State.VOIDED:
        complaint.incident_id = None
    else:
        kin.append(complaint)
    children = children_of(session, kin)
    for child in children:
        child.state = state if child.id == complaint.id else child.state
    heard = incidents.all_heard(children)
    rule = incidents.rule_of(children)
    reached = incidents.crossings(heard, rule)
    for child in children:
        gone, new = incidents.changes(child, heard, reached, rule)
        if gone or new:
            _bring(session, book, child, gone, _effects(child, new, reached), now=now)
    _keep_incident(session, complaint, kin, reached, now=now)


def join(session: Session, book: Book, *, now: datetime) -> None:
    """Let a complaint that was just logged join the incident of its matter, if there is one."""
    complaint = book.complaint
    complaint.incident_id = incident_that_fits(session, complaint)
    if complaint.incident_id is None:
        return
    follow(session, book, now=now)


def _effects(
    child: Child, new: Sequence[datetime | None], reached: Sequence[Heard]
) -> list[dict[str, Any]]:
    own = {one.recorded_at for one in reached if one.complaint_id == child.id}
    return [
        {
            "severity": 1,
            "cause": SPREAD,
            "reached_at": at and at.isoformat(),
            "is_own": at in own,
        }
        for at in new
    ]


def _bring(
    session: Session,
    book: Book,
    child: Child,
    gone: Sequence[int],
    effects: Sequence[dict[str, Any]],
    *,
    now: datetime,
) -> None:
    own = child.id == book.complaint.id
    other = book if own else open_book(session, cases.complaint_for_update(session, child.id))
    if not own:
        telling.catch_up(session, other, now=now)
    for seq in gone:
        other.append(Entry(EventType.UNDONE, now, data={"seq": seq}), now=now)
    for data in effects:
        other.append(Entry(EventType.SEVERITY_CHANGED, now, data=data), now=now)
    if not own:
        write(session, other, now=now)


def _keep_incident(
    session: Session,
    complaint: Complaint,
    kin: Sequence[Complaint],
    reached: Sequence[Heard],
    *,
    now: datetime,
) -> None:
    """Open the incident with the first crossing; without any it has no children any more."""
    known = next((one.incident_id for one in kin if one.incident_id is not None), None)
    incident = session.get(Incident, known) if known is not None else None
    if not reached:
        if incident is not None:
            incident.reached_at = incident.update_at = None
        for one in kin:
            one.incident_id = None
        return
    last, before = reached[-1], incident.reached_at if incident else None
    incident = incident or _open(session, complaint, now)
    for one in kin:
        one.incident_id = incident.id
    incident.reached_at = last.recorded_at
    if before is None or last.recorded_at > before:
        bundles.begin(session, incident, kin, now)
        crossed = next(one for one in kin if one.id == last.complaint_id)
        telling.tell_of_spread(session, crossed, last.seq, now=now)


def _open(session: Session, complaint: Complaint, now: datetime) -> Incident:
    incident = Incident(
        store_id=complaint.store_id,
        group_id=complaint.group_id,
        product_ref=complaint.product_ref,
        order_ref=complaint.order_ref,
        opened_at=now,
    )
    session.add(incident)
    session.flush()  # its children name it by id
    return incident
