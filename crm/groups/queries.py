"""Every select about group chats."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from crm.accounts.models import Staff, StaffStore
from crm.accounts.queries import in_scope
from crm.accounts.rules import ALL_STORES, Actor
from crm.groups.models import ChatGroup, ChatImport, GroupMember, GroupMessage, UnansweredItem
from crm.groups.rules import Candidate, ItemState, MessageKind, OldLine
from crm.stores.models import Store

IMPORTS_SHOWN = 5
EXCERPT_LINES = 20


@dataclass(frozen=True)
class GroupRow:
    """A group as a list shows it."""

    id: int
    name: str
    store_name: str
    member_count: int | None
    unanswered: int


@dataclass(frozen=True)
class GroupHead:
    """What stands above a group's page."""

    group: ChatGroup
    store_name: str
    owner_name: str | None
    known_count: int
    contact_count: int


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


def visible_group(session: Session, group_id: int, actor: Actor | None) -> ChatGroup:
    """Return a group of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(ChatGroup).where(ChatGroup.id == group_id, in_scope(ChatGroup.store_id, actor))
    ).one()


def lock_group(session: Session, group_id: int) -> None:
    """Let two pastes into one group wait for each other: the second must see the first's lines."""
    session.execute(select(ChatGroup.id).where(ChatGroup.id == group_id).with_for_update())


def group_rows(session: Session, actor: Actor | None) -> list[GroupRow]:
    """Return the actor's groups, those with unanswered messages first."""
    waiting = (
        select(UnansweredItem.group_id, func.count().label("n"))
        .where(UnansweredItem.state == ItemState.WAITING)
        .group_by(UnansweredItem.group_id)
        .subquery()
    )
    unanswered = func.coalesce(waiting.c.n, 0)
    rows = session.execute(
        select(
            ChatGroup.id,
            ChatGroup.name,
            Store.name.label("store_name"),
            ChatGroup.member_count,
            unanswered.label("unanswered"),
        )
        .join(Store, Store.id == ChatGroup.store_id)
        .outerjoin(waiting, waiting.c.group_id == ChatGroup.id)
        .where(in_scope(ChatGroup.store_id, actor))
        .order_by(unanswered.desc(), ChatGroup.name, ChatGroup.id)
    )
    return [GroupRow(*row) for row in rows]


def group_head(session: Session, group: ChatGroup) -> GroupHead:
    """Return the names and counts above a group's page."""
    row = session.execute(
        select(
            Store.name,
            select(Staff.name).where(Staff.id == group.owner_id).scalar_subquery(),
            select(func.count())
            .where(GroupMember.group_id == group.id, GroupMember.left_at.is_(None))
            .scalar_subquery(),
            select(func.count(GroupMember.contact_id.distinct()))
            .where(GroupMember.group_id == group.id, GroupMember.left_at.is_(None))
            .scalar_subquery(),
        ).where(Store.id == group.store_id)
    ).one()
    return GroupHead(group, *row)


def members(session: Session, group_id: int) -> list[GroupMember]:
    """Return the names of a group; those nobody has been found for come first."""
    return list(
        session.scalars(
            select(GroupMember)
            .where(GroupMember.group_id == group_id, GroupMember.left_at.is_(None))
            .order_by(
                and_(GroupMember.contact_id.is_(None), GroupMember.staff_id.is_(None)).desc(),
                GroupMember.nickname,
                GroupMember.id,
            )
        )
    )


def member_names(session: Session, group_id: int) -> frozenset[str]:
    """Return the nicknames known in a group, for reading pasted text."""
    return frozenset(
        session.scalars(select(GroupMember.nickname).where(GroupMember.group_id == group_id))
    )


def member_of_group(session: Session, group_id: int, member_id: int) -> GroupMember:
    """Return a member of this group. Raises NoResultFound."""
    return session.scalars(
        select(GroupMember).where(GroupMember.id == member_id, GroupMember.group_id == group_id)
    ).one()


def members_by_name(
    session: Session, group_id: int, names: Iterable[str]
) -> dict[str, list[GroupMember]]:
    """Return the members behind each nickname; twins are two."""
    found: dict[str, list[GroupMember]] = {}
    rows = session.scalars(
        select(GroupMember)
        .where(GroupMember.group_id == group_id, GroupMember.nickname.in_(set(names)))
        .order_by(GroupMember.id)
    )
    for one in rows:
        found.setdefault(one.nickname, []).append(one)
    return found


def staff_of_store(session: Session, store_id: int) -> list[Row[tuple[int, str]]]:
    """Return id and name of everybody who may speak for a store, disabled ones included.

    Old chat was answered by people who have left.
    """
    works_here = select(StaffStore.staff_id).where(StaffStore.store_id == store_id)
    return list(
        session.execute(
            select(Staff.id, Staff.name)
            .where(or_(Staff.role.in_(ALL_STORES), Staff.id.in_(works_here)))
            .order_by(Staff.name, Staff.id)
        )
    )


def staff_by_name(
    session: Session, store_id: int, names: Iterable[str]
) -> dict[str, list[Candidate]]:
    """Return the store's people whose name is exactly one of these nicknames."""
    wanted = set(names)
    found: dict[str, list[Candidate]] = {}
    for row in staff_of_store(session, store_id):
        if row.name in wanted:
            found.setdefault(row.name, []).append(Candidate(staff_id=row.id))
    return found


def old_lines(
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


def known_external_ids(session: Session, group_id: int, ids: Iterable[str]) -> set[str]:
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


def message(session: Session, message_id: int) -> GroupMessage:
    """Return a line with its group."""
    return session.scalars(
        select(GroupMessage)
        .where(GroupMessage.id == message_id)
        .options(joinedload(GroupMessage.group))
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


def visible_message(session: Session, message_id: int, actor: Actor | None) -> GroupMessage:
    """Return a line of a group of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(GroupMessage)
        .join(ChatGroup, ChatGroup.id == GroupMessage.group_id)
        .where(GroupMessage.id == message_id, in_scope(ChatGroup.store_id, actor))
    ).one()


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
