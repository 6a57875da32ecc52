"""Lists, who is on them and who was left out, and every export.

A list is evaluated anew while it is a draft; its members are written when it is approved and never
change after: the result is read by intention to treat.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.campaigns.rules import (
    COPY_MAX,
    DAILY_CAP_MAX,
    HOLDOUT_MAX,
    KEY_MAX,
    NAME_MAX,
    SEED_MAX,
    TASK_KEY_MAX,
    Arm,
    Door,
    Purpose,
    Reason,
    State,
)
from crm.claims.rules import Industry
from crm.db import Base, choice


class Campaign(Base):
    """A repurchase list: whom it asks for, what it says, and how far it is."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_MAX}", name="name_length"),
        CheckConstraint(f"length(copy) <= {COPY_MAX}", name="copy_length"),
        CheckConstraint(f"holdout_percent BETWEEN 0 AND {HOLDOUT_MAX}", name="holdout_range"),
        CheckConstraint(f"daily_cap BETWEEN 1 AND {DAILY_CAP_MAX}", name="daily_cap_range"),
        CheckConstraint("attribution_days BETWEEN 1 AND 90", name="attribution_range"),
        CheckConstraint("(state = 'draft') = (approved_at IS NULL)", name="approved_has_time"),
        CheckConstraint("(approved_at IS NULL) = (approved_by IS NULL)", name="approved_by_one"),
        CheckConstraint("(approved_at IS NULL) = (copy_hash IS NULL)", name="approved_binds_copy"),
        CheckConstraint("(state = 'issued') = (issued_at IS NOT NULL)", name="issued_has_time"),
        Index(None, "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    purpose: Mapped[Purpose] = mapped_column(choice(Purpose, name="purpose"))
    """Lists of one purpose share a cap and are pooled."""
    filter: Mapped[dict[str, Any]] = mapped_column(JSON)
    holdout_percent: Mapped[int]
    copy: Mapped[str] = mapped_column(String(COPY_MAX), default="")
    industry: Mapped[Industry] = mapped_column(choice(Industry, name="industry"))
    salt: Mapped[str] = mapped_column(String(SEED_MAX))
    """What the draw is made with; stored, so that it can be made again."""
    daily_cap: Mapped[int]
    attribution_days: Mapped[int]
    state: Mapped[State] = mapped_column(choice(State, name="state"), default=State.DRAFT)
    created_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    created_at: Mapped[datetime]
    approved_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    approved_at: Mapped[datetime | None]
    copy_hash: Mapped[str | None] = mapped_column(String(64))
    """Text, kind of goods, rules and findings at approval; another one stops an export."""
    issued_at: Mapped[datetime | None]
    client_key: Mapped[str | None] = mapped_column(String(KEY_MAX), unique=True)
    """A form sent twice makes one list."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  declared so by SQLAlchemy


class CampaignStore(Base):
    """A store a list is limited to. Without rows it covers all stores."""

    __tablename__ = "campaign_store"

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True
    )
    store_id: Mapped[int] = mapped_column(
        ForeignKey("store.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


class CampaignMember(Base):
    """A person of a frozen list: contacted, held out, or left out with the reason."""

    __tablename__ = "campaign_member"
    __table_args__ = (
        UniqueConstraint("campaign_id", "contact_id"),
        CheckConstraint("(arm IS NULL) = (reason IS NOT NULL)", name="arm_or_reason"),
        CheckConstraint("(arm IS NULL) = (planned_on IS NULL)", name="arm_has_day"),
        CheckConstraint("(planned_on IS NULL) = (window_ends_on IS NULL)", name="day_has_window"),
        CheckConstraint("arm = 'treated' OR task_key IS NULL", name="holdout_has_no_task"),
        Index(None, "contact_id", "planned_on"),
        Index(None, "campaign_id", "arm", "planned_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="RESTRICT"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="RESTRICT"))
    arm: Mapped[Arm | None] = mapped_column(choice(Arm, name="arm"))
    reason: Mapped[Reason | None] = mapped_column(choice(Reason, name="reason"))
    reason_until: Mapped[date | None]
    assignee_id: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    planned_on: Mapped[date | None]
    window_ends_on: Mapped[date | None]
    """The last day on which a purchase counts for the result."""
    orders_count: Mapped[int]
    last_order_on: Mapped[date | None]
    """Why she is on the list, as it was when it was frozen."""
    task_key: Mapped[str | None] = mapped_column(String(TASK_KEY_MAX), unique=True)
    """The key of her follow-up, once tasks were issued."""


class CampaignExport(Base):
    """One export: who took how many rows out, through which door."""

    __tablename__ = "campaign_export"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaign.id", ondelete="RESTRICT"), index=True
    )
    exported_by: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    exported_at: Mapped[datetime]
    door: Mapped[Door] = mapped_column(choice(Door, name="door"))
    row_count: Mapped[int]
