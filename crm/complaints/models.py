"""Tables of complaints: the log of events, and copies of what replaying it gives.

Only the log is the truth; every other column here that events decide is written in the transaction
of the event, by one function, from one projection.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
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
    ALIAS_MAX,
    AUDIENCE_MAX,
    CLIENT_KEY_MAX,
    REF_MAX,
    TEXT_MAX,
    Basis,
    Category,
    Channel,
    ClockKind,
    ClockState,
    EventType,
    State,
    StepState,
    SuspicionState,
    Visibility,
)
from crm.db import Base, choice
from crm.integrations.rules import Level


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
    """From when on they may be told again."""


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
    cause: Mapped[str] = mapped_column(String(32), default="")
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


class Suspicion(Base):
    """A chat line that read like a complaint, and what became of it: tap by tap, training data."""

    __tablename__ = "suspicion"
    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 1", name="score_range"),
        CheckConstraint("(state = 'opened') = (complaint_id IS NOT NULL)", name="opened_names_it"),
        Index(None, "group_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("group_message.id", ondelete="RESTRICT"), unique=True
    )
    group_id: Mapped[int] = mapped_column(ForeignKey("chat_group.id", ondelete="RESTRICT"))
    score: Mapped[float]
    reason: Mapped[str] = mapped_column(String(REF_MAX), default="")
    state: Mapped[SuspicionState] = mapped_column(choice(SuspicionState, name="state"))
    complaint_id: Mapped[int | None] = mapped_column(
        ForeignKey("complaint.id", ondelete="RESTRICT"), index=True
    )
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )


# SQLite uses a partial index only where the query repeats its predicate word for word.
Index(
    "ix_alert_step_wake_at",
    AlertStep.wake_at,
    sqlite_where=AlertStep.state == StepState.PENDING,
    postgresql_where=AlertStep.state == StepState.PENDING,
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
    "ix_complaint_automatic_at",
    Complaint.automatic_at,
    sqlite_where=Complaint.automatic_at.is_not(None),
    postgresql_where=Complaint.automatic_at.is_not(None),
)
