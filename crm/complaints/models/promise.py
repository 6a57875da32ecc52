"""What the shop promised: versions of the policy, hours as pinned, periods of others."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.complaints.rules.presets import (
    AMOUNT_MAX,
    PRESET_NAME_MAX,
    PRESET_SOURCE_MAX,
    SLUG_MAX,
    Confidence,
    PresetBasis,
)
from crm.complaints.rules.words import (
    Channel,
)
from crm.db import Base, choice


class SlaPolicyVersion(Base):
    """One version of the promise. Never changed: running complaints name it."""

    __tablename__ = "sla_policy_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )


class DeadlinePreset(Base):
    """A platform's or an authority's period; shipped ones take name and source from the words."""

    __tablename__ = "deadline_preset"
    __table_args__ = (
        CheckConstraint(f"length(slug) <= {SLUG_MAX}", name="slug_length"),
        CheckConstraint(f"length(name) <= {PRESET_NAME_MAX}", name="name_length"),
        CheckConstraint("slug IS NOT NULL OR length(name) > 0", name="has_a_name"),
        CheckConstraint(f"length(source) <= {PRESET_SOURCE_MAX}", name="source_length"),
        CheckConstraint(f"amount BETWEEN 1 AND {AMOUNT_MAX}", name="amount_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str | None] = mapped_column(String(SLUG_MAX), unique=True)
    """Names the shipped words; empty for a period that the shop added."""
    channel: Mapped[Channel] = mapped_column(choice(Channel, name="channel"))
    basis: Mapped[PresetBasis] = mapped_column(choice(PresetBasis, name="basis"))
    amount: Mapped[int | None]
    """Hours, days or workdays; none for a rule without a period."""
    confidence: Mapped[Confidence] = mapped_column(choice(Confidence, name="confidence"))
    name: Mapped[str] = mapped_column(String(PRESET_NAME_MAX), default="")
    source: Mapped[str] = mapped_column(String(PRESET_SOURCE_MAX), default="")
    checked_on: Mapped[date | None]
    is_on: Mapped[bool] = mapped_column(default=True)


class SlaCalendar(Base):
    """A store's hours as they were when a complaint was pinned to them. Never changed."""

    __tablename__ = "sla_calendar"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
