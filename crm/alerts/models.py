"""Outbox, attempts, receipts, and the sign of life of the workers.

Alerts outbox
Decision (accepted): an alert is a row with a unique key, written in the transaction that makes it
necessary; the worker claims it, commits, sends, and marks it. Inbox rows are born sent.
Context: whatever is sent inside or after a transaction without a row is lost by a kill between.
Consequences: at least once outside, exactly once in the inbox. A row holds ids only; its words are
made when it leaves. A claim marks the channel busy, so a hanging robot has one sender and delays
no other.
"""

from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    bindparam,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import ColumnElement

from crm.alerts.rules import (
    BASE_MAX,
    KEY_MAX,
    AlertKind,
    AlertState,
    AttemptResult,
)
from crm.db import Base, choice
from crm.integrations.rules import CODE_MAX, Level


class Alert(Base):
    """One alert for one person's inbox or one channel."""

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint("severity BETWEEN 1 AND 4", name="severity_range"),
        CheckConstraint("repeat >= 0", name="repeat_range"),
        CheckConstraint("(staff_id IS NULL) <> (channel_id IS NULL)", name="one_recipient"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_time"),
        CheckConstraint("(state = 'leased') = (lease_owner IS NOT NULL)", name="leased_has_owner"),
        CheckConstraint(f"length(dedupe_key) <= {KEY_MAX}", name="dedupe_key_length"),
        CheckConstraint(f"length(dedupe_base) <= {BASE_MAX}", name="dedupe_base_length"),
        Index(None, "kind", "subject_id"),
        Index(None, "staff_id", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[AlertKind] = mapped_column(choice(AlertKind, name="kind"))
    subject_id: Mapped[int]
    short_no: Mapped[int | None]
    level: Mapped[Level | None] = mapped_column(choice(Level, name="level"))
    repeat: Mapped[int] = mapped_column(default=0)
    severity: Mapped[int | None]
    store_id: Mapped[int | None] = mapped_column(
        ForeignKey("store.id", ondelete="RESTRICT"), index=True
    )
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"))
    channel_id: Mapped[int | None] = mapped_column(
        ForeignKey("channel.id", ondelete="RESTRICT"), index=True
    )
    fallback_for_id: Mapped[int | None] = mapped_column(
        ForeignKey("alert.id", ondelete="RESTRICT"), index=True
    )
    """The alert whose channel failed, when this one stands in for it."""
    dedupe_base: Mapped[str] = mapped_column(String(BASE_MAX), index=True)
    dedupe_key: Mapped[str] = mapped_column(String(KEY_MAX), unique=True)
    state: Mapped[AlertState] = mapped_column(choice(AlertState, name="state"))
    fire_at: Mapped[datetime]
    """When it was due."""
    next_at: Mapped[datetime]
    """When to try; while leased, when the lease ends."""
    lease_owner: Mapped[str | None] = mapped_column(String(32))
    attempts: Mapped[int] = mapped_column(default=0)
    data: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    """Figures that the words need; no name and no text."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class AlertAttempt(Base):
    """One attempt to send, written before it begins: one without an end was cut short."""

    __tablename__ = "alert_attempt"
    __table_args__ = (
        UniqueConstraint("alert_id", "number"),
        CheckConstraint("(result IS NULL) = (ended_at IS NULL)", name="result_has_end"),
        CheckConstraint(f"length(code) <= {CODE_MAX}", name="code_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="RESTRICT"))
    number: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    result: Mapped[AttemptResult | None] = mapped_column(choice(AttemptResult, name="result"))
    code: Mapped[str] = mapped_column(String(CODE_MAX), default="")


class AlertReceipt(Base):
    """A line of somebody's inbox: seen or not, acknowledged or not."""

    __tablename__ = "alert_receipt"
    __table_args__ = (
        UniqueConstraint("alert_id", "staff_id"),
        CheckConstraint("acknowledged_at IS NULL OR seen_at IS NOT NULL", name="known_is_seen"),
        Index(None, "staff_id", "alert_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="RESTRICT"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"))
    seen_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]


class WorkerHeartbeat(Base):
    """When a worker process last ticked."""

    __tablename__ = "worker_heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True)
    worker: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime]
    ticked_at: Mapped[datetime] = mapped_column(index=True)


def waiting() -> ColumnElement[bool]:
    """The predicate of the index over rows still to send.

    SQLite uses a partial index only where the query repeats its predicate with literal values, so
    index and query take it from here, and the values are written into the statement.
    """
    states = [AlertState.PENDING, AlertState.LEASED]
    return Alert.state.in_(bindparam("waiting", states, expanding=True, literal_execute=True))


Index(
    "ix_alert_next_at",
    Alert.next_at,
    sqlite_where=Alert.state.in_([AlertState.PENDING, AlertState.LEASED]),
    postgresql_where=Alert.state.in_([AlertState.PENDING, AlertState.LEASED]),
)
Index(
    "ix_alert_dead",
    Alert.created_at,
    sqlite_where=Alert.state == AlertState.DEAD,
    postgresql_where=Alert.state == AlertState.DEAD,
)
Index(
    "ix_alert_receipt_unseen",
    AlertReceipt.staff_id,
    sqlite_where=AlertReceipt.seen_at.is_(None),
    postgresql_where=AlertReceipt.seen_at.is_(None),
)
