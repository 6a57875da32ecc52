"""Lines of the chat: stored ones, new ones, imports."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.groups.models import ChatGroup, ChatImport, GroupMessage, UnansweredItem
from crm.groups.rules import ItemState, MessageKind, NewMessage, OldLine, new_positions

IMPORTS_SHOWN = 5
# A paste without times was placed by a person: its lines may lie a day beside the stored ones.
PLACED_SLACK = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def fresh_positions(session: Session, group: ChatGroup, lines: Sequence[NewMessage]) -> list[int]:
    """Return which of these lines, in the order of the chat, are new to the group."""
    if not lines:
        return []
    times = [line.sent_at for line in lines]
    slack = PLACED_SLACK if any(line.placed for line in lines) else MINUTE
    old = _old_lines(session, group.id, min(times) - PLACED_SLACK, max(times) + slack)
    known = _known_external_ids(
        session, group.id, [line.external_id for line in lines if line.external_id]
    )
    plain = [i for i, line in enumerate(lines) if not line.external_id]
    named = []
    for i, line in enumerate(lines):
        if line.external_id and line.external_id not in known:
            known.add(line.external_id)
            named.append(i)
    fresh = [plain[i] for i in new_positions([one for one, _id in old], [lines[i] for i in plain])]
    # Two lines with ids of their own are two lines, however alike.
    pasted = [one for one, has_id in old if not has_id]
    fresh += [named[i] for i in new_positions(pasted, [lines[i] for i in named])]
    return sorted(fresh)


def _old_lines(
    session: Session, group_id: int, since: datetime, until: datetime
) -> list[tuple[OldLine, bool]]:
    """Return the stored lines of a stretch in order; True where a program gave them an id."""
    rows = session.execute(
        select(
            GroupMessage.sender,
            GroupMessage.sent_at,
            GroupMessage.text,
            GroupMessage.placed,
            GroupMessage.external_id,
        )
        .where(
            GroupMessage.group_id == group_id,
            GroupMessage.hidden_at.is_(None),
            GroupMessage.sent_at.between(since, until),
        )
        .order_by(GroupMessage.sent_at, GroupMessage.id)
    )
    return [
        (OldLine(row.sender, row.sent_at, row.text, row.placed), row.external_id is not None)
        for row in rows
    ]


def _known_external_ids(session: Session, group_id: int, ids: Iterable[str]) -> set[str]:
    """Return which of these message ids are stored already."""
    rows = session.scalars(
        select(GroupMessage.external_id).where(
            GroupMessage.group_id == group_id, GroupMessage.external_id.in_(set(ids))
        )
    )
    return {external_id for external_id in rows if external_id is not None}


def region(
    session: Session, group_id: int, since: datetime, until: datetime | None
) -> list[tuple[GroupMessage, ItemState | None]]:
    """Return the lines of a stretch in order, with the state of the item each is part of."""
    rows = (
        select(GroupMessage, UnansweredItem.state)
        .outerjoin(UnansweredItem, UnansweredItem.id == GroupMessage.item_id)
        .where(
            GroupMessage.group_id == group_id,
            GroupMessage.hidden_at.is_(None),
            GroupMessage.sent_at >= since,
        )
        .order_by(GroupMessage.sent_at, GroupMessage.id)
    )
    if until is not None:
        rows = rows.where(GroupMessage.sent_at <= until)
    return [(message, state) for message, state in session.execute(rows)]


def line_before(session: Session, group_id: int, moment: datetime) -> datetime | None:
    """Return when the last line before a moment was sent: an item may go on from it."""
    return session.scalar(
        select(func.max(GroupMessage.sent_at)).where(
            GroupMessage.group_id == group_id,
            GroupMessage.hidden_at.is_(None),
            GroupMessage.kind == MessageKind.MESSAGE,
            GroupMessage.sent_at < moment,
        )
    )


def staff_after(session: Session, group_id: int, moment: datetime) -> datetime | None:
    """Return when staff first spoke after a moment: later lines change nothing before it."""
    return session.scalar(
        select(func.min(GroupMessage.sent_at)).where(
            GroupMessage.group_id == group_id,
            GroupMessage.hidden_at.is_(None),
            GroupMessage.is_staff,
            GroupMessage.sent_at > moment,
        )
    )


def message(session: Session, message_id: int) -> GroupMessage:
    """Return a line with its group."""
    return session.scalars(
        select(GroupMessage)
        .where(GroupMessage.id == message_id)
        .options(joinedload(GroupMessage.group))
    ).one()


def visible_message(session: Session, message_id: int, actor: Actor | None) -> GroupMessage:
    """Return a line of a group of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(GroupMessage)
        .join(ChatGroup, ChatGroup.id == GroupMessage.group_id)
        .where(GroupMessage.id == message_id, in_scope(ChatGroup.store_id, actor))
    ).one()


def lines_of_member(session: Session, member_id: int) -> list[GroupMessage]:
    """Return everything a member wrote, in order."""
    return list(
        session.scalars(
            select(GroupMessage)
            .where(GroupMessage.member_id == member_id, GroupMessage.hidden_at.is_(None))
            .order_by(GroupMessage.sent_at, GroupMessage.id)
        )
    )


def import_of_group(session: Session, group_id: int, import_id: int) -> ChatImport:
    """Return and lock an import of this group. Raises NoResultFound."""
    return session.scalars(
        select(ChatImport)
        .where(ChatImport.id == import_id, ChatImport.group_id == group_id)
        .with_for_update()
    ).one()


def imports_since(session: Session, group_id: int, since: datetime) -> list[ChatImport]:
    """Return the latest imports that can still be undone, newest first."""
    return list(
        session.scalars(
            select(ChatImport)
            .where(
                ChatImport.group_id == group_id,
                ChatImport.undone_at.is_(None),
                ChatImport.imported_at > since,
            )
            .order_by(ChatImport.id.desc())
            .limit(IMPORTS_SHOWN)
        )
    )


def messages_of_import(session: Session, import_id: int) -> list[GroupMessage]:
    """Return the lines that one import brought."""
    return list(
        session.scalars(
            select(GroupMessage)
            .where(GroupMessage.import_id == import_id)
            .order_by(GroupMessage.sent_at, GroupMessage.id)
        )
    )
