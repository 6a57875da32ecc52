"""Doubt that spread, and who was told before she complained."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.complaints.rules.words import (
    REF_MAX,
)
from crm.db import Base


class Incident(Base):
    """Doubt that spread in a group about one product or order; its complaints are its children.

    What spread does to a child stands in the child's log; here is what they have in common.
    """

    __tablename__ = "incident"
    __table_args__ = tuple(
        CheckConstraint(f"length({name}) <= {REF_MAX}", name=f"{name}_length")
        for name in ("product_ref", "order_ref", "batch_ref", "packer_ref")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="RESTRICT"), index=True)
    group_id: Mapped[int | None] = mapped_column(
        ForeignKey("chat_group.id", ondelete="RESTRICT"), index=True
    )
    product_ref: Mapped[str] = mapped_column(String(REF_MAX), default="")
    order_ref: Mapped[str] = mapped_column(String(REF_MAX), default="")
    batch_ref: Mapped[str] = mapped_column(String(REF_MAX), default="")
    packer_ref: Mapped[str] = mapped_column(String(REF_MAX), default="")
    bought_from: Mapped[date | None]
    bought_until: Mapped[date | None]
    """The days on which others bought the same: they are told before they complain."""
    opened_at: Mapped[datetime]
    reached_at: Mapped[datetime | None]
    """The last time the threshold was crossed; nothing where the tap that did it was undone."""
    told_mark: Mapped[str] = mapped_column(String(16), default="")
    """What lead and owner were told last of its children."""
    update_at: Mapped[datetime | None] = mapped_column(index=True)
    """From when on they may be told again; nothing once it no longer spreads."""


class IncidentBuyer(Base):
    """A buyer of the same mis-pack who was told before she complained."""

    __tablename__ = "incident_buyer"
    __table_args__ = (UniqueConstraint("incident_id", "contact_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="RESTRICT"))
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT"), index=True
    )
    told_at: Mapped[datetime]
    told_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
