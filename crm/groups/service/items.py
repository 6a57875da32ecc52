"""What waits for an answer: made from the lines, settled by staff, taps and complaints.

An item is never settled by guessing: only what does not ask leaves by itself, when staff speaks.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit import service as audit
from crm.groups import queries
from crm.groups.models import ChatGroup, GroupMember, GroupMessage, UnansweredItem
from crm.groups.rules import (
    UNANSWERED_AFTER,
    ItemState,
    MessageKind,
    Run,
    Seen,
    asks,
    runs,
)
from crm.stores.queries import business_calendar
from crm.stores.rules import BusinessCalendar, NoWorkingTime

OPEN = (ItemState.WAITING, ItemState.FOLLOWED)
"""States that follow the lines; in the others somebody has decided."""


def refresh(session: Session, group: ChatGroup, since: datetime, until: datetime) -> None:
    """Bring the items of a group up to date with new lines of this stretch of time."""
    since = queries.line_before(session, group.id, since) or since
    rows = queries.region(session, group.id, since, queries.staff_after(session, group.id, until))
    lines = {message.id: message for message, _state in rows}
    found = runs([_seen(message, state) for message, state in rows])
    items = queries.items_by_id(session, {run.item_id for run in found if run.item_id})
    calendar = business_calendar(session, group.store_id)
    kept = [
        items[run.item_id] if run.item_id else _new_item(group, run, lines[run.ids[0]], calendar)
        for run in found
    ]
    session.add_all(kept)
    session.flush()  # lines name their items by id
    for run, item in zip(found, kept, strict=True):
        _keep_up(item, run)
        for message_id in run.ids:
            lines[message_id].item_id = item.id
    _follow_older(session, group, since, [m for m in lines.values() if m.is_staff])
    session.flush()  # what is read next must see the items


def _follow_older(
    session: Session, group: ChatGroup, since: datetime, staff_lines: list[GroupMessage]
) -> None:
    """Staff spoke: what waits from before this stretch and does not ask leaves."""
    if not staff_lines:
        return
    spoken = max(line.sent_at for line in staff_lines)
    for item in queries.unfollowed_items(session, group.id, since):
        item.state, item.settled_at = ItemState.FOLLOWED, spoken


def _seen(message: GroupMessage, state: ItemState | None) -> Seen:
    return Seen(
        id=message.id,
        speaker=f"member:{message.member_id}" if message.member_id else f"name:{message.sender}",
        sent_at=message.sent_at,
        is_staff=message.is_staff,
        binding=message.binds,
        item_id=message.item_id,
        settled=state is not None and state not in OPEN,
        system=message.kind is MessageKind.SYSTEM,
    )


def _new_item(
    group: ChatGroup, run: Run, first: GroupMessage, calendar: BusinessCalendar
) -> UnansweredItem:
    return UnansweredItem(
        group_id=group.id,
        member_id=first.member_id,
        asked_at=run.first_at,
        last_at=run.last_at,
        due_at=_due(run.first_at, calendar),
        binding=run.binding,
        state=ItemState.WAITING,
    )


def _due(asked_at: datetime, calendar: BusinessCalendar) -> datetime:
    try:
        return calendar.add(asked_at, UNANSWERED_AFTER.total_seconds())
    except NoWorkingTime:  # a store without hours: better early than never
        return asked_at.astimezone(UTC) + UNANSWERED_AFTER


def _keep_up(item: UnansweredItem, run: Run) -> None:
    if item.state not in OPEN:
        return
    item.asked_at = min(item.asked_at, run.first_at)
    item.last_at = max(item.last_at, run.last_at)
    item.binding = run.binding
    if run.binding or run.followed_at is None:
        item.state, item.settled_at = ItemState.WAITING, None
    else:
        item.state, item.settled_at = ItemState.FOLLOWED, run.followed_at


def answer_item(
    session: Session,
    item: UnansweredItem,
    *,
    reply: GroupMessage | None,
    actor: Actor | None,
    now: datetime,
) -> None:
    """Somebody says that it was answered, by a line of the chat or elsewhere."""
    if reply is not None:
        reply.answers_item_id = item.id
    _settle(session, item, ItemState.ANSWERED, actor=actor, now=now)


def dismiss_item(
    session: Session, item: UnansweredItem, *, actor: Actor | None, now: datetime
) -> None:
    """Somebody says that it needs no answer."""
    _settle(session, item, ItemState.NOT_NEEDED, actor=actor, now=now)


def reopen_item(
    session: Session, item: UnansweredItem, *, actor: Actor | None, now: datetime
) -> None:
    """Take a tap back: the item waits again, with its old due time."""
    if item.state not in (ItemState.ANSWERED, ItemState.NOT_NEEDED):
        return
    item.state, item.settled_at, item.settled_by = ItemState.WAITING, None, None
    audit.record(
        session, "group.item_reopened", subject=f"unanswered_item:{item.id}", actor=actor, now=now
    )


def _settle(
    session: Session,
    item: UnansweredItem,
    state: ItemState,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    if item.state is not ItemState.WAITING:  # a second tap, or two people at once
        return
    item.state, item.settled_at = state, now
    item.settled_by = actor.id if actor else None
    audit.record(
        session,
        "group.item_settled",
        subject=f"unanswered_item:{item.id}",
        actor=actor,
        now=now,
        after={"state": state.value},
    )


def became_complaint(session: Session, message_ids: Iterable[int], *, now: datetime) -> None:
    """These lines are a complaint now: its own clocks take over."""
    for item in queries.items_of_messages(session, message_ids):
        if item.state in OPEN:
            item.state, item.settled_at = ItemState.COMPLAINT, now


def not_a_complaint(session: Session, message_id: int) -> None:
    """The score binds no longer. A question goes on waiting; other words leave once staff spoke."""
    message = queries.message(session, message_id)
    message.binds = asks(message.text)
    for item in queries.items_of_messages(session, [message_id]):
        if item.state is ItemState.COMPLAINT:  # it had been opened by itself and is taken back
            item.state, item.settled_at = ItemState.WAITING, None
    session.flush()  # the lines are read again
    refresh(session, message.group, message.sent_at, message.sent_at)


def reassign(session: Session, group: ChatGroup, member: GroupMember, *, now: datetime) -> None:
    """A member turned out to be staff, or no staff: her lines are looked at again."""
    lines = queries.lines_of_member(session, member.id)
    if not lines:
        return
    items = queries.items_by_id(session, {line.item_id for line in lines if line.item_id})
    for item in items.values():
        if member.staff_id is not None and item.state in OPEN:
            item.state, item.settled_at = ItemState.STAFF, now
    for line in lines:
        line.is_staff, line.item_id = member.staff_id is not None, None
    session.flush()  # the lines are read again
    refresh(session, group, lines[0].sent_at, lines[-1].sent_at)
