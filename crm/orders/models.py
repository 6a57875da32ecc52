"""Orders, their lines, the files they came in, and whose figures have to be counted anew."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, Money, choice
from crm.integrations.rules.files import FILENAME_MAX, FileFailure, FileState
from crm.orders.rules import (
    CATEGORY_MAX,
    ORDER_NO_MAX,
    PHONE_HINT_MAX,
    PRODUCT_MAX,
    STATUS_TEXT_MAX,
    OrderChannel,
    OrderStatus,
)


class ShopOrder(Base):
    """One order. Without a contact it waits: the hashes say by what she will be found."""

    __tablename__ = "shop_order"
    __table_args__ = (
        UniqueConstraint("channel", "order_no"),
        CheckConstraint(f"length(order_no) BETWEEN 1 AND {ORDER_NO_MAX}", name="order_no_length"),
        CheckConstraint(f"length(status_text) <= {STATUS_TEXT_MAX}", name="status_text_length"),
        CheckConstraint(f"length(phone_hint) <= {PHONE_HINT_MAX}", name="phone_hint_length"),
        CheckConstraint("paid_fen >= 0", name="paid_counts"),
        CheckConstraint("refunded_fen BETWEEN 0 AND paid_fen", name="refunded_within_paid"),
        CheckConstraint("net_fen BETWEEN 0 AND paid_fen - refunded_fen", name="net_is_left"),
        # Covers what loyalty reads of a contact, so that it never visits the row.
        Index(None, "contact_id", "bought_on", "net_fen"),
        Index(None, "store_id", "bought_on"),
        Index(None, "bought_on"),
        # Who else gets parcels under the same masked number: a sign of one person.
        Index(
            None,
            "phone_hint",
            "contact_id",
            sqlite_where=text("phone_hint IS NOT NULL"),
            postgresql_where=text("phone_hint IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[OrderChannel] = mapped_column(choice(OrderChannel, name="channel"))
    order_no: Mapped[str] = mapped_column(String(ORDER_NO_MAX))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="RESTRICT"))
    store_id: Mapped[int | None] = mapped_column(ForeignKey("store.id", ondelete="RESTRICT"))
    ordered_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    bought_on: Mapped[date]
    """The shop's day on which it counts."""
    status: Mapped[OrderStatus] = mapped_column(choice(OrderStatus, name="status"))
    status_text: Mapped[str] = mapped_column(String(STATUS_TEXT_MAX), default="")
    """What the file said."""
    paid_fen: Mapped[Money]
    refunded_fen: Mapped[Money]
    net_fen: Mapped[Money]
    """What it counts with; 0: it is no purchase."""
    external_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    unionid_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    phone_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    phone_hint: Mapped[str | None] = mapped_column(String(PHONE_HINT_MAX))
    content_hash: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime]


class OrderLine(Base):
    """One product of an order; replaced with it when the order is taken again."""

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint(f"length(product) <= {PRODUCT_MAX}", name="product_length"),
        CheckConstraint(f"length(category) <= {CATEGORY_MAX}", name="category_length"),
        CheckConstraint("quantity > 0", name="quantity_counts"),
        CheckConstraint("amount_fen >= 0 AND refunded_fen >= 0", name="amounts_count"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(
        ForeignKey("shop_order.id", ondelete="RESTRICT"), index=True
    )
    product: Mapped[str] = mapped_column(String(PRODUCT_MAX))
    category: Mapped[str] = mapped_column(String(CATEGORY_MAX), default="", index=True)
    quantity: Mapped[int]
    amount_fen: Mapped[Money]
    refunded_fen: Mapped[Money]

    order: Mapped[ShopOrder] = relationship(lazy="raise_on_sql")


class OrderFile(Base):
    """An uploaded file and how far it is taken; its content goes when it is done or let go."""

    __tablename__ = "order_file"
    __table_args__ = (
        CheckConstraint(f"length(filename) <= {FILENAME_MAX}", name="filename_length"),
        CheckConstraint("orders_count >= 0 AND done_count <= orders_count", name="done_of_orders"),
        CheckConstraint(
            "(content IS NULL) = (state IN ('done', 'expired'))", name="content_while_needed"
        ),
        CheckConstraint("(failure IS NOT NULL) = (state = 'failed')", name="failed_has_reason"),
        CheckConstraint("(finished_at IS NOT NULL) = (state = 'done')", name="done_has_time"),
        Index(None, "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str] = mapped_column(String(FILENAME_MAX))
    channel: Mapped[OrderChannel] = mapped_column(choice(OrderChannel, name="channel"))
    store_id: Mapped[int | None] = mapped_column(
        ForeignKey("store.id", ondelete="RESTRICT"), index=True
    )
    uploaded_by: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    uploaded_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    state: Mapped[FileState] = mapped_column(choice(FileState, name="state"))
    failure: Mapped[FileFailure | None] = mapped_column(choice(FileFailure, name="failure"))
    content: Mapped[str | None] = mapped_column(Text, deferred=True)
    """The file, packed and encrypted: it holds names and addresses."""
    lines_count: Mapped[int]
    orders_count: Mapped[int]
    done_count: Mapped[int] = mapped_column(default=0)
    created_count: Mapped[int] = mapped_column(default=0)
    updated_count: Mapped[int] = mapped_column(default=0)
    unchanged_count: Mapped[int] = mapped_column(default=0)
    unmatched_count: Mapped[int] = mapped_column(default=0)
    unpaid_count: Mapped[int] = mapped_column(default=0)
    errors_count: Mapped[int] = mapped_column(default=0)
    errors: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """The first lines that were not taken: number, order, column and reason, never the cell."""
    sample: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """The first orders as the preview shows them, without anything about the buyer."""


class OrderChange(Base):
    """A contact whose orders changed: her figures have to be counted anew.

    Rows only pile up and are taken off: a change that commits while figures are being counted has
    a row of its own, so it is never lost.
    """

    __tablename__ = "order_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT"), index=True
    )
    changed_at: Mapped[datetime]


class OrderMatchMark(Base):
    """How far the identities of contacts were compared with orders that wait; one row."""

    __tablename__ = "order_match_mark"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    identity_id: Mapped[int]
