"""Touches, what comes next, and the limits of one-on-one time."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column

from crm.attention.rules import (
    CAP_MAX,
    CLIENT_KEY_MAX,
    DAY_MAX,
    DEDUPE_KEY_MAX,
    MINUTES_MAX,
    NOTE_MAX,
    REASON_MAX,
    FollowUpReason,
    OverReason,
    Topic,
    TouchKind,
)
from crm.db import Base, Money, choice


class Touch(Base):
    """Somebody was in contact with a customer. Undone ones stay, marked: their key must too."""

    __tablename__ = "touch"
    __table_args__ = (
        UniqueConstraint("staff_id", "client_key"),
        CheckConstraint(f"seconds BETWEEN 1 AND {MINUTES_MAX * 60}", name="seconds_range"),
        CheckConstraint(f"length(note) <= {NOTE_MAX}", name="note_length"),
        CheckConstraint(
            "over_reason IS NULL OR over_asked_at IS NOT NULL", name="reason_was_asked"
        ),
        Index(None, "contact_id", "happened_at"),
        Index(None, "staff_id", "happened_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="RESTRICT"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"))
    kind: Mapped[TouchKind] = mapped_column(choice(TouchKind, name="kind"))
    topic: Mapped[Topic] = mapped_column(choice(Topic, name="topic"))
    seconds: Mapped[int]
    note: Mapped[str] = mapped_column(String(NOTE_MAX), default="")
    complaint_id: Mapped[int | None] = mapped_column(index=True)
    """What it was about. Complaints stand above: their id is passed in, not referenced."""
    client_key: Mapped[str] = mapped_column(String(CLIENT_KEY_MAX))
    happened_at: Mapped[datetime]
    """When it was, by the phone."""
    received_at: Mapped[datetime]
    """When it arrived here: undo counts from this."""
    undone_at: Mapped[datetime | None]
    over_asked_at: Mapped[datetime | None]
    """Set where the limit was passed: a reason is asked for since."""
    over_reason: Mapped[OverReason | None] = mapped_column(choice(OverReason, name="over_reason"))


class FollowUp(Base):
    """Somebody to contact on a day, and why. Done by a touch, or cancelled."""

    __tablename__ = "follow_up"
    __table_args__ = (
        CheckConstraint("done_at IS NULL OR cancelled_at IS NULL", name="one_end"),
        CheckConstraint("(done_at IS NULL) = (touch_id IS NULL)", name="done_by_touch"),
        CheckConstraint(f"planned_minutes BETWEEN 1 AND {MINUTES_MAX}", name="minutes_range"),
        Index(None, "staff_id"),
        Index(None, "contact_id", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="RESTRICT"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"))
    due_on: Mapped[date]
    reason: Mapped[FollowUpReason] = mapped_column(choice(FollowUpReason, name="reason"))
    words: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What fills the sentence of the reason."""
    kind: Mapped[TouchKind] = mapped_column(choice(TouchKind, name="kind"))
    planned_minutes: Mapped[int]
    dedupe_key: Mapped[str] = mapped_column(String(DEDUPE_KEY_MAX), unique=True)
    made_by_touch_id: Mapped[int | None] = mapped_column(
        ForeignKey("touch.id", ondelete="RESTRICT"), index=True
    )
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    touch_id: Mapped[int | None] = mapped_column(
        ForeignKey("touch.id", ondelete="RESTRICT"), index=True
    )
    cancelled_at: Mapped[datetime | None]


class AttentionPolicy(Base):
    """The shop's limits, one row; before the first change the shipped values of the rules hold."""

    __tablename__ = "attention_policy"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint(f"cap_minutes BETWEEN 0 AND {CAP_MAX}", name="cap_range"),
        CheckConstraint(f"loyal_cap_minutes BETWEEN 0 AND {CAP_MAX}", name="loyal_cap_range"),
        CheckConstraint(f"staff_day_minutes BETWEEN 1 AND {DAY_MAX}", name="day_range"),
        CheckConstraint("warn_percent BETWEEN 1 AND 100", name="warn_range"),
        CheckConstraint("margin_percent BETWEEN 0 AND 100", name="margin_range"),
        CheckConstraint("hourly_cost_fen >= 0", name="cost_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cap_minutes: Mapped[int]
    loyal_cap_minutes: Mapped[int]
    staff_day_minutes: Mapped[int]
    warn_percent: Mapped[int]
    margin_percent: Mapped[int]
    hourly_cost_fen: Mapped[Money]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  declared so by SQLAlchemy


class CapOverride(Base):
    """More time for one contact until a day, with the reason. Added to her limit, shown as such."""

    __tablename__ = "cap_override"
    __table_args__ = (
        CheckConstraint(f"minutes BETWEEN 1 AND {CAP_MAX}", name="minutes_range"),
        CheckConstraint(f"length(reason) BETWEEN 1 AND {REASON_MAX}", name="reason_length"),
        Index(None, "contact_id", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="RESTRICT"))
    minutes: Mapped[int]
    reason: Mapped[str] = mapped_column(String(REASON_MAX))
    expires_at: Mapped[datetime]
    granted_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    granted_at: Mapped[datetime]


# The few touches past a limit: Today asks for them on every visit, everybody's and one's own.
for _name, _columns in {
    "ix_touch_over_asked_at": (Touch.over_asked_at,),
    "ix_touch_staff_id_over_asked_at": (Touch.staff_id, Touch.over_asked_at),
}.items():
    Index(
        _name,
        *_columns,
        sqlite_where=Touch.over_asked_at.is_not(None),
        postgresql_where=Touch.over_asked_at.is_not(None),
    )

# Who is still to be contacted: few, beside years of those who were. Today asks on every visit.
_OPEN = and_(FollowUp.done_at.is_(None), FollowUp.cancelled_at.is_(None))
for _open_columns in ((FollowUp.due_on,), (FollowUp.staff_id, FollowUp.due_on)):
    _name = "_".join(["ix_follow_up_open", *(column.key for column in _open_columns)])
    Index(_name, *_open_columns, sqlite_where=_OPEN, postgresql_where=_OPEN)
