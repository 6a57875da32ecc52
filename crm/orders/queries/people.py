"""What contacts bought: orders as pages show them, days and values as loyalty counts them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Session

from crm.db import int_sum, older
from crm.orders.models import OrderChange, OrderLine, ShopOrder
from crm.orders.queries.taking import chunks
from crm.orders.rules import OrderChannel, OrderStatus

_PURCHASES = (
    select(ShopOrder.contact_id, ShopOrder.bought_on, ShopOrder.net_fen)
    .where(ShopOrder.contact_id.in_(bindparam("ids", expanding=True)), ShopOrder.net_fen > 0)
    .order_by(ShopOrder.contact_id, ShopOrder.bought_on)
)
_LATEST = (
    select(
        ShopOrder.contact_id,
        func.row_number()
        .over(
            partition_by=ShopOrder.contact_id,
            order_by=(ShopOrder.bought_on.desc(), ShopOrder.id.desc()),
        )
        .label("place"),
        ShopOrder.id,
        ShopOrder.bought_on,
        ShopOrder.paid_fen,
    )
    .where(ShopOrder.contact_id.in_(bindparam("ids", expanding=True)), ShopOrder.net_fen > 0)
    .subquery()
)
_LAST_ORDERS = select(_LATEST).where(_LATEST.c.place == 1)
_LINES = (
    select(
        OrderLine.order_id,
        OrderLine.product,
        OrderLine.category,
        OrderLine.quantity,
        OrderLine.amount_fen,
        OrderLine.refunded_fen,
    )
    .where(OrderLine.order_id.in_(bindparam("ids", expanding=True)))
    .order_by(OrderLine.order_id, OrderLine.id)
)
_ORDERS_OF = (
    select(
        ShopOrder.id,
        ShopOrder.channel,
        ShopOrder.order_no,
        ShopOrder.ordered_at,
        ShopOrder.bought_on,
        ShopOrder.status,
        ShopOrder.paid_fen,
        ShopOrder.refunded_fen,
    )
    .where(ShopOrder.contact_id == bindparam("contact_id"))
    .order_by(ShopOrder.ordered_at.desc(), ShopOrder.id.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class LastOrder:
    """The last purchase of a contact, in a few words."""

    order_id: int
    bought_on: date
    paid_fen: int
    product: str


@dataclass(frozen=True, slots=True)
class LineView:
    """One product of an order."""

    product: str
    category: str
    quantity: int
    amount_fen: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as pages show it."""

    id: int
    channel: OrderChannel
    order_no: str
    ordered_at: datetime
    bought_on: date
    status: OrderStatus
    paid_fen: int
    refunded_fen: int
    lines: tuple[LineView, ...]


def last_orders(session: Session, contact_ids: Iterable[int]) -> dict[int, LastOrder]:
    """Return the last purchase of each of these contacts, named by its first product."""
    rows = session.execute(_LAST_ORDERS, {"ids": sorted(set(contact_ids))}).all()
    lines = _lines_of(session, [row.id for row in rows])
    return {
        row.contact_id: LastOrder(
            row.id, row.bought_on, row.paid_fen, lines[row.id][0].product if row.id in lines else ""
        )
        for row in rows
    }


def orders_of(
    session: Session,
    contact_id: int,
    *,
    most: int = 50,
    before: tuple[datetime, int] | None = None,
) -> list[OrderView]:
    """Return the orders of a contact, newest first, whatever became of them."""
    wanted = _ORDERS_OF.where(older(ShopOrder.ordered_at, ShopOrder.id, before))
    rows = session.execute(wanted, {"contact_id": contact_id, "most": most}).all()
    lines = _lines_of(session, [row.id for row in rows])
    return [OrderView(*row, tuple(lines.get(row.id, ()))) for row in rows]


def _lines_of(session: Session, order_ids: Sequence[int]) -> Mapping[int, list[LineView]]:
    lines: dict[int, list[LineView]] = {}
    for chunk in chunks(order_ids):
        for row in session.execute(_LINES, {"ids": chunk}):
            lines.setdefault(row.order_id, []).append(LineView(*row[1:]))
    return lines


def purchases(session: Session, contact_ids: Sequence[int]) -> Iterator[Any]:
    """Return day and value of everything that these contacts bought, contact by contact."""
    for chunk in chunks(sorted(contact_ids)):
        yield from session.execute(_PURCHASES, {"ids": chunk})


def purchase_days(session: Session) -> Iterator[Any]:
    """Return every contact's purchase days in order, as a stream."""
    return iter(
        session.execute(
            select(ShopOrder.contact_id, ShopOrder.bought_on)
            .where(ShopOrder.contact_id.is_not(None), ShopOrder.net_fen > 0)
            .order_by(ShopOrder.contact_id, ShopOrder.bought_on)
            .distinct(),
            execution_options={"yield_per": 10_000},
        )
    )


def buyer_ids_after(session: Session, contact_id: int, *, most: int) -> list[int]:
    """Return contacts who have orders, in order of id, after this one."""
    return [
        row.contact_id
        for row in session.execute(
            select(ShopOrder.contact_id)
            .where(ShopOrder.contact_id > contact_id)
            .group_by(ShopOrder.contact_id)
            .order_by(ShopOrder.contact_id)
            .limit(most)
        )
    ]


def changes(session: Session, *, most: int) -> list[Row[Any]]:
    """Return the oldest marks of contacts whose orders changed."""
    return list(
        session.execute(
            select(OrderChange.id, OrderChange.contact_id)
            .order_by(OrderChange.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
    )


def net_spent_since(session: Session, contact_id: int, since: date) -> int:
    """Return what a contact's orders from a day on left, net of refunds, in fen."""
    return session.scalars(
        select(int_sum(ShopOrder.net_fen)).where(
            ShopOrder.contact_id == contact_id, ShopOrder.bought_on >= since
        )
    ).one()
