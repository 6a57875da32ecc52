"""A complaint and its log. Only the log is the truth; the other columns are copies."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.complaints.rules.words import (
    ALIAS_MAX,
    AUDIENCE_MAX,
    CLIENT_KEY_MAX,
    REF_MAX,
    TEXT_MAX,
    Category,
    Cause,
    Channel,
    ClockKind,
    EventType,
    State,
    Visibility,
)
from crm.db import Base, choice


class Complaint(Base):
    """One customer's complaint about one matter. Removed only by retention."""

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint("severity BETWEEN 1 AND 4", name="severity_range"),
        CheckConstraint("occurred_at <= logged_at", name="occurred_before_logged"),
        CheckConstraint("cycle >= 1", name="cycle_range"),
        CheckConstraint(f"length(text) BETWEEN 1 AND {TEXT_MAX}", name="text_length"),
        CheckConstraint(f"length(reporter_alias) <= {ALIAS_MAX}", name="reporter_alias_length"),
        *(
            CheckConstraint(f"length({name}) <= {REF_MAX}", name=f"{name}_length")
            for name in ("order_ref", "parcel_ref", "product_ref", "batch_ref", "packer_ref")
        ),
        CheckConstraint(f"audience_size BETWEEN 0 AND {AUDIENCE_MAX}", name="audience_size_range"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint(
            "(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_names_it"
        ),
        UniqueConstraint("logged_by", "client_key"),
        Index(None, "state", "next_due_at"),
        Index(None, "contact_id", "state"),
        Index(None, "group_id", "state"),
        Index(None, "store_id", "state", "next_due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    short_no: Mapped[int] = mapped_column(unique=True)
    """Read aloud, and in every alert."""
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="RESTRICT"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="RESTRICT"))
    reporter_alias: Mapped[str] = mapped_column(String(ALIAS_MAX), default="")
    group_id: Mapped[int | None] = mapped_column(ForeignKey("chat_group.id", ondelete="RESTRICT"))
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("group_message.id", ondelete="RESTRICT"), index=True
    )
    channel: Mapped[Channel] = mapped_column(choice(Channel, name="channel"))
    visibility: Mapped[Visibility] = mapped_column(choice(Visibility, name="visibility"))
    category: Mapped[Category] = mapped_column(choice(Category, name="category"))
    text: Mapped[str] = mapped_column(Text)
    order_ref: Mapped[str] = mapped_column(String(REF_MAX), default="")
    parcel_ref: Mapped[str] = mapped_column(String(REF_MAX), default="")
    product_ref: Mapped[str] = mapped_column(String(REF_MAX), default="")
    batch_ref: Mapped[str] = mapped_column(String(REF_MAX), default="")
    packer_ref: Mapped[str] = mapped_column(String(REF_MAX), default="")
    audience_size: Mapped[int | None]
    cause: Mapped[Cause | None] = mapped_column(choice(Cause, name="cause"))
    occurred_at: Mapped[datetime]
    logged_at: Mapped[datetime]
    logged_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"))
    """Nobody: Shuke opened it from a message."""
    client_key: Mapped[str | None] = mapped_column(String(CLIENT_KEY_MAX))
    policy_version_id: Mapped[int] = mapped_column(
        ForeignKey("sla_policy_version.id", ondelete="RESTRICT"), index=True
    )
    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("sla_calendar.id", ondelete="RESTRICT"), index=True
    )
    incident_id: Mapped[int | None] = mapped_column(
        ForeignKey("incident.id", ondelete="RESTRICT"), index=True
    )
    previous_id: Mapped[int | None] = mapped_column(
        ForeignKey("complaint.id", ondelete="RESTRICT"), index=True
    )
    """The closed complaint that this one follows, too late to reopen it."""

    # What replaying the events gives.
    version: Mapped[int]
    """The number of the last event; a form that was opened before it is stale."""
    state: Mapped[State] = mapped_column(choice(State, name="state"))
    severity: Mapped[int]
    cycle: Mapped[int]
    assignee_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("complaint.id", ondelete="RESTRICT"), index=True
    )
    owes_answer: Mapped[bool]
    chase_count: Mapped[int]
    thread_until: Mapped[datetime]
    """Who spoke in the group from the complaint until then is an onlooker."""
    onlooker_count: Mapped[int] = mapped_column(default=0)
    me_too_count: Mapped[int] = mapped_column(default=0)
    spread_at: Mapped[datetime | None]
    public_ack_due_at: Mapped[datetime | None]
    first_response_due_at: Mapped[datetime | None]
    next_response_due_at: Mapped[datetime | None]
    resolution_due_at: Mapped[datetime | None]
    public_closure_due_at: Mapped[datetime | None]
    next_due_at: Mapped[datetime | None]
    lead_kind: Mapped[ClockKind | None] = mapped_column(choice(ClockKind, name="lead_kind"))
    lead_due_at: Mapped[datetime | None]
    """The clock that cards show: a response owed, else the solution."""
    at_risk_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    """The first miss of this cycle known when it was last written; late since `next_due_at` too."""
    automatic_at: Mapped[datetime | None]
    """When something happens by itself: a hold, a pause or the quiet after an offer ends."""
    pause_until: Mapped[datetime | None]
    first_response_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)


class ComplaintEvent(Base):
    """One thing that happened. Never changed, never deleted but with its complaint."""

    __tablename__ = "complaint_event"
    __table_args__ = (
        UniqueConstraint("complaint_id", "seq"),
        CheckConstraint("seq >= 1", name="seq_range"),
        CheckConstraint(f"length(text) <= {TEXT_MAX}", name="text_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="RESTRICT"))
    seq: Mapped[int]
    type: Mapped[EventType] = mapped_column(choice(EventType, name="type"))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    visibility: Mapped[Visibility | None] = mapped_column(choice(Visibility, name="visibility"))
    text: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


# SQLite uses a partial index only where the query repeats its predicate word for word.
Index(
    "ix_complaint_automatic_at",
    Complaint.automatic_at,
    sqlite_where=Complaint.automatic_at.is_not(None),
    postgresql_where=Complaint.automatic_at.is_not(None),
)
Index(
    "ix_complaint_running_hours",
    Complaint.store_id,
    Complaint.calendar_id,
    sqlite_where=Complaint.next_due_at.is_not(None),
    postgresql_where=Complaint.next_due_at.is_not(None),
)
