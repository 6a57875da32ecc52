"""Groups, who is in them, and who may speak for their store."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff, StaffStore
from crm.accounts.queries import in_scope
from crm.accounts.rules import ALL_STORES, Actor
from crm.groups.models import ChatGroup, GroupMember, UnansweredItem
from crm.groups.rules import Candidate, ItemState
from crm.stores.models import Store


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


def visible_group(session: Session, group_id: int, actor: Actor | None) -> ChatGroup:
    """Return a group of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(ChatGroup).where(ChatGroup.id == group_id, in_scope(ChatGroup.store_id, actor))
    ).one()


def groups_in_scope(session: Session, actor: Actor | None) -> list[ChatGroup]:
    """Return the actor's groups in the order in which they were added."""
    return list(
        session.scalars(
            select(ChatGroup).where(in_scope(ChatGroup.store_id, actor)).order_by(ChatGroup.id)
        )
    )


def groups_of_name(session: Session, name: str, store_code: str | None) -> list[ChatGroup]:
    """Return the groups of this name, of one store where its code is given."""
    asked = select(ChatGroup).where(ChatGroup.name == name).order_by(ChatGroup.id)
    if store_code is not None:
        asked = asked.join(Store, Store.id == ChatGroup.store_id).where(Store.code == store_code)
    return list(session.scalars(asked))


def lock_group(session: Session, group_id: int) -> None:
    """Let two pastes into one group wait for each other: the second must see the first's lines."""
    session.execute(
        select(ChatGroup.id).where(ChatGroup.id == group_id).with_for_update(key_share=True)
    )


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
