"""How long complaints are kept, and the figures that outlive them."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.complaints.rules.keeping import DAYS_MAX, DAYS_MIN
from crm.complaints.rules.words import Category, Channel, State
from crm.db import Base, choice


class ComplaintKeeping(Base):
    """The shop's own time of keeping; one row once somebody chose it."""

    __tablename__ = "complaint_keeping"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint(f"days BETWEEN {DAYS_MIN} AND {DAYS_MAX}", name="days_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    days: Mapped[int]
    days_before: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )


class ComplaintFigure(Base):
    """What reports count of a complaint that was removed: no person, no words, no order."""

    __tablename__ = "complaint_figure"
    __table_args__ = (Index(None, "store_id", "occurred_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    short_no: Mapped[int] = mapped_column(unique=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="RESTRICT"))
    group_id: Mapped[int | None] = mapped_column(
        ForeignKey("chat_group.id", ondelete="RESTRICT"), index=True
    )
    incident_no: Mapped[int | None]
    """Complaints of one incident stay one event; the incident itself is gone too."""
    channel: Mapped[Channel] = mapped_column(choice(Channel, name="channel"))
    category: Mapped[Category] = mapped_column(choice(Category, name="category"))
    severity: Mapped[int]
    state: Mapped[State] = mapped_column(choice(State, name="state"))
    occurred_at: Mapped[datetime]
    logged_at: Mapped[datetime]
    first_response_at: Mapped[datetime | None]
    waited_seconds: Mapped[int | None]
    """Staffed time until the first answer."""
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    spread_at: Mapped[datetime | None]
    onlooker_count: Mapped[int]
    me_too_count: Mapped[int]
    is_late: Mapped[bool]
    clocks: Mapped[dict[str, list[int]]] = mapped_column(JSON)
    """By kind of deadline how many were decided, and how many of them late."""
    replies_count: Mapped[int]
    replies_backdated: Mapped[int]
    removed_at: Mapped[datetime]
