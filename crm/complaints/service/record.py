"""Record what happened to a complaint: guarded, appended, replayed, written, told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.accounts.queries import hold_active, staff_of_store
from crm.accounts.rules import Actor, Forbidden, Permission, can
from crm.audit import service as audit
from crm.complaints.models import Complaint, ComplaintEvent
from crm.complaints.queries import case as queries
from crm.complaints.queries.matter import hold_matters
from crm.complaints.rules import machine
from crm.complaints.rules.commands import LogComplaint, NewEvent, StaleForm, TooLate
from crm.complaints.rules.content import stored_content
from crm.complaints.rules.projection import Projection
from crm.complaints.rules.undoing import is_act, may_undo, undone
from crm.complaints.rules.words import (
    HAPPENED_OUTSIDE,
    LEADERS_ONLY,
    LIVE,
    REOPEN_BY_STAFF,
    SAID_BY_STAFF,
    TEXT_MAX,
    WRITTEN_BY_SHUKE,
    BadEvent,
    Channel,
    EventType,
    IllegalTransition,
    Intent,
    Party,
    State,
    Visibility,
    posted_at,
)
from crm.complaints.service import incidents, telling
from crm.complaints.service.book import Book, Entry, open_book, owed_by
from crm.complaints.service.effects import recount, write
from crm.complaints.service.intake import log_complaint
from crm.complaints.service.learning import note_act
from crm.complaints.service.recipients import crew_of
from crm.groups.queries import visible_message

E = EventType
_PRIVATE = frozenset({E.PRIVATE_REPLY})
_IN_TURN = incidents.COUNTS | {E.CUSTOMER_MESSAGE}
"""What may count for spread, or be logged as another complaint."""
_BRINGS_BACK = frozenset({E.REOPENED, E.UNDONE, E.CUSTOMER_MESSAGE})
"""What may bring a complaint to life again, or back to whoever answered for it before."""


def record_event(
    session: Session,
    complaint: Complaint,
    command: NewEvent,
    *,
    actor: Actor | None,
    now: datetime,
) -> ComplaintEvent:
    """Record one event and everything that follows from it.

    A new problem that comes too late to reopen the complaint is logged as one that follows it;
    then the event is the first of that one. Raises BadEvent, IllegalTransition, StaleForm, TooLate,
    Forbidden, and NoResultFound for a complaint that is not the actor's.
    """
    if command.type in _IN_TURN:
        hold_matters(session, complaint.store_id)
    here = _hold_people(session, complaint, command, actor)
    complaint = queries.complaint_for_update(session, complaint.id, actor)
    command = _linked(session, complaint, command, actor)
    book = open_book(session, complaint)
    telling.catch_up(session, book, now=now)
    before = book.now_true
    entry = _entry(book, command, actor=actor, now=now)
    repeated = _same_tap(book, command, entry)
    if repeated is not None:
        return repeated
    if _is_another_problem(before, entry):
        return _log_after(session, complaint, entry, command.version, actor=actor, now=now)
    _guard(session, book, command, entry, actor=actor, now=now)
    row = book.append(entry, now=now)
    if entry.type is E.MERGED:
        _absorb(session, book, before, now=now)
    if entry.type is E.UNDONE:
        _undo_absorbing(session, book, row.data["seq"], now=now)
    handed = _replace_who_left(session, book, before, entry, here, now=now)
    if entry.type in incidents.COUNTS:
        incidents.follow(session, book, now=now)
    write(session, book, now=now)
    recount(session, complaint, book.now_true)
    telling.tell(session, book, before, filter(None, (row, handed)), now=now)
    note_act(session, complaint, entry.type, actor=actor, now=now)
    if entry.type in LEADERS_ONLY or entry.type is E.UNDONE:
        subject, action = f"complaint:{complaint.id}", f"complaint.{entry.type.value}"
        audit.record(session, action, subject=subject, actor=actor, now=now)
    return row


def undo(
    session: Session, complaint: Complaint, seq: int, *, actor: Actor | None, now: datetime
) -> ComplaintEvent:
    """Take back one's own act of the last day: the case goes on as if it had never been."""
    command = NewEvent(E.UNDONE, data={"seq": seq})
    return record_event(session, complaint, command, actor=actor, now=now)


def record_together(
    session: Session,
    complaint: Complaint,
    commands: Iterable[NewEvent],
    *,
    actor: Actor | None,
    now: datetime,
) -> list[ComplaintEvent]:
    """Record what one form says; a reply counts before the pause that was saved with it."""
    in_order = sorted(commands, key=lambda command: command.type not in SAID_BY_STAFF)
    return [record_event(session, complaint, one, actor=actor, now=now) for one in in_order]


def catch_up(session: Session, complaint: Complaint, *, now: datetime) -> bool:
    """Write what happened by itself to a locked complaint; says whether anything did.

    The copies are written in any case: a stale one would come due for ever.
    """
    book = open_book(session, complaint)
    happened = telling.catch_up(session, book, now=now)
    write(session, book, now=now)
    return happened


