"""What is known of who comes back: the shop's rhythm, one row a contact, tags with reasons."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Money, choice
from crm.loyalty.rules import RhythmState, Tag


class LoyaltyModel(Base):
    """The shop's rhythm as of a day. Kept for a month, so that tags do not flip with a median."""

    __tablename__ = "loyalty_model"
    __table_args__ = (CheckConstraint("gap_half_days > 0", name="gap_counts"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    fitted_at: Mapped[datetime]
    gap_half_days: Mapped[int]
    prior_days: Mapped[float]
    own_gap_days: Mapped[float]
    buyers: Mapped[int]
    occasions: Mapped[int]


class LoyaltyStat(Base):
    """The purchases of one contact in figures; a pure function of her orders."""

    __tablename__ = "loyalty_stat"
    __table_args__ = (
        CheckConstraint("occasions > 0 AND orders_count >= occasions", name="has_bought"),
        CheckConstraint("last_on >= first_on", name="days_in_order"),
        CheckConstraint("(median_gap_days IS NULL) = (occasions = 1)", name="gap_from_second"),
        Index(None, "state", "last_on"),
        Index(None, "last_on"),
    )

    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT"), primary_key=True
    )
    first_on: Mapped[date]
    last_on: Mapped[date]
    occasions: Mapped[int]
    orders_count: Mapped[int]
    spend_fen: Mapped[Money]
    median_gap_days: Mapped[float | None]
    loyal_count: Mapped[int]
    """Occasions inside the window of the shop's tier."""
    state: Mapped[RhythmState] = mapped_column(choice(RhythmState, name="state"))
    model_id: Mapped[int] = mapped_column(
        ForeignKey("loyalty_model.id", ondelete="RESTRICT"), index=True
    )
    """The rhythm of the shop that it was decided with."""
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    """When time alone changes the state or a tag."""


class RuleTag(Base):
    """A tag that rules gave. It cannot be stored without the numbers behind it."""

    __tablename__ = "rule_tag"
    __table_args__ = (Index(None, "tag", "contact_id"),)

    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT"), primary_key=True
    )
    tag: Mapped[Tag] = mapped_column(choice(Tag, name="tag"), primary_key=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON(none_as_null=True))
    given_at: Mapped[datetime]
