"""Deadlines that a platform or a regulator gives: entered as a date and time, never computed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.complaints.models import Complaint, ComplaintEvent
from crm.complaints.queries import case as queries
from crm.complaints.rules import machine
from crm.complaints.rules.commands import PlatformStep
from crm.complaints.rules.projection import Projection
from crm.complaints.rules.words import (
    LIVE,
    REF_MAX,
    BadEvent,
    ClockKind,
    EventType,
    IllegalTransition,
    platform_due,
)
from crm.complaints.service import telling
from crm.complaints.service.book import Entry, open_book
from crm.complaints.service.effects import recount, write


def set_platform_deadline(
    session: Session,
    complaint: Complaint,
    command: PlatformStep,
    *,
    actor: Actor | None,
    now: datetime,
) -> ComplaintEvent:
    """Start the clock of a further step of the platform, or correct the one that is named.

    Raises BadEvent, IllegalTransition, and NoResultFound for a complaint that is not the actor's.
    """
    complaint = queries.complaint_for_update(session, complaint.id, actor)
    book = open_book(session, complaint)
    telling.catch_up(session, book, now=now)
    _check(complaint, book.now_true, command, now)
    given = command.due_at.isoformat()
    data = {"given": given, "cycle": command.cycle, "note": command.step}
    by = None if actor is None else actor.id
    row = book.append(Entry(EventType.DEADLINE_CHANGED, now, by, data=data), now=now)
    write(session, book, now=now)
    recount(session, complaint, book.now_true)
    return row


def _check(complaint: Complaint, case: Projection, command: PlatformStep, now: datetime) -> None:
    if case.state not in LIVE:
        raise IllegalTransition(case.state, machine.allowed(case.state))
    platform_due(command.due_at, complaint.channel, complaint.occurred_at, now, field="due_at")
    if len(command.step) > REF_MAX:
        raise BadEvent("step", "complaints.error.too_long", limit=REF_MAX)
    if command.cycle is None:
        return
    clock = case.clock(ClockKind.EXTERNAL, command.cycle)
    if clock is None or not clock.is_unmet:
        raise BadEvent("cycle", "complaints.error.not_running")
