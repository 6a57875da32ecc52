"""The list of contacts: one keyset page in one statement, each of its shapes built once.

It reads tables, not entities, on the plain connection: this is one of the two hottest pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, bindparam, case, exists, func, select, tuple_
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention import rules as attention
from crm.attention.models import AttentionPolicy, CapOverride, FollowUp, Touch
from crm.attention.rules import Policy, State
from crm.complaints.models import Complaint
from crm.complaints.rules.words import UNDECIDED
from crm.contacts import queries as contacts
from crm.contacts.models import Contact
from crm.db import UtcDateTime, fixed, int_sum, one_of, reading
from crm.i18n import fmt
from crm.loyalty.models import LoyaltyStat, RuleTag
from crm.loyalty.rules import Tag
from crm.orders.models import OrderLine, ShopOrder
from crm.stores.models import Store
from crm.workbench.rules import PAGE_ROWS, ListFilter

Position = tuple[datetime, int]
"""Where a row stands in the list: when she was last active, and her id."""

_POSITION: Any = (bindparam("at", type_=UtcDateTime()), bindparam("id"))
_CHARGED = (
    select(int_sum(case((one_of(Touch.topic, attention.CHARGED), Touch.seconds), else_=fixed(0))))
    .where(
        Touch.contact_id == Contact.id,
        Touch.happened_at > bindparam("since", type_=UtcDateTime()),
        Touch.undone_at.is_(None),
    )
    .correlate(Contact)
    .scalar_subquery()
)
_GRANTED = (
    select(int_sum(CapOverride.minutes))
    .where(
        CapOverride.contact_id == Contact.id,
        CapOverride.expires_at > bindparam("now", type_=UtcDateTime()),
    )
    .correlate(Contact)
    .scalar_subquery()
)
_BOUGHT = select(ShopOrder.bought_on).where(
    ShopOrder.contact_id == Contact.id, ShopOrder.net_fen > fixed(0)
)
_LAST = _BOUGHT.order_by(ShopOrder.bought_on.desc(), ShopOrder.id.desc()).limit(fixed(1))
_LAST_ORDER = _LAST.with_only_columns(ShopOrder.id).correlate(Contact).scalar_subquery()
_PRODUCT = (
    select(OrderLine.product)
    .where(OrderLine.order_id == _LAST_ORDER)
    .order_by(OrderLine.id)
    .limit(fixed(1))
    .correlate(Contact)
    .scalar_subquery()
)
_LIMITS = (
    AttentionPolicy.cap_minutes,
    AttentionPolicy.loyal_cap_minutes,
    AttentionPolicy.warn_percent,
)
_ROW = (
    select(
        Contact.id,
        Contact.name,
        Contact.nickname,
        Store.name.label("store_name"),
        Contact.do_not_contact_at.is_not(None).label("do_not_contact"),
        func.coalesce(LoyaltyStat.loyal_count, fixed(0)).label("loyal_orders"),
        _LAST.correlate(Contact).scalar_subquery().label("bought_on"),
        _PRODUCT.label("product"),
        _CHARGED.label("charged"),
        _GRANTED.label("granted"),
        *_LIMITS,
        Contact.active_at,
    )
    .join(Store, Store.id == Contact.store_id)
    .outerjoin(RuleTag, and_(RuleTag.contact_id == Contact.id, RuleTag.tag == Tag.LOYAL))
    .outerjoin(LoyaltyStat, LoyaltyStat.contact_id == RuleTag.contact_id)
    .outerjoin(AttentionPolicy, AttentionPolicy.id == fixed(1))
    .where(Contact.merged_into_id.is_(None))
)
_CONDITIONS = {
    ListFilter.LOYAL: RuleTag.contact_id.is_not(None),
    ListFilter.DUE: exists()
    .where(
        FollowUp.contact_id == Contact.id,
        FollowUp.due_on <= bindparam("today"),
        FollowUp.done_at.is_(None),
        FollowUp.cancelled_at.is_(None),
    )
    .correlate(Contact),
    ListFilter.COMPLAINT: exists()
    .where(Complaint.contact_id == Contact.id, one_of(Complaint.state, sorted(UNDECIDED, key=str)))
    .correlate(Contact),
    ListFilter.NEVER_BOUGHT: ~exists()
    .where(ShopOrder.contact_id == Contact.id, ShopOrder.net_fen > fixed(0))
    .correlate(Contact),
}


class Standing(NamedTuple):
    """Minutes of one-on-one time against the limit."""

    used_minutes: int
    cap_minutes: int
    state: State


class ContactRow(NamedTuple):
    """One line of the list; a tuple, because fifty are made for every page."""

    id: int
    name: str
    nickname: str
    store_name: str
    do_not_contact: bool
    loyal_orders: int
    bought_on: date | None
    product: str | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class Slice:
    """A page of the list, with the positions from which the pages beside it begin."""

    rows: list[ContactRow]
    previous: Position | None = None
    next: Position | None = None


@lru_cache(maxsize=64)
def _statement(only: ListFilter, direction: str, *, scoped: bool) -> Any:
    """Build each shape of the page once: the same text every time, so that it is parsed once."""
    statement = _ROW
    if scoped:
        statement = statement.where(Contact.store_id.in_(bindparam("stores", expanding=True)))
    if only in _CONDITIONS:
        statement = statement.where(_CONDITIONS[only])
    position = tuple_(Contact.active_at, Contact.id)
    if direction == "after":
        statement = statement.where(position < tuple_(*_POSITION))
    if direction == "before":
        statement = statement.where(position > tuple_(*_POSITION))
        return statement.order_by(Contact.active_at, Contact.id).limit(fixed(PAGE_ROWS + 1))
    return statement.order_by(Contact.active_at.desc(), Contact.id.desc()).limit(
        fixed(PAGE_ROWS + 1)
    )


def contact_page(
    session: Session,
    actor: Actor,
    only: ListFilter,
    *,
    after: Position | None = None,
    before: Position | None = None,
    now: datetime,
) -> Slice:
    """Return one page of the actor's contacts, latest active first."""
    direction = "before" if before else "after" if after else ""
    values = _moments(now)
    if only is ListFilter.DUE:
        values["today"] = fmt.local(now).date()
    if actor.store_ids is not None:
        values["stores"] = sorted(actor.store_ids)
    if position := before or after:
        values |= {"at": position[0], "id": position[1]}
    statement = _statement(only, direction, scoped=actor.store_ids is not None)
    found = reading(session).execute(statement, values).all()
    more, found = len(found) > PAGE_ROWS, found[:PAGE_ROWS]
    if before:
        found = found[::-1]
    return Slice(
        _contact_rows(found),
        previous=_position(found, 0) if after or (before and more) else None,
        next=_position(found, -1) if before or more else None,
    )


