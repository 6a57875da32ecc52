"""What an order file holds once it is read: frozen rows, and what could not be read, with its line.

Times are naive, as the shop's back office prints them: the zone belongs to the shop, and whoever
takes the rows adds it.
"""

import enum
from dataclasses import dataclass
from datetime import datetime

ORDER_NO_MAX = 64
PRODUCT_MAX = 200


class Problem(enum.StrEnum):
    """Why a line was not taken; each value has its sentence in the catalogue of orders."""

    NO_ORDER_NO = "no_order_no"
    ORDER_NO_TOO_LONG = "order_no_too_long"
    DIGITS_LOST = "digits_lost"
    NO_TIME = "no_time"
    BAD_TIME = "bad_time"
    NO_AMOUNT = "no_amount"
    BAD_AMOUNT = "bad_amount"
    BAD_QUANTITY = "bad_quantity"
    AMOUNTS_DIFFER = "amounts_differ"
    REFUND_TOO_HIGH = "refund_too_high"
    SAME_ORDER_REFUSED = "same_order_refused"


@dataclass(frozen=True, slots=True)
class LineRow:
    """One product of an order."""

    product: str
    code: str
    attributes: str
    quantity: int
    amount_fen: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order, its money counted once however many lines the file gave it."""

    line_no: int
    order_no: str
    ordered_at_local: datetime
    paid_at_local: datetime | None
    status_text: str
    paid_fen: int
    refunded_fen: int
    external_userid: str | None
    unionid: str | None
    phone: str | None
    phone_hint: str | None
    lines: tuple[LineRow, ...]


@dataclass(frozen=True, slots=True)
class RowError:
    """One line that was not taken. The cell's own text is left out: it may be personal."""

    line_no: int
    order_no: str
    column: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class OrderFile:
    """A file as read: `lines_count` data lines became these orders, errors and unpaid orders."""

    layout: str
    encoding: str
    lines_count: int
    orders: tuple[OrderRow, ...]
    unpaid: tuple[str, ...]
    errors: tuple[RowError, ...]
