"""Somebody leaves: what she answers for passes on, and what only she was told is told again."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.queries import staff_of_store
from crm.accounts.rules import Actor
from crm.complaints.queries.leaving import (
    acted_since_handed,
    known_to_nobody_else,
    live_complaints_of,
)
from crm.complaints.rules.commands import NewEvent
from crm.complaints.rules.words import EventType, Party
from crm.complaints.service.recipients import crew_of
from crm.complaints.service.record import record_event
from crm.complaints.service.telling import tell_instead

Chosen = Callable[[int], int | None]
"""Who was chosen to take over in a store, if anybody."""


def hand_over_all(
    session: Session, staff_id: int, chosen: Chosen, *, actor: Actor, now: datetime
) -> dict[int, int | None]:
    """Hand each live complaint of hers to who was chosen; None where nobody was, and it stays."""
    found: dict[int, int | None] = {}
    for complaint in live_complaints_of(session, staff_id):
        found[complaint.id] = to_id = chosen(complaint.store_id)
        if to_id is not None:
            command = NewEvent(EventType.HANDED_OVER, data={"to_id": to_id})
            record_event(session, complaint, command, actor=actor, now=now)
    return found


def hand_back(
    session: Session,
    complaint_ids: Collection[int],
    *,
    old: int,
    new: int,
    actor: Actor,
    now: datetime,
) -> set[int]:
    """Hand those of these complaints back on which nobody has acted since; return which."""
    found: set[int] = set()
    for complaint in live_complaints_of(session, old):
        if complaint.id not in complaint_ids or acted_since_handed(session, complaint.id):
            continue
        if new in staff_of_store(session, complaint.store_id):
            command = NewEvent(EventType.HANDED_OVER, data={"to_id": new})
            record_event(session, complaint, command, actor=actor, now=now)
            found.add(complaint.id)
    return found


def on_duty(session: Session, store_id: int, *, now: datetime) -> int:
    """Return who takes over where nobody was chosen: who is on duty, else a lead, else an owner."""
    return crew_of(session, store_id, now=now).told({Party.DUTY}, None)[0]


def tell_others(session: Session, staff_id: int, *, now: datetime) -> None:
    """Tell whoever is on duty of what nobody who is still here was told."""
    for complaint in known_to_nobody_else(session, staff_id):
        tell_instead(session, complaint, staff_id, now=now)