def _position(rows: Sequence[Row[Any]], index: int) -> Position | None:
    return (rows[index].active_at, rows[index].id) if rows else None


def contact_search(session: Session, actor: Actor, q: str, *, now: datetime) -> list[ContactRow]:
    """Return what a search finds, as lines of the list."""
    ids = contacts.found_ids(session, contacts.Wanted(q), actor, most=PAGE_ROWS)
    if not ids:
        return []
    found = reading(session).execute(_ROW.where(Contact.id.in_(ids)), _moments(now))
    rows = {row.id: row for row in _contact_rows(found.all())}
    # Who was merged or forgotten since the search found her is no line any more.
    return [rows[contact_id] for contact_id in ids if contact_id in rows]


def _moments(now: datetime) -> dict[str, Any]:
    return {"now": now, "since": attention.window_start(now)}


def _contact_rows(found: Sequence[Row[Any]]) -> list[ContactRow]:
    """Return the lines of these rows, all under the one policy that each of them carries."""
    policy = _policy(found[0]) if found else Policy()
    known: dict[tuple[Any, ...], Standing] = {}  # most people on a page stand alike
    rows = []
    for row in map(tuple, found):  # a look-up by name costs four times as much
        key = (row[5] > 0, row[8], row[9])
        if key not in known:
            known[key] = _standing(policy, *key)
        rows.append(ContactRow._make((*row[:8], known[key])))
    return rows


def _policy(row: Row[Any]) -> Policy:
    if row.cap_minutes is None:
        return Policy()
    return Policy(row.cap_minutes, row.loyal_cap_minutes, warn_percent=row.warn_percent)


def _standing(policy: Policy, loyal: bool, charged: int, granted: int) -> Standing:  # noqa: FBT001
    used = attention.whole_minutes(charged)
    cap = attention.cap_of(policy, loyal=loyal, extra_minutes=granted)
    return Standing(used, cap, attention.state_of(used, cap, policy.warn_percent))
