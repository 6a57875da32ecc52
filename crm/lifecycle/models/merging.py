"""Which contacts were merged, with all that taking it back needs, and who is not the same."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class ContactMerge(Base):
    """Two contacts became one, until it is undone."""

    __tablename__ = "contact_merge"
    __table_args__ = (
        CheckConstraint("kept_id <> other_id", name="two_contacts"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody"),
        CheckConstraint("undone_at IS NULL OR carried IS NULL", name="carried_until_undone"),
        Index(None, "kept_id", "id"),
        Index(None, "other_id", "id"),
        Index(
            "uq_contact_merge_other_id_live",
            "other_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="RESTRICT"))
    other_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="RESTRICT"))
    merged_at: Mapped[datetime]
    merged_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    carried: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    """By domain: which rows moved, what was overwritten, what collided. Gone once undone, or once
    one of the two is no longer to be known: then it stays as it is."""


class NotTheSame(Base):
    """Two contacts that look alike, and somebody knows that they are two people."""

    __tablename__ = "not_the_same"
    __table_args__ = (CheckConstraint("first_id < second_id", name="in_order"),)

    first_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT"), primary_key=True
    )
    second_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    decided_at: Mapped[datetime]
    decided_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
