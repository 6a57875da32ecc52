"""The move ledger read forward: who was moved, from where, by whom, and which steps followed.

One select tells the steps of one person and the figures of all: they cannot differ.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, or_, select, text, true
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.attention.models import Touch
from crm.attention.rules import TouchKind
from crm.contacts.models import Contact, ContactIdentity, ContactMove, StepTaken
from crm.contacts.rules import TAPPED_STEPS, IdentityKind, MoveKind, MoveStep
from crm.db import int_sum
from crm.groups.models import ChatGroup, GroupMember
from crm.lifecycle.rules.moves import SOURCES, FunnelBy, FunnelLine, reached
from crm.orders.models import ShopOrder
from crm.orders.rules import OrderStatus
from crm.stores.models import Store

_ON_WECHAT = (IdentityKind.WECHAT_ID, IdentityKind.EXTERNAL_USERID)
_CHATS = (TouchKind.CHAT, TouchKind.PHOTO, TouchKind.VOICE)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a person, and when."""

    step: MoveStep
    at: datetime | None


def steps_of(session: Session, contact_id: int) -> list[Step]:
    """Return every step of one person, in their order; nothing for who was never moved."""
    facts = session.execute(_facts(ContactMove.contact_id == contact_id)).mappings().first()
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
    facts = _facts(scope, since=since).subquery()
    taken = [
        int_sum(case((or_(*(facts.c[name].is_not(None) for name in SOURCES[step])), 1), else_=0))
        for step in MoveStep
    ]
    names = _names(facts, by)
    rows = session.execute(
        select(*names, func.count(), *taken)
        .select_from(facts)
        .outerjoin(Store, Store.id == facts.c.from_store_id)
        .outerjoin(Staff, Staff.id == facts.c.moved_by)
        .outerjoin(ChatGroup, ChatGroup.id == facts.c.from_group_id)
        .group_by(text("1"), text("2"), text("3"))  # bound values differ
    )
    return [
        FunnelLine(moved, tuple(steps), name or None, kind)
        for _id, name, kind, moved, *steps in rows
    ]


def _names(facts: Any, by: FunnelBy) -> tuple[Any, Any, Any]:
    """Return the id, the name and the kind of what a line stands for."""
    if by is FunnelBy.MANAGER:
        return Staff.id, Staff.name, func.nullif(facts.c.kind, facts.c.kind)
    if by is FunnelBy.STORE:
        kind = case((Store.id.is_(None), facts.c.kind))
        return Store.id, Store.name, kind
    # Who brought somebody along is a person, not a list.
    said = case((facts.c.kind != MoveKind.REFERRAL, facts.c.detail), else_="")
    return facts.c.from_group_id, func.coalesce(ChatGroup.name, said), facts.c.kind


def _facts(*conditions: ColumnElement[bool], since: datetime | None = None) -> Select[Any]:
    """Return each person's first move, and the earliest fact of every kind that tells a step."""
    first = (
        select(
            ContactMove.contact_id,
            ContactMove.kind,
            ContactMove.from_store_id,
            ContactMove.from_group_id,
            ContactMove.detail,
            ContactMove.moved_at,
            ContactMove.moved_by,
            func.row_number()
            .over(
                partition_by=ContactMove.contact_id,
                order_by=(ContactMove.moved_at, ContactMove.id),
            )
            .label("place"),
        )
        .join(Contact, Contact.id == ContactMove.contact_id)
        .where(Contact.merged_into_id.is_(None), *conditions)
        .subquery()
    )
    who, moved_at = first.c.contact_id, first.c.moved_at
    return select(
        first,
        *(_tapped(who, step).label(f"tapped_{step.value}") for step in TAPPED_STEPS),
        _touched(who, moved_at).label("touched_at"),
        _touched(who, moved_at, Touch.kind.in_(_CHATS)).label("chatted_at"),
        _earliest(
            ContactIdentity.added_at,
            ContactIdentity.contact_id == who,
            ContactIdentity.kind.in_(_ON_WECHAT),
        ).label("wechat_since"),
        _earliest(
            func.coalesce(GroupMember.joined_at, GroupMember.created_at),
            GroupMember.contact_id == who,
        ).label("in_group_since"),
        _earliest(
            ShopOrder.ordered_at,
            ShopOrder.contact_id == who,
            ShopOrder.ordered_at >= moved_at,
            ShopOrder.status != OrderStatus.CANCELLED,
        ).label("ordered_at"),
    ).where(first.c.place == 1, true() if since is None else moved_at >= since)


def _tapped(who: Any, step: MoveStep) -> ScalarSelect[Any]:
    return _earliest(StepTaken.taken_at, StepTaken.contact_id == who, StepTaken.step == step)


def _touched(who: Any, moved_at: Any, *also: ColumnElement[bool]) -> ScalarSelect[Any]:
    return _earliest(
        Touch.happened_at,
        Touch.contact_id == who,
        Touch.happened_at >= moved_at,
        Touch.undone_at.is_(None),
        *also,
    )


def _earliest(column: Any, *conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    return select(func.min(column)).where(*conditions).scalar_subquery()
