"""Lines come in: what is new is stored with its speaker, and what waits for an answer is noted.

Scores come with the lines; who has a contact's name is asked above. Nothing is sent from here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit import service as audit
from crm.groups import queries
from crm.groups.models import ChatGroup, ChatImport, GroupMember, GroupMessage
from crm.groups.rules import (
    PASTED,
    SENDER_MAX,
    TEXT_MAX,
    UNDO_WITHIN,
    ItemState,
    MessageKind,
    NewMessage,
    Origin,
    Stored,
    StoredMessage,
    TooLateToUndo,
    binds,
    check_times,
)
from crm.groups.service import items
from crm.groups.service.members import Speaker, speaker_of, speakers


def store_messages(
    session: Session,
    group: ChatGroup,
    lines: Sequence[NewMessage],
    *,
    actor: Actor | None,
    now: datetime,
    origin: Origin = PASTED,
) -> Stored:
    """Store the lines that are new, in the order of the chat. Raises FutureLine, storing none."""
    check_times(lines, now)
    queries.lock_group(session, group.id)
    fresh = queries.fresh_positions(session, group, lines)
    if not fresh:
        return Stored(None, (), len(lines))
    brought = ChatImport(
        group_id=group.id,
        actor_id=actor.id if actor else None,
        source=origin.source,
        format=origin.format,
        imported_at=now,
        message_count=len(fresh),
        duplicate_count=len(lines) - len(fresh),
    )
    session.add(brought)
    session.flush()  # messages name their import by id
    new = [_fitted(lines[position]) for position in fresh]
    found = speakers(session, group, new, now=now)
    rows = [_row(group, brought, line, found, origin.threshold_ask) for line in new]
    session.add_all(rows)
    session.flush()  # items are made from stored lines
    times = [row.sent_at for row in rows]
    items.refresh(session, group, min(times), max(times))
    audit.record(
        session,
        "group.chat_imported",
        subject=f"chat_import:{brought.id}",
        actor=actor,
        now=now,
        after={"group": group.id, "messages": len(rows), "source": origin.source.value},
    )
    stored = [
        _stored(row, position, found.get(speaker_of(line)))
        for row, position, line in zip(rows, fresh, new, strict=True)
    ]
    return Stored(brought.id, tuple(stored), len(lines) - len(fresh))


def _fitted(line: NewMessage) -> NewMessage:
    return replace(
        line,
        sender=line.sender[:SENDER_MAX],
        text=line.text[:TEXT_MAX],
        quote=line.quote[:TEXT_MAX],
    )


def _row(
    group: ChatGroup,
    brought: ChatImport,
    line: NewMessage,
    found: dict[Speaker, GroupMember | None],
    threshold_ask: float,
) -> GroupMessage:
    member = found.get(speaker_of(line))
    is_staff = line.is_staff or (member is not None and member.staff_id is not None)
    score = None if is_staff or line.kind is MessageKind.SYSTEM else line.score
    return GroupMessage(
        group_id=group.id,
        import_id=brought.id,
        member_id=member.id if member else None,
        kind=line.kind,
        sender=line.sender,
        is_staff=is_staff,
        sent_at=line.sent_at,
        placed=line.placed,
        text=line.text,
        quote=line.quote,
        external_id=line.external_id,
        score=score,
        binds=not is_staff and binds(line.text, score, threshold_ask),
    )


def _stored(row: GroupMessage, position: int, member: GroupMember | None) -> StoredMessage:
    return StoredMessage(
        id=row.id,
        position=position,
        sender=row.sender,
        sent_at=row.sent_at,
        text=row.text,
        quote=row.quote,
        kind=row.kind,
        member_id=row.member_id,
        contact_id=member.contact_id if member else None,
        is_staff=row.is_staff,
        score=row.score,
        item_id=row.item_id,
    )


def undo_import(
    session: Session, group: ChatGroup, brought: ChatImport, *, actor: Actor, now: datetime
) -> None:
    """Hide what an import brought, for a day after it. A second tap does nothing.

    Complaints that were opened from it are the caller's: they stand above groups.
    """
    if brought.undone_at is not None:
        return
    if now - brought.imported_at > UNDO_WITHIN:
        raise TooLateToUndo
    queries.lock_group(session, group.id)  # a paste meanwhile must not take these for stored
    rows = queries.messages_of_import(session, brought.id)
    touched = queries.items_by_id(session, {row.item_id for row in rows if row.item_id})
    for row in rows:
        row.hidden_at, row.item_id, row.external_id = now, None, None
    session.flush()  # what is left of the items is read from the lines that stay
    kept = queries.items_with_lines(session, touched)
    for item in touched.values():
        if item.id not in kept and item.state in items.OPEN:
            item.state, item.settled_at, item.settled_by = ItemState.UNDONE, now, actor.id
    brought.undone_at, brought.undone_by = now, actor.id
    times = [row.sent_at for row in rows]
    items.refresh(session, group, min(times), max(times))
    audit.record(
        session, "group.import_undone", subject=f"chat_import:{brought.id}", actor=actor, now=now
    )
