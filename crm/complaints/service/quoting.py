"""Answers in the chat: a line of staff that quotes a complainer answers that complaint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.complaints.queries.thread import said_in, undecided_of_group
from crm.complaints.rules import quoting
from crm.complaints.rules.commands import NewEvent
from crm.complaints.rules.words import BadEvent, EventType, IllegalTransition
from crm.complaints.service.record import record_event
from crm.groups.models import ChatGroup
from crm.groups.rules import MessageKind, StoredMessage


def link_replies(
    session: Session,
    group: ChatGroup,
    lines: Sequence[StoredMessage],
    *,
    actor: Actor | None,
    now: datetime,
) -> list[int]:
    """Record quoted answers of staff where they belong; returns the complaints they answer."""
    replies = [line for line in lines if _may_answer(line)]
    if not replies:
        return []
    known = {one.id: one for one in undecided_of_group(session, group.id)}
    said = said_in(session, known)
    answered = []
    for line in replies:
        before = {one: said[one] for one in said if known[one].occurred_at <= line.sent_at}
        one_id = quoting.quoted_one(line.quote, before)
        if one_id is None:
            continue
        kind = EventType.HOLDING_REPLY if _holds(line) else EventType.PUBLIC_REPLY
        try:
            with session.begin_nested():
                command = NewEvent(kind, message_id=line.id)
                record_event(session, known[one_id], command, actor=actor, now=now)
        except (BadEvent, IllegalTransition):  # too long ago, or no answer is owed any more
            continue
        answered.append(one_id)
    return answered


def _may_answer(line: StoredMessage) -> bool:
    is_said = line.is_staff and line.kind is MessageKind.MESSAGE and bool(line.text.strip())
    return is_said and bool(line.quote) and not quoting.is_automatic(line.text)


def _holds(line: StoredMessage) -> bool:
    return quoting.is_holding(line.text)