def _linked(
    session: Session, complaint: Complaint, command: NewEvent, actor: Actor | None
) -> NewEvent:
    """A reply picked from what staff said in the group: its own words, at its own time."""
    if command.message_id is None:
        return command
    line = visible_message(session, command.message_id, actor)
    if command.type not in SAID_BY_STAFF or line.group_id != complaint.group_id:
        raise BadEvent("message_id", "complaints.error.choose")
    if not line.is_staff:
        raise BadEvent("message_id", "complaints.error.choose")
    data = {**command.data, "message_id": line.id}
    return replace(command, at=line.sent_at, text=line.text[:TEXT_MAX], data=data)


def _entry(book: Book, command: NewEvent, *, actor: Actor | None, now: datetime) -> Entry:
    at = now
    if command.type in HAPPENED_OUTSIDE and command.at is not None:
        at = posted_at(command.at, now, field="at")
    if at < book.complaint.occurred_at:
        raise BadEvent("at", "complaints.error.before_the_complaint")
    if len(command.text) > TEXT_MAX:
        raise BadEvent("text", "complaints.error.too_long", limit=TEXT_MAX)
    visibility = command.visibility or book.complaint.visibility
    if command.type in _PRIVATE:
        visibility = Visibility.PRIVATE
    data = stored_content(command.type, command.data, book.now_true, at=at, now=now)
    by = None if actor is None else actor.id
    return Entry(command.type, at, by, visibility, command.text, data)


def _is_another_problem(case: Projection, entry: Entry) -> bool:
    is_new = entry.type is E.CUSTOMER_MESSAGE and _data(entry)["intent"] == Intent.PROBLEM.value
    is_over = case.state in {State.RESOLVED, State.CLOSED}
    return is_new and is_over and not case.may_reopen_by_message(entry.at)


def _log_after(
    session: Session,
    complaint: Complaint,
    entry: Entry,
    version: int | None,
    *,
    actor: Actor | None,
    now: datetime,
) -> ComplaintEvent:
    """Log what the customer came back with as a complaint of its own, linked to the closed one."""
    is_heard = entry.visibility is complaint.visibility
    command = LogComplaint(
        channel=complaint.channel if is_heard else Channel.PRIVATE,
        text=entry.text or complaint.text,
        occurred_at=entry.at,
        store_id=complaint.store_id,
        group_id=complaint.group_id if is_heard else None,
        contact_id=complaint.contact_id,
        reporter_name=complaint.reporter_alias,
        category=complaint.category,
        order_no=complaint.order_ref,
        product_ref=complaint.product_ref,
        previous_id=complaint.id,
        client_key=None if version is None else f"after-{complaint.id}:{version}",
    )
    following = log_complaint(session, command, actor=actor, now=now)
    session.flush()  # its first event is read back
    return queries.events_of(session, following.id)[0]


