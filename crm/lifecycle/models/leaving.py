"""Hand-overs of somebody's book: one row for the act, one for each thing, so it can be undone."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, choice
from crm.lifecycle.rules.leaving import Back, Obstacle, Thing


class HandOver(Base):
    """Somebody's contacts and what goes with them passed to others, in one act; or one contact."""

    __tablename__ = "hand_over"
    __table_args__ = (
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody"),
        CheckConstraint("from_id IS NOT NULL OR is_single", name="from_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    """None: one contact whom nobody looked after."""
    is_leaving: Mapped[bool] = mapped_column(default=False)
    """It came with the end of her access."""
    is_single: Mapped[bool] = mapped_column(default=False)
    """One contact alone was handed on, from her page."""
    handed_at: Mapped[datetime]
    handed_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )


class HandOverItem(Base):
    """One thing: who has it now, or why it stayed; after an undo, whether it came back.

    A thing is named by its number alone: it may be merged or removed later, the act stays.
    """

    __tablename__ = "hand_over_item"
    __table_args__ = (
        CheckConstraint("(to_id IS NULL) = (obstacle IS NOT NULL)", name="taken_or_why_not"),
        UniqueConstraint("hand_over_id", "thing", "subject_id"),
        Index(None, "thing", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    hand_over_id: Mapped[int] = mapped_column(ForeignKey("hand_over.id", ondelete="CASCADE"))
    thing: Mapped[Thing] = mapped_column(choice(Thing, name="thing"))
    subject_id: Mapped[int]
    to_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    obstacle: Mapped[Obstacle | None] = mapped_column(choice(Obstacle, name="obstacle"))
    back: Mapped[Back | None] = mapped_column(choice(Back, name="back"))
