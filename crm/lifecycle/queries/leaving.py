"""What somebody has in hand, who could take it over, and what came of hand-overs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from crm.accounts.models import Staff
from crm.accounts.queries import stores_by_staff, team
from crm.accounts.rules import ALL_STORES, Role
from crm.attention.models import FollowUp
from crm.campaigns.models import CampaignMember
from crm.complaints.models import Complaint
from crm.contacts.models import Contact
from crm.groups.models import ChatGroup
from crm.lifecycle.models import HandOver, HandOverItem
from crm.lifecycle.rules.leaving import Back, HandedOn, Obstacle, Thing
from crm.stores.models import Store

PAGE_ROWS = 50
_to = aliased(Staff)
_STORES: BindParameter[Any] = bindparam("stores", expanding=True)
SINGLE = (
    HandOverItem.hand_over_id == HandOver.id,
    HandOverItem.thing == Thing.CONTACT,
    HandOver.is_single,
    HandOver.undone_at.is_(None),
)
"""One contact that was handed on alone and not taken back."""


@dataclass
class StorePeople:
    """Who is here for a store: those who keep a book there, and everybody who may see it."""

    name: str
    keepers: list[int] = field(default_factory=list)
    all: set[int] = field(default_factory=set)


def stores_with_people(session: Session, *, without: int) -> dict[int, StorePeople]:
    """Return the people of every store, but for one person.

    A book is kept by managers; by assistants where there is no manager, else by who sees all.
    """
    found = {
        row.id: StorePeople(row.name)
        for row in session.execute(select(Store.id, Store.name).order_by(Store.id))
    }
    works_in = stores_by_staff(session)
    ranks: dict[int, dict[Role, list[int]]] = {store_id: {} for store_id in found}
    for one in team(session):
        if one.disabled_at is not None or one.id == without:
            continue
        homes = set(found) if one.role in ALL_STORES else works_in.get(one.id, set())
        for store_id in homes:
            found[store_id].all.add(one.id)
            ranks[store_id].setdefault(one.role, []).append(one.id)
    for store_id, by_role in ranks.items():
        order = (Role.MANAGER, Role.ASSISTANT, Role.LEAD, Role.OWNER)
        found[store_id].keepers = next((by_role[r] for r in order if by_role.get(r)), [])
    return found


def hand_over(session: Session, hand_over_id: int) -> HandOver:
    """Return a hand-over. Raises NoResultFound."""
    return session.scalars(select(HandOver).where(HandOver.id == hand_over_id)).one()


def book_hand_over(session: Session, hand_over_id: int) -> HandOver:
    """Return a hand-over of somebody's book. Raises NoResultFound."""
    book = select(HandOver).where(HandOver.id == hand_over_id, HandOver.is_single.is_(False))
    return session.scalars(book).one()


def single_hand_over(
    session: Session, contact_ids: Sequence[int], hand_over_id: int | None
) -> HandOver:
    """Return the act that handed one of these contacts alone on, undone or not.

    Without a number the latest of the first of them, else of the others. Raises NoResultFound.
    """
    hers = (
        select(HandOver)
        .join(HandOverItem, HandOverItem.hand_over_id == HandOver.id)
        .where(
            HandOver.is_single,
            HandOverItem.thing == Thing.CONTACT,
            HandOverItem.subject_id.in_(contact_ids),
        )
    )
    if hand_over_id is not None:
        hers = hers.where(HandOver.id == hand_over_id)
    latest = (HandOverItem.subject_id != contact_ids[0], HandOver.id.desc())
    return session.scalars(hers.order_by(*latest).limit(1)).one()


def hand_over_for_update(session: Session, hand_over_id: int) -> HandOver:
    """Return and lock a hand-over. Raises NoResultFound."""
    locked = select(HandOver).where(HandOver.id == hand_over_id).with_for_update()
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def hand_overs_of(session: Session, staff_id: int) -> list[HandOver]:
    """Return the hand-overs of a person's book, newest first."""
    mine = select(HandOver).where(HandOver.from_id == staff_id, HandOver.is_single.is_(False))
    return list(session.scalars(mine.order_by(HandOver.id.desc()).limit(PAGE_ROWS)))


def last_leaving(session: Session, staff_id: int) -> HandOver:
    """Return what came with the latest end of a person's access. Raises NoResultFound."""
    mine = select(HandOver).where(HandOver.from_id == staff_id, HandOver.is_leaving)
    return session.scalars(mine.order_by(HandOver.id.desc()).limit(1)).one()