def _guard(
    session: Session,
    book: Book,
    command: NewEvent,
    entry: Entry,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    kind, case = entry.type, book.now_true
    if kind in WRITTEN_BY_SHUKE:
        raise BadEvent("type", "complaints.error.written_by_shuke")
    if kind in LEADERS_ONLY or (kind is E.PAUSED and case.pause_count):
        _lead_only(actor)
    if command.careful and command.version is not None:
        _fresh(book, command.version, actor)
    machine.check(case.state, kind)
    check = _CHECKS.get(kind)
    if check is not None:
        check(session, book, entry, actor, now)


def _hold_people(
    session: Session, complaint: Complaint, command: NewEvent, actor: Actor | None
) -> set[int]:
    """Return who may come to answer for it and is here; they stay so until this is written.

    Asked for before the complaint is locked, as when somebody's access ends. Raises Forbidden.
    """
    wanted = {command.data["to_id"]} if isinstance(command.data.get("to_id"), int) else set()
    if command.type in _BRINGS_BACK:
        wanted.update(staff_of_store(session, complaint.store_id))
    if actor is not None:
        wanted.add(actor.id)
    here = hold_active(session, wanted) if wanted else set()
    if actor is not None and actor.id not in here:
        raise Forbidden
    return here


def _replace_who_left(
    session: Session,
    book: Book,
    before: Projection,
    entry: Entry,
    here: set[int],
    *,
    now: datetime,
) -> ComplaintEvent | None:
    """What comes to life again, or back to somebody, is answered for by somebody who is here."""
    case, complaint = book.now_true, book.complaint
    who = case.assignee_id
    if entry.type not in _BRINGS_BACK or who is None or who in here or case.state not in LIVE:
        return None
    if before.state in LIVE and who == before.assignee_id:
        return None
    duty = crew_of(session, complaint.store_id, now=now).told({Party.DUTY}, None)
    to_id = next(one for one in duty if one in here)
    return book.append(Entry(E.HANDED_OVER, now, data={"to_id": to_id}), now=now)


def _same_tap(book: Book, command: NewEvent, entry: Entry) -> ComplaintEvent | None:
    """Return what this very form recorded already: people tap twice on a slow line.

    What was taken back since does not count: sent again, it is meant.
    """
    gone = undone(book.rows)
    if command.message_id is not None:
        linked = (row for row in book.rows if row.seq not in gone)
        return next((r for r in linked if r.data.get("message_id") == command.message_id), None)
    if command.version is None:
        return None
    same = (entry.type, entry.actor_id, entry.text, _lasting(entry.data))
    later = (row for row in book.rows[command.version :] if row.seq not in gone)
    return next((r for r in later if (r.type, r.actor_id, r.text, _lasting(r.data)) == same), None)


def _lasting(data: dict[str, Any] | None) -> dict[str, Any]:
    """The parts of a form that a second tap repeats: a pause counts from each tap."""
    return {name: value for name, value in (data or {}).items() if name != "until"}


def _lead_only(actor: Actor | None) -> None:
    if actor is not None and not can(actor.role, Permission.DECIDE_COMPLAINT):
        raise Forbidden


def _fresh(book: Book, version: int, actor: Actor | None) -> None:
    """What Shuke wrote, and what one did oneself, makes no form stale."""
    me = None if actor is None else actor.id
    for row in book.rows[version:]:
        if row.actor_id not in {None, me}:
            raise StaleForm(row.actor_id, row.recorded_at, row.type)


def _check_handing(
    session: Session, book: Book, entry: Entry, _actor: Actor | None, _now: datetime
) -> None:
    if _data(entry)["to_id"] not in staff_of_store(session, book.complaint.store_id):
        raise BadEvent("to_id", "complaints.error.choose_colleague")


def _check_confirming(
    _session: Session, book: Book, _entry: Entry, _actor: Actor | None, _now: datetime
) -> None:
    if book.now_true.offered_at is None:
        raise IllegalTransition(State.ANSWERED, machine.allowed(State.ANSWERED), need="offer")


def _check_reopening(
    _session: Session, book: Book, _entry: Entry, _actor: Actor | None, now: datetime
) -> None:
    ended = book.now_true.closed_at or book.now_true.resolved_at
    if ended and now > ended + REOPEN_BY_STAFF:
        raise BadEvent("at", "complaints.error.reopen_too_late", days=REOPEN_BY_STAFF.days)


def _check_merging(
    session: Session, book: Book, entry: Entry, actor: Actor | None, _now: datetime
) -> None:
    into_id, own = _data(entry)["into_id"], book.complaint
    other = queries.visible_complaint(session, into_id, actor) if into_id != own.id else None
    if other is None or other.state not in LIVE or other.store_id != own.store_id:
        raise BadEvent("into_id", "complaints.error.merge_into")
    if not _same_person(own, other):
        raise BadEvent("into_id", "complaints.error.merge_other_person")


def _same_person(one: Complaint, other: Complaint) -> bool:
    if one.contact_id and other.contact_id:
        return one.contact_id == other.contact_id
    return bool(one.reporter_alias) and one.reporter_alias == other.reporter_alias


def _check_undoing(
    _session: Session, book: Book, entry: Entry, _actor: Actor | None, now: datetime
) -> None:
    seq, gone = _data(entry)["seq"], undone(book.rows)
    row = next((row for row in book.rows if row.seq == seq), None)
    if row is None or not is_act(row, gone):
        raise BadEvent("seq", "complaints.error.nothing_to_undo")
    by_anybody = row.type is E.LOGGED and row.actor_id is None and not _is_worked_on(book)
    if not may_undo(row, gone, None if by_anybody else entry.actor_id, now):
        raise TooLate


def _is_worked_on(book: Book) -> bool:
    return any(row.type in machine.COUNT_AS_WORK for row in book.rows)


_CHECKS = {
    E.HANDED_OVER: _check_handing,
    E.CUSTOMER_CONFIRMED: _check_confirming,
    E.REOPENED: _check_reopening,
    E.MERGED: _check_merging,
    E.UNDONE: _check_undoing,
}


def _absorb(session: Session, book: Book, before: Projection, *, now: datetime) -> None:
    """The other complaint takes over what was owed, from the earliest start."""
    other = queries.complaint_for_update(session, book.rows[-1].data["into_id"])
    into = open_book(session, other)
    telling.catch_up(session, into, now=now)
    data = {"from_id": book.complaint.id, **owed_by(before)}
    into.append(Entry(E.MERGED, now, data=data), now=now)
    write(session, into, now=now)


def _undo_absorbing(session: Session, book: Book, seq: int, *, now: datetime) -> None:
    """Taking a merge back gives the other complaint its own clocks again."""
    into_id = book.rows[seq - 1].data.get("into_id")
    if into_id is None:
        return
    other = queries.complaint_for_update(session, into_id)
    into = open_book(session, other)
    telling.catch_up(session, into, now=now)
    for row in list(into.rows):
        if row.type is E.MERGED and row.data.get("from_id") == book.complaint.id:
            into.append(Entry(E.UNDONE, now, data={"seq": row.seq}), now=now)
    write(session, into, now=now)


def _data(entry: Entry) -> dict[str, Any]:
    return entry.data or {}
