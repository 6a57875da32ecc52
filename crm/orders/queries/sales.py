"""Sales around a day, and who bought the same: what an incident costs, and whom it may reach.

Orders that came to nothing later count as well: asked is who still ordered, not what stayed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import Session

from crm.contacts.models import Contact
from crm.db import int_sum
from crm.orders.models import OrderLine, ShopOrder
from crm.orders.rules import DAYS_COMPARED, BeforeAfter, OrderStatus

BUYERS_MOST = 500


@dataclass(frozen=True, slots=True)
class Bought:
    """Somebody who bought one of these products, and when last."""

    contact_id: int
    name: str
    store_id: int
    is_quiet: bool
    """She asked not to be contacted."""
    order_no: str
    product: str
    ordered_at: datetime


def orders_around(
    session: Session, scope: ColumnElement[bool], at: datetime, *, now: datetime
) -> BeforeAfter:
    """Return the orders of contacts in the scope in the 61 days before a moment and after it."""
    return parts_around(session, [scope], at, now=now)[0]


def parts_around(
    session: Session, parts: Sequence[ColumnElement[bool]], at: datetime, *, now: datetime
) -> list[BeforeAfter]:
    """Return the same for each of these parts of the shop, in one statement."""
    first, last = at - timedelta(days=DAYS_COMPARED), at + timedelta(days=DAYS_COMPARED)
    earlier = ShopOrder.ordered_at < at
    counts = [
        int_sum(case((condition, 1), else_=0))
        for part in parts
        for condition in (and_(part, earlier), and_(part, ~earlier))
    ]
    row = session.execute(
        select(*counts)
        .select_from(ShopOrder)
        .join(Contact, Contact.id == ShopOrder.contact_id)
        .where(
            or_(*parts),
            ShopOrder.status != OrderStatus.CANCELLED,
            ShopOrder.ordered_at >= first,
            ShopOrder.ordered_at < last,
        )
    ).one()
    pairs = zip(row[::2], row[1::2], strict=True)
    return [BeforeAfter(before, after, complete=last <= now) for before, after in pairs]


def weeks_around(
    session: Session, parts: Sequence[ColumnElement[bool]], day: date, *, weeks: int
) -> list[list[int]]:
    """Return for each part the orders of every week, from that many before a day to after it."""
    reach = timedelta(weeks=weeks)
    rows = session.execute(
        select(ShopOrder.bought_on, *(int_sum(case((part, 1), else_=0)) for part in parts))
        .join(Contact, Contact.id == ShopOrder.contact_id)
        .where(
            or_(*parts),
            ShopOrder.status != OrderStatus.CANCELLED,
            ShopOrder.bought_on >= day - reach,
            ShopOrder.bought_on < day + reach,
        )
        .group_by(ShopOrder.bought_on)
    )
    counts = [[0] * (2 * weeks) for _part in parts]
    for bought_on, *found in rows:
        week = (bought_on - day).days // 7 + weeks
        for part, orders in zip(counts, found, strict=True):
            part[week] += orders
    return counts


def products_of(session: Session, order_nos: Collection[str]) -> list[str]:
    """Return what was in these orders."""
    rows = session.scalars(
        select(OrderLine.product)
        .join(ShopOrder, ShopOrder.id == OrderLine.order_id)
        .where(ShopOrder.order_no.in_(order_nos))
        .distinct()
        .order_by(OrderLine.product)
    )
    return list(rows)


def buyers_of(
    session: Session,
    scope: ColumnElement[bool],
    products: Collection[str],
    *,
    first: date,
    last: date,
) -> list[Bought]:
    """Return who in the scope bought one of these products on these days, newest order first."""
    rows = session.execute(
        select(
            Contact.id,
            Contact.name,
            Contact.store_id,
            Contact.do_not_contact_at,
            ShopOrder.order_no,
            OrderLine.product,
            ShopOrder.ordered_at,
        )
        .join(ShopOrder, ShopOrder.id == OrderLine.order_id)
        .join(Contact, Contact.id == ShopOrder.contact_id)
        .where(
            scope,
            OrderLine.product.in_(products),
            ShopOrder.status != OrderStatus.CANCELLED,
            ShopOrder.bought_on >= first,
            ShopOrder.bought_on <= last,
        )
        .order_by(ShopOrder.ordered_at.desc(), ShopOrder.id.desc())
        .limit(BUYERS_MOST)
    )
    found: dict[int, Bought] = {}
    for row in rows:
        is_quiet = row.do_not_contact_at is not None
        bought = Bought(
            row.id, row.name, row.store_id, is_quiet, row.order_no, row.product, row.ordered_at
        )
        found.setdefault(row.id, bought)
    return list(found.values())
