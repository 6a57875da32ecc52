"""What people say and to whom: texts for replies, onlookers who were told."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.complaints.rules.words import (
    ALIAS_MAX,
    NAME_MAX,
    TEXT_MAX,
    Situation,
    Visibility,
)
from crm.db import Base, choice


class OnlookerTold(Base):
    """Somebody explained it to an onlooker, or took that back: the last row counts."""

    __tablename__ = "onlooker_told"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {ALIAS_MAX}", name="name_length"),
        Index(None, "complaint_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(ALIAS_MAX))
    """Her name in the group: onlookers are pseudonyms, not contacts."""
    is_told: Mapped[bool]
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)


class ReplyTemplate(Base):
    """A text that is offered for replies: the shop's own, or its wording of a shipped one."""

    __tablename__ = "reply_template"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_MAX}", name="name_length"),
        CheckConstraint(f"length(text) BETWEEN 1 AND {TEXT_MAX}", name="text_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str | None] = mapped_column(String(32), unique=True)
    """The shipped text that it stands for; empty for one that the shop added."""
    situation: Mapped[Situation] = mapped_column(choice(Situation, name="situation"))
    visibility: Mapped[Visibility | None] = mapped_column(choice(Visibility, name="visibility"))
    """Where it is said; empty: anywhere."""
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    text: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    removed_at: Mapped[datetime | None]
