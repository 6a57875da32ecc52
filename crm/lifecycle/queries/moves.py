"""The move ledger read forward: who was moved, from where, by whom, and which steps followed.

Each fact that tells a step is said once, for the steps of one person and for the figures of all:
they cannot differ.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    case,
    func,
    literal,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from crm.accounts.models import Staff
from crm.attention.models import Touch
from crm.attention.rules import TouchKind
from crm.contacts.models import Contact, ContactIdentity, ContactMove, StepTaken
from crm.contacts.rules import TAPPED_STEPS, IdentityKind, MoveKind, MoveStep
from crm.groups.models import ChatGroup, GroupMember
from crm.lifecycle.rules.moves import FACTS, FunnelBy, FunnelLine, counted, reached
from crm.orders.models import ShopOrder
from crm.orders.rules import OrderStatus
from crm.stores.models import Store

_ON_WECHAT = (IdentityKind.WECHAT_ID, IdentityKind.EXTERNAL_USERID)
_CHATS = (TouchKind.CHAT, TouchKind.PHOTO, TouchKind.VOICE)
_earlier = aliased(ContactMove)


@dataclass(frozen=True, slots=True)
class _Fact:
    """Rows that tell a step: when each was, whose it is, and which of them count."""

    at: Any
    whose: Any
    which: ColumnElement[bool]
    since_move: bool = False

    def earliest(self, first: Any) -> ScalarSelect[Any]:
        """Return when it was first so, for the person of a move."""
        found = select(func.min(self.at)).where(self.whose == first.c.contact_id, self.which)
        return self._since(found, first).scalar_subquery()

    def holds(self, first: Any) -> Any:
        """Return whether it is so; what needs no date is looked up in one set for everybody."""
        if not self.since_move:
            return first.c.contact_id.in_(select(self.whose).where(self.which))
        found = select(self.whose).where(self.whose == first.c.contact_id, self.which)
        return self._since(found, first).exists()

    def _since(self, found: Select[Any], first: Any) -> Select[Any]:
        return found.where(self.at >= first.c.moved_at) if self.since_move else found


def _tap(step: MoveStep) -> _Fact:
    return _Fact(StepTaken.taken_at, StepTaken.contact_id, StepTaken.step == step)


_touch_stands = Touch.undone_at.is_(None)
_FACTS = {
    **{f"tapped_{step.value}": _tap(step) for step in TAPPED_STEPS},
    "touched_at": _Fact(Touch.happened_at, Touch.contact_id, _touch_stands, since_move=True),
    "chatted_at": _Fact(
        Touch.happened_at,
        Touch.contact_id,
        _touch_stands & Touch.kind.in_(_CHATS),
        since_move=True,
    ),
    "wechat_since": _Fact(
        ContactIdentity.added_at,
        ContactIdentity.contact_id,
        ContactIdentity.kind.in_(_ON_WECHAT),
    ),
    "in_group_since": _Fact(
        func.coalesce(GroupMember.joined_at, GroupMember.created_at),
        GroupMember.contact_id,
        GroupMember.contact_id.is_not(None),
    ),
    "ordered_at": _Fact(
        ShopOrder.ordered_at,
        ShopOrder.contact_id,
        ShopOrder.status != OrderStatus.CANCELLED,
        since_move=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a person, and when."""

    step: MoveStep
    at: datetime | None


def steps_of(session: Session, contact_id: int) -> list[Step]:
    """Return every step of one person, in their order; nothing for who was never moved."""
    first = _first_moves(ContactMove.contact_id == contact_id).subquery()
    moments = (_FACTS[name].earliest(first).label(name) for name in FACTS)
    facts = session.execute(select(*moments).select_from(first)).mappings().first()
    if facts is None:
        return []
    return [Step(step, reached(step, dict(facts))) for step in MoveStep]


def taps_of(session: Session, contact_id: int) -> list[StepTaken]:
    """Return the steps of one person that somebody tapped, the earliest last."""
    return list(
        session.scalars(
            select(StepTaken)
            .where(StepTaken.contact_id == contact_id)
            .order_by(StepTaken.taken_at.desc(), StepTaken.id.desc())
        )
    )


def tap_for_update(session: Session, contact_id: int, step_id: int) -> StepTaken:
    """Return and lock one tapped step of a contact. Raises NoResultFound."""
    return session.scalars(
        select(StepTaken)
        .where(StepTaken.id == step_id, StepTaken.contact_id == contact_id)
        .with_for_update()
    ).one()


def funnel(
    session: Session, scope: ColumnElement[bool], by: FunnelBy, *, since: datetime | None
) -> list[FunnelLine]:
    """Return how many were moved and took each step, by line; `scope` is of the contact's store."""
    first = _first_moves(scope, since=since).subquery()
    told = sum(
        (
            case((_FACTS[name].holds(first), 1 << place), else_=0)
            for place, name in enumerate(FACTS)
        ),
        start=literal(0),
    )
    rows = session.execute(
        select(*_names(first, by), told, func.count())
        .select_from(first)
        .outerjoin(Store, Store.id == first.c.from_store_id)
        .outerjoin(Staff, Staff.id == first.c.moved_by)
        .outerjoin(ChatGroup, ChatGroup.id == first.c.from_group_id)
        .group_by(*(text(str(place)) for place in range(1, 5)))  # bound values differ
    )
    return counted(tuple(row) for row in rows)


def _names(first: Any, by: FunnelBy) -> tuple[Any, Any, Any]:
    """Return the id, the name and the kind of what a line stands for."""
    if by is FunnelBy.MANAGER:
        return Staff.id, Staff.name, func.nullif(first.c.kind, first.c.kind)
    if by is FunnelBy.STORE:
        kind = case((Store.id.is_(None), first.c.kind))
        return Store.id, Store.name, kind
    # Who brought somebody along is a person, not a list.
    said = case((first.c.kind != MoveKind.REFERRAL, first.c.detail), else_="")
    return first.c.from_group_id, func.coalesce(ChatGroup.name, said), first.c.kind


def _first_moves(*conditions: ColumnElement[bool], since: datetime | None = None) -> Any:
    """Return each person's first move; of those who lead to somebody else none."""
    place, before = (tuple_(move.moved_at, move.id) for move in (ContactMove, _earlier))
    has_earlier = select(_earlier.id).where(
        _earlier.contact_id == ContactMove.contact_id, before < place
    )
    return (
        select(
            ContactMove.contact_id,
            ContactMove.kind,
            ContactMove.from_store_id,
            ContactMove.from_group_id,
            ContactMove.detail,
            ContactMove.moved_at,
            ContactMove.moved_by,
        )
        .join(Contact, Contact.id == ContactMove.contact_id)
        .where(
            Contact.merged_into_id.is_(None),
            ~has_earlier.exists(),
            true() if since is None else ContactMove.moved_at >= since,
            *conditions,
        )
    )
