"""Decisions on orders: what a status means, what an order is worth, when it is the same order.

Pure. It does not know which contact an order belongs to; it only says by what she may be found.
"""

import enum
import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from crm.integrations.formats.shop_orders import OrderRow

ORDER_NO_MAX = 64
STATUS_TEXT_MAX = 40
PRODUCT_MAX = 200
CATEGORY_MAX = 40
PHONE_HINT_MAX = 20
LINES_MAX = 200
DAYS_COMPARED = 61
"""Days before and after an event; two months hold enough orders to compare."""
ERRORS_KEPT = 1_000
SAMPLE_ORDERS = 5
BATCH = 1_000
"""Orders written in one transaction, so that nobody else's write waits noticeably."""


class OrderChannel(enum.StrEnum):
    """Where an order was placed."""

    WECHAT_SHOP = "wechat_shop"
    YOUZAN = "youzan"
    WEIMOB = "weimob"
    POS = "pos"
    OTHER = "other"


class OrderStatus(enum.StrEnum):
    """How far an order has come."""

    PAID = "paid"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


_STATUS_WORDS = (
    (OrderStatus.REFUNDED, ("已退款", "全额退款", "退款成功")),
    (OrderStatus.CANCELLED, ("取消", "关闭")),
    (OrderStatus.COMPLETED, ("完成", "交易成功", "已签收")),
    (OrderStatus.SHIPPED, ("待收货", "已发货", "部分发货", "运输")),
)


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """Orders in equally long stretches around an event; the second may not be over yet."""

    before: int
    after: int
    complete: bool

    @property
    def change(self) -> float | None:
        return self.after / self.before - 1 if self.before and self.complete else None


class UnknownContact(Exception):
    """An order names a contact that the actor does not see; `index` counts the orders from 0."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


@dataclass(frozen=True, slots=True)
class NewLine:
    """One product of an order."""

    product: str
    quantity: int
    amount_fen: int
    category: str = ""
    refunded_fen: int = 0


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as it is taken; (channel, order_no) says which one it is."""

    channel: OrderChannel
    order_no: str
    ordered_at: datetime
    paid_fen: int
    lines: tuple[NewLine, ...]
    status: OrderStatus
    status_text: str = ""
    refunded_fen: int = 0
    paid_at: datetime | None = None
    store_id: int | None = None
    contact_id: int | None = None
    external_userid: str | None = None
    unionid: str | None = None
    phone: str | None = None
    phone_hint: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch. `unmatched` orders are kept, and wait for their contact."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    unmatched: int = 0

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.unmatched + other.unmatched,
        )


def channel_of(layout: str) -> OrderChannel:
    """Return where a file of this layout comes from."""
    return OrderChannel.YOUZAN if layout == "youzan" else OrderChannel.WECHAT_SHOP


def status_of(text: str, *, paid_fen: int, refunded_fen: int) -> OrderStatus:
    """Return what a shop's own word for a status means; an unknown word means paid."""
    if 0 < paid_fen <= refunded_fen:
        return OrderStatus.REFUNDED
    for status, words in _STATUS_WORDS:
        if any(word in text for word in words):
            return status
    return OrderStatus.PAID


def net_fen(*, status: OrderStatus, paid_fen: int, refunded_fen: int) -> int:
    """Return the money an order counts with; 0 means it is no purchase."""
    if status in {OrderStatus.CANCELLED, OrderStatus.REFUNDED}:
        return 0
    return max(0, paid_fen - refunded_fen)


def bought_on(order: NewOrder, zone: tzinfo) -> date:
    """Return the shop's day of a purchase: when it was paid; a pre-order counts from then too."""
    return (order.paid_at or order.ordered_at).astimezone(zone).date()


def fingerprint(order: NewOrder) -> str:
    """Return what changes when anything the outside said of an order changes."""
    said = (
        order.ordered_at.timestamp(),
        order.paid_at.timestamp() if order.paid_at else None,
        order.status.value,
        order.status_text,
        order.paid_fen,
        order.refunded_fen,
        order.external_userid,
        order.unionid,
        order.phone,
        order.phone_hint,
        *(_said_of(line) for line in order.lines),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def without_buyer(order: NewOrder) -> NewOrder:
    """Return an order that says nothing of who gave it: she was forgotten, its figures stay."""
    return replace(order, external_userid=None, unionid=None, phone=None, phone_hint=None)


def _said_of(line: NewLine) -> tuple[str, int, int, str, int]:
    return line.product, line.quantity, line.amount_fen, line.category, line.refunded_fen


def order_of_row(
    row: OrderRow, *, channel: OrderChannel, store_id: int | None, zone: tzinfo
) -> NewOrder:
    """Return a row of a file as an order; its times are the shop's."""
    paid_at = row.paid_at_local
    return NewOrder(
        channel=channel,
        order_no=row.order_no,
        ordered_at=row.ordered_at_local.replace(tzinfo=zone),
        paid_at=paid_at.replace(tzinfo=zone) if paid_at else None,
        paid_fen=row.paid_fen,
        refunded_fen=row.refunded_fen,
        status=status_of(row.status_text, paid_fen=row.paid_fen, refunded_fen=row.refunded_fen),
        status_text=row.status_text[:STATUS_TEXT_MAX],
        store_id=store_id,
        external_userid=row.external_userid,
        unionid=row.unionid,
        phone=row.phone,
        phone_hint=row.phone_hint,
        lines=tuple(
            NewLine(
                product=" ".join(f"{line.product} {line.attributes}".split())[:PRODUCT_MAX],
                quantity=line.quantity,
                amount_fen=line.amount_fen,
                refunded_fen=line.refunded_fen,
            )
            for line in row.lines[:LINES_MAX]
        ),
    )