def handed_on(session: Session, contact_id: int) -> HandedOn | None:
    """Return the latest time that this contact alone was handed on, unless it was taken back."""
    by, old = aliased(Staff), aliased(Staff)
    latest = session.execute(
        select(
            HandOver.id,
            HandOver.handed_at,
            HandOver.handed_by,
            by.name.label("by_name"),
            old.name.label("from_name"),
            _to.id.label("to_id"),
            _to.name.label("to_name"),
        )
        .join(HandOverItem, HandOverItem.hand_over_id == HandOver.id)
        .join(by, by.id == HandOver.handed_by)
        .join(_to, _to.id == HandOverItem.to_id)
        .outerjoin(old, old.id == HandOver.from_id)
        .where(*SINGLE, HandOverItem.subject_id == contact_id)
        .order_by(HandOver.id.desc())
        .limit(1)
    ).first()
    return None if latest is None else HandedOn(*latest)


def items_by_person(
    session: Session, hand_over_id: int
) -> list[tuple[Thing, int, list[tuple[int, int]]]]:
    """Return what each person took over of each kind: the row's number and the thing's.

    Without what is known to stay there.
    """
    rows = session.execute(
        select(HandOverItem.thing, HandOverItem.to_id, HandOverItem.id, HandOverItem.subject_id)
        .where(
            HandOverItem.hand_over_id == hand_over_id,
            HandOverItem.to_id.is_not(None),
            HandOverItem.back.is_(None),
        )
        .order_by(HandOverItem.thing, HandOverItem.to_id, HandOverItem.subject_id)
    ).all()
    return [
        (thing, to_id, [(row.id, row.subject_id) for row in some])
        for (thing, to_id), some in groupby(rows, key=lambda row: (row.thing, row.to_id))
    ]


def _here(table: Any, *, of_contact: bool = False) -> Select[Any]:
    thing = select(table.id).where(table.id == HandOverItem.subject_id)
    thing = thing.join(Contact) if of_contact else thing
    return thing.where((Contact if of_contact else table).store_id.in_(_STORES))


_OF_STORES: Mapping[Thing, Select[Any]] = {
    Thing.CONTACT: _here(Contact),
    Thing.FOLLOW_UP: _here(FollowUp, of_contact=True),
    Thing.TASK: _here(CampaignMember, of_contact=True),
    Thing.COMPLAINT: _here(Complaint),
    Thing.GROUP: _here(ChatGroup),
}
"""What a hand-over's row is about, if it is of some stores."""


def out_of_reach(session: Session, hand_over_id: int, store_ids: Collection[int]) -> list[int]:
    """Return the rows of what somebody took over and what is of none of these stores."""
    found: list[int] = []
    for thing, within in _OF_STORES.items():
        rows = select(HandOverItem.id).where(
            HandOverItem.hand_over_id == hand_over_id,
            HandOverItem.to_id.is_not(None),
            HandOverItem.thing == thing,
            ~within.correlate(HandOverItem).exists(),
        )
        found += session.scalars(rows, {"stores": sorted(store_ids)})
    return found


@dataclass(frozen=True)
class Sum:
    """How many things of a kind went to one person, or stayed for one reason."""

    thing: Thing
    to_name: str | None
    obstacle: Obstacle | None
    back: Back | None
    count: int


def sums(session: Session, hand_over_id: int) -> list[Sum]:
    """Return what came of a hand-over, in numbers."""
    rows = session.execute(
        select(
            HandOverItem.thing,
            _to.name,
            HandOverItem.obstacle,
            HandOverItem.back,
            func.count(),
        )
        .outerjoin(_to, _to.id == HandOverItem.to_id)
        .where(HandOverItem.hand_over_id == hand_over_id)
        .group_by(HandOverItem.thing, _to.id, _to.name, HandOverItem.obstacle, HandOverItem.back)
    )
    order = list(Thing)
    found = [Sum(*row) for row in rows]
    return sorted(found, key=lambda one: (order.index(one.thing), one.to_name is None, -one.count))


def people(session: Session, hand_over_id: int, *, after: int) -> list[Row[Any]]:
    """Return a page of the contacts of a hand-over and what came of each, and one more."""
    statement = (
        select(
            HandOverItem.id,
            Contact.id.label("contact_id"),
            Contact.name,
            Store.name.label("store_name"),
            _to.name.label("to_name"),
            HandOverItem.obstacle,
            HandOverItem.back,
        )
        .join(Contact, Contact.id == HandOverItem.subject_id)
        .join(Store, Store.id == Contact.store_id)
        .outerjoin(_to, _to.id == HandOverItem.to_id)
        .where(
            HandOverItem.hand_over_id == hand_over_id,
            HandOverItem.thing == Thing.CONTACT,
            HandOverItem.id > after,
        )
        .order_by(HandOverItem.id)
        .limit(PAGE_ROWS + 1)
    )
    return list(session.execute(statement))
