"""Chat lines that read like complaints."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.complaints.rules.words import (
    REF_MAX,
    SuspicionState,
)
from crm.db import Base, choice


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
