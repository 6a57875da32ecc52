"""Chat lines that become complaints: stored, scored, opened, joined, or asked about.

A score never answers and never closes anything; people correct it with one tap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.queries import hold_active, staff_of_store
from crm.accounts.rules import Actor
from crm.complaints.models import Complaint, Suspicion
from crm.complaints.queries import case as cases
from crm.complaints.queries.matter import hold_matters
from crm.complaints.queries.speakers import named, standing
from crm.complaints.queries.thread import closed_since, suspicion_of, undecided_of_group
from crm.complaints.rules.commands import LogComplaint, NewEvent, Suspected, TakenLines
from crm.complaints.rules.guess import category_of
from crm.complaints.rules.marking import joined
from crm.complaints.rules.words import (
    LIVE,
    POSTED_MAX_AGE,
    REF_MAX,
    TEXT_MAX,
    BadEvent,
    Channel,
    EventType,
    Intent,
    State,
    SuspicionState,
)
from crm.complaints.service.effects import recount
from crm.complaints.service.intake import log_complaint
from crm.complaints.service.learning import note_tap
from crm.complaints.service.quoting import link_replies
from crm.complaints.service.record import record_event, undo
from crm.complaints.service.scoring import ShopScorer, shop_scorer
from crm.groups import service as groups
from crm.groups.models import ChatGroup, GroupMessage
from crm.groups.queries import member_of_group, visible_group, visible_message
from crm.groups.rules import PASTED, Detection, MessageKind, NewMessage, Origin, StoredMessage


def take_lines(
    session: Session,
    group: ChatGroup,
    lines: Sequence[NewMessage],
    *,
    actor: Actor | None,
    now: datetime,
    origin: Origin = PASTED,
) -> TakenLines:
    """Store the lines of a chat and see to those that read like complaints."""
    # Before any complaint that an answer is linked to, or that a line opens again.
    hold_active(session, staff_of_store(session, group.store_id))
    watched = group.complaint_detection is not Detection.OFF
    spoken = standing(session, named(session, group, lines))
    scorer = shop_scorer(session)
    origin = replace(origin, threshold_ask=scorer.ask)
    scored = [_scored(scorer, line) for line in spoken] if watched else spoken
    hold_matters(session, group.store_id)
    stored = groups.store_messages(session, group, scored, actor=actor, now=now, origin=origin)
    suspected: list[Suspected] = []
    touched: dict[int, None] = {}
    doubtful = [line for line in stored.messages if _is_doubtful(line, scorer)]
    known = _known(session, group, doubtful)
    for line in doubtful:
        doubt = _suspect(session, group, line, scorer, now)
        suspected.append(Suspected(line.position, line.id, doubt.score, doubt.reason))
        is_clear = (line.score or 0.0) >= scorer.opening
        opens = is_clear and group.complaint_detection is Detection.OPEN
        complaint = _join(session, known, line, ended_too=opens, now=now)
        if complaint is None and opens:
            complaint = _open(session, group, line, now=now)
        if complaint is not None:
            if complaint not in known:
                known.append(complaint)
            _settle(session, doubt, complaint, now=now, actor=None)
            touched[complaint.id] = None
    for answered in link_replies(session, group, stored.messages, actor=actor, now=now):
        touched[answered] = None
    if stored.messages:
        _recount(session, group)
    return TakenLines(
        stored.import_id,
        len(stored.messages),
        stored.duplicates,
        tuple(suspected),
        tuple(touched),
    )


def open_suspected(session: Session, message_id: int, *, actor: Actor, now: datetime) -> Complaint:
    """Make a chat line a complaint; its clocks start when it was said. A second tap finds it."""
    message = visible_message(session, message_id, actor)
    group = visible_group(session, message.group_id, actor)
    hold_matters(session, group.store_id)
    doubt = suspicion_of(session, message_id)
    if doubt is not None and doubt.complaint_id is not None:
        complaint = cases.visible_complaint(session, doubt.complaint_id, actor)
        if complaint.state is not State.VOIDED:
            doubt.decided_at, doubt.decided_by = now, actor.id
            note_tap(session, message, is_complaint=True, actor=actor, now=now)
            return complaint
    contact_id = _contact_of(session, message)
    command = _command(group, message, message.sender, contact_id, min(message.sent_at, now))
    complaint = log_complaint(session, command, actor=actor, now=now)
    doubt = doubt or _new_doubt(session, group, message_id, message.score or 0.0, "", now)
    _settle(session, doubt, complaint, now=now, actor=actor)
    note_tap(session, message, is_complaint=True, actor=actor, now=now)
    return complaint


def dismiss_suspected(session: Session, message_id: int, *, actor: Actor, now: datetime) -> None:
    """Say that a line is no complaint; what Shuke opened from it and nobody touched goes away.

    Raises TooLate when somebody has worked on the complaint already.
    """
    message = visible_message(session, message_id, actor)
    group = visible_group(session, message.group_id, actor)
    hold_matters(session, group.store_id)
    doubt = suspicion_of(session, message_id)
    if doubt is None:
        doubt = _new_doubt(session, group, message_id, message.score or 0.0, "", now)
    if doubt.complaint_id is not None:
        complaint = cases.visible_complaint(session, doubt.complaint_id, actor)
        if complaint.state is not State.VOIDED:
            undo(session, complaint, 1, actor=actor, now=now)
    doubt.state, doubt.complaint_id = SuspicionState.DISMISSED, None
    doubt.decided_at, doubt.decided_by = now, actor.id
    note_tap(session, message, is_complaint=False, actor=actor, now=now)
    groups.not_a_complaint(session, message_id)


def _scored(scorer: ShopScorer, line: NewMessage) -> NewMessage:
    if line.is_staff or line.staff_id is not None or line.kind is not MessageKind.MESSAGE:
        return line
    return replace(line, score=scorer.score(line.text).value)


def _is_doubtful(line: StoredMessage, scorer: ShopScorer) -> bool:
    said = not line.is_staff and line.kind is MessageKind.MESSAGE
    return said and line.score is not None and line.score >= scorer.ask


def _known(session: Session, group: ChatGroup, lines: Sequence[StoredMessage]) -> list[Complaint]:
    """The complaints to which one of these lines may belong, read and locked once."""
    if not lines:
        return []
    since = min(line.sent_at for line in lines) - POSTED_MAX_AGE
    return [*undecided_of_group(session, group.id), *closed_since(session, group.id, since)]


def _suspect(
    session: Session, group: ChatGroup, line: StoredMessage, scorer: ShopScorer, now: datetime
) -> Suspicion:
    reason = joined(scorer.score(line.text).reasons)
    return _new_doubt(session, group, line.id, line.score or 0.0, reason, now)


def _new_doubt(
    session: Session, group: ChatGroup, message_id: int, value: float, reason: str, now: datetime
) -> Suspicion:
    doubt = Suspicion(
        message_id=message_id,
        group_id=group.id,
        score=value,
        reason=reason[:REF_MAX],
        state=SuspicionState.ASKED,
        created_at=now,
    )
    session.add(doubt)
    return doubt


def _settle(
    session: Session, doubt: Suspicion, complaint: Complaint, *, now: datetime, actor: Actor | None
) -> None:
    doubt.state, doubt.complaint_id = SuspicionState.OPENED, complaint.id
    if actor is not None:
        doubt.decided_at, doubt.decided_by = now, actor.id
    groups.became_complaint(session, [doubt.message_id], now=now)


def _join(
    session: Session,
    known: Sequence[Complaint],
    line: StoredMessage,
    *,
    ended_too: bool,
    now: datetime,
) -> Complaint | None:
    """A further line of somebody belongs to her complaint; a clear one to an ended one too."""
    since = line.sent_at - POSTED_MAX_AGE
    taking = [one for one in known if one.state in LIVE]
    if ended_too:
        ended = (one for one in known if one.state not in LIVE)
        taking += [one for one in ended if one.closed_at is None or one.closed_at >= since]
    mine = next((one for one in _at_or_before(taking, line) if _is_hers(one, line)), None)
    if mine is None:
        return None
    data = {"intent": Intent.PROBLEM.value}
    command = NewEvent(
        EventType.CUSTOMER_MESSAGE, min(line.sent_at, now), line.text[:TEXT_MAX], data
    )
    try:
        with session.begin_nested():
            row = record_event(session, mine, command, actor=None, now=now)
    except BadEvent:  # said too long ago: no part of that one
        return None
    return cases.visible_complaint(session, row.complaint_id, None)


def _at_or_before(complaints: Iterable[Complaint], line: StoredMessage) -> list[Complaint]:
    return [one for one in complaints if one.occurred_at <= line.sent_at]


def _is_hers(complaint: Complaint, line: StoredMessage) -> bool:
    if complaint.contact_id is not None and line.contact_id is not None:
        return complaint.contact_id == line.contact_id
    return complaint.reporter_alias == line.sender


def _open(
    session: Session, group: ChatGroup, line: StoredMessage, *, now: datetime
) -> Complaint | None:
    recent = now - POSTED_MAX_AGE <= line.sent_at
    if not recent:
        return None
    command = _command(group, line, line.sender, line.contact_id, min(line.sent_at, now))
    return log_complaint(session, command, actor=None, now=now)


def _command(
    group: ChatGroup,
    line: StoredMessage | GroupMessage,
    sender: str,
    contact_id: int | None,
    sent_at: datetime,
) -> LogComplaint:
    return LogComplaint(
        channel=Channel.GROUP,
        text=line.text[:TEXT_MAX],
        occurred_at=sent_at,
        store_id=group.store_id,
        group_id=group.id,
        contact_id=contact_id,
        reporter_name=sender,
        category=category_of(line.text),
        message_id=line.id,
    )


def _contact_of(session: Session, message: GroupMessage) -> int | None:
    if message.member_id is None:
        return None
    return member_of_group(session, message.group_id, message.member_id).contact_id


def _recount(session: Session, group: ChatGroup) -> None:
    """New lines may be new onlookers of what is open in this group."""
    for complaint in undecided_of_group(session, group.id):
        recount(session, complaint, cases.case_of(session, complaint))
