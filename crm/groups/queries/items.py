"""What waits for an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.groups.models import ChatGroup, GroupMember, GroupMessage, UnansweredItem
from crm.groups.rules import ItemState

EXCERPT_LINES = 20


@dataclass(frozen=True)
class Unanswered:
    """An item of the board, with the words of all its lines."""

    id: int
    group_id: int
    group_name: str
    store_id: int
    sender: str
    member_id: int | None
    contact_id: int | None
    asked_at: datetime
    due_at: datetime
    state: ItemState
    message_ids: tuple[int, ...]
    text: str
    score: float | None


def unfollowed_items(session: Session, group_id: int, before: datetime) -> list[UnansweredItem]:
    """Return and lock the waiting items of earlier lines that do not ask."""
    return list(
        session.scalars(
            select(UnansweredItem)
            .where(
                UnansweredItem.group_id == group_id,
                UnansweredItem.state == ItemState.WAITING,
                UnansweredItem.binding.is_(False),
                UnansweredItem.last_at < before,
            )
            .with_for_update()
        )
    )


def items_by_id(session: Session, ids: Iterable[int]) -> dict[int, UnansweredItem]:
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session.scalars(
        select(UnansweredItem).where(UnansweredItem.id.in_(wanted)).with_for_update()
    )
    return {item.id: item for item in rows}


def items_of_messages(session: Session, message_ids: Iterable[int]) -> list[UnansweredItem]:
    """Return and lock the items that these messages are part of."""
    wanted = set(message_ids)
    ids = session.scalars(
        select(GroupMessage.item_id).where(
            GroupMessage.id.in_(wanted), GroupMessage.item_id.is_not(None)
        )
    )
    return list(items_by_id(session, [item_id for item_id in ids if item_id]).values())


def items_with_lines(session: Session, ids: Iterable[int]) -> set[int]:
    """Return which of these items still have a line."""
    rows = session.scalars(
        select(GroupMessage.item_id).distinct().where(GroupMessage.item_id.in_(set(ids)))
    )
    return {item_id for item_id in rows if item_id is not None}


def item_of_group(session: Session, group_id: int, item_id: int) -> UnansweredItem:
    """Return and lock an item of this group. Raises NoResultFound."""
    return session.scalars(
        select(UnansweredItem)
        .where(UnansweredItem.id == item_id, UnansweredItem.group_id == group_id)
        .with_for_update()
    ).one()


def lines_of_item(session: Session, group_id: int, item_id: int) -> list[GroupMessage]:
    """Return the lines of an item of this group in order. Raises NoResultFound."""
    item_of_group(session, group_id, item_id)
    return list(
        session.scalars(
            select(GroupMessage)
            .where(GroupMessage.item_id == item_id, GroupMessage.hidden_at.is_(None))
            .order_by(GroupMessage.sent_at, GroupMessage.id)
        )
    )


def unanswered(
    session: Session,
    group_ids: Sequence[int],
    states: Sequence[ItemState] = (ItemState.WAITING,),
) -> list[Unanswered]:
    """Return what waits for an answer in these groups, oldest first, with its words."""
    rows = session.execute(
        select(UnansweredItem, ChatGroup.name, ChatGroup.store_id)
        .join(ChatGroup, ChatGroup.id == UnansweredItem.group_id)
        .where(UnansweredItem.group_id.in_(group_ids), UnansweredItem.state.in_(states))
        .order_by(UnansweredItem.asked_at, UnansweredItem.id)
    ).all()
    lines = _lines_by_item(session, [item.id for item, _name, _store in rows])
    return [
        _as_unanswered(item, name, store_id, lines[item.id])
        for item, name, store_id in rows
        if item.id in lines
    ]


def unanswered_in_scope(session: Session, actor: Actor | None) -> list[Unanswered]:
    """Return what waits for an answer in all groups of the actor."""
    group_ids = list(
        session.scalars(select(ChatGroup.id).where(in_scope(ChatGroup.store_id, actor)))
    )
    return unanswered(session, group_ids)


def _lines_by_item(session: Session, item_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    rows: Iterable[Row[Any]] = session.execute(
        select(
            GroupMessage.item_id,
            GroupMessage.id,
            GroupMessage.sender,
            GroupMessage.text,
            GroupMessage.score,
            GroupMember.contact_id,
        )
        .outerjoin(GroupMember, GroupMember.id == GroupMessage.member_id)
        .where(GroupMessage.item_id.in_(item_ids), GroupMessage.hidden_at.is_(None))
        .order_by(GroupMessage.sent_at, GroupMessage.id)
    )
    for row in rows:
        found.setdefault(row.item_id, []).append(row)
    return found


def _as_unanswered(
    item: UnansweredItem, name: str, store_id: int, lines: list[Row[Any]]
) -> Unanswered:
    scores = [line.score for line in lines if line.score is not None]
    return Unanswered(
        id=item.id,
        group_id=item.group_id,
        group_name=name,
        store_id=store_id,
        sender=lines[0].sender,
        member_id=item.member_id,
        contact_id=lines[0].contact_id,
        asked_at=item.asked_at,
        due_at=item.due_at,
        state=item.state,
        message_ids=tuple(line.id for line in lines),
        text="\n".join(line.text for line in lines[:EXCERPT_LINES]),
        score=max(scores, default=None),
    )
