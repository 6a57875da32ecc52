"""Deadlines of a complaint, and the steps of the ladder that they climb."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.complaints.rules.words import (
    REF_MAX,
    Basis,
    ClockKind,
    ClockState,
    StepState,
)
from crm.db import Base, choice
from crm.integrations.rules import Level


class SlaClock(Base):
    """One deadline of one complaint."""

    __tablename__ = "sla_clock"
    __table_args__ = (
        UniqueConstraint("complaint_id", "kind", "cycle"),
        CheckConstraint("cycle >= 1 AND complaint_cycle >= 1", name="cycle_range"),
        CheckConstraint(
            "(state IN ('met', 'met_late')) = (met_at IS NOT NULL)", name="met_has_time"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="RESTRICT"))
    kind: Mapped[ClockKind] = mapped_column(choice(ClockKind, name="kind"))
    cycle: Mapped[int]
    complaint_cycle: Mapped[int]
    basis: Mapped[Basis] = mapped_column(choice(Basis, name="basis"))
    target_seconds: Mapped[int] = mapped_column(BigInteger)
    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("sla_calendar.id", ondelete="RESTRICT"), index=True
    )
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    at_risk_at: Mapped[datetime]
    state: Mapped[ClockState] = mapped_column(choice(ClockState, name="state"))
    offered_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    provisional: Mapped[bool]
    task: Mapped[str | None] = mapped_column(String(REF_MAX))
    """What a promise is to do; nothing for other clocks, and for "one moment"."""
    passed_level: Mapped[Level | None] = mapped_column(choice(Level, name="passed_level"))
    passed_repeat: Mapped[int] = mapped_column(default=0)
    """How far up the ladder it is: no step at or below is ever sent again."""
    generation: Mapped[int] = mapped_column(default=1)
    """Rises when an undone start is followed by another one, so that its alerts are new ones."""


class AlertStep(Base):
    """A planned step of the ladder; at most one of a clock is pending."""

    __tablename__ = "alert_step"
    __table_args__ = (UniqueConstraint("clock_id", "level", "repeat_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clock_id: Mapped[int] = mapped_column(ForeignKey("sla_clock.id", ondelete="RESTRICT"))
    level: Mapped[Level] = mapped_column(choice(Level, name="level"))
    repeat_no: Mapped[int]
    fire_at: Mapped[datetime]
    wake_at: Mapped[datetime]
    state: Mapped[StepState] = mapped_column(choice(StepState, name="state"))
    fired_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)


# SQLite uses a partial index only where the query repeats its predicate word for word.
Index(
    "ix_alert_step_wake_at",
    AlertStep.wake_at,
    sqlite_where=AlertStep.state == StepState.PENDING,
    postgresql_where=AlertStep.state == StepState.PENDING,
)
Index(
    "ix_alert_step_error",
    AlertStep.id,
    sqlite_where=AlertStep.state == StepState.ERROR,
    postgresql_where=AlertStep.state == StepState.ERROR,
)
Index(
    "ix_alert_step_pending",
    AlertStep.clock_id,
    sqlite_where=AlertStep.state == StepState.PENDING,
    postgresql_where=AlertStep.state == StepState.PENDING,
)
Index(
    "ix_sla_clock_ticking",
    SlaClock.complaint_id,
    sqlite_where=and_(SlaClock.state == ClockState.RUNNING, SlaClock.offered_at.is_(None)),
    postgresql_where=and_(SlaClock.state == ClockState.RUNNING, SlaClock.offered_at.is_(None)),
)
Index(
    "ix_sla_clock_task",
    SlaClock.due_at,
    SlaClock.id,
    sqlite_where=and_(SlaClock.task.is_not(None), SlaClock.ended_at.is_(None)),
    postgresql_where=and_(SlaClock.task.is_not(None), SlaClock.ended_at.is_(None)),
)
