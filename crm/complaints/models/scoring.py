"""What the shop taught the complaint scorer: taps, words, a night's learning, how much is asked."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.complaints.rules.learning import ASKS_MAX, WORD_MAX, Learning
from crm.db import Base, choice


class ScorerModel(Base):
    """A night's learning from taps: what it gave, and, while it is the one in use, its tables."""

    __tablename__ = "scorer_model"
    __table_args__ = (
        CheckConstraint("ask BETWEEN 0 AND 1 AND opening BETWEEN ask AND 1", name="thresholds"),
        CheckConstraint("(chat IS NULL) = (layer IS NULL)", name="tables_together"),
        CheckConstraint("(chat IS NULL) = (digest = '')", name="tables_named"),
        Index(
            None,
            "digest",
            unique=True,
            sqlite_where=text("digest <> ''"),
            postgresql_where=text("digest <> ''"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    learnt_at: Mapped[datetime]
    outcome: Mapped[Learning] = mapped_column(choice(Learning, name="outcome"))
    last_tap_id: Mapped[int]
    complaints: Mapped[int]
    others: Mapped[int]
    precision: Mapped[float | None]
    """Average precision of what was learnt, then of what was in use, on the same folds."""
    precision_before: Mapped[float | None]
    ask: Mapped[float]
    opening: Mapped[float]
    digest: Mapped[str] = mapped_column(String(64), default="")
    """Of the tables: processes keep what they built from them under this name."""
    chat: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    layer: Mapped[dict[str, list[float]] | None] = mapped_column(
        JSON(none_as_null=True), deferred=True
    )


class SuspicionTap(Base):
    """What a person said about a line: a complaint, or none. The latest by a lead counts."""

    __tablename__ = "suspicion_tap"
    __table_args__ = (Index(None, "message_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("group_message.id", ondelete="RESTRICT"))
    is_complaint: Mapped[bool]
    tapped_at: Mapped[datetime] = mapped_column(index=True)
    tapped_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    by_lead: Mapped[bool]
    model_id: Mapped[int | None] = mapped_column(
        ForeignKey("scorer_model.id", ondelete="RESTRICT"), index=True
    )
    """What had scored the line; nothing for the shipped weights."""
    score: Mapped[float | None]


class ComplaintWord(Base):
    """A change of the complaint words: one of the shop's own, or a shipped one left out."""

    __tablename__ = "complaint_word"
    __table_args__ = (
        CheckConstraint(f"length(word) BETWEEN 1 AND {WORD_MAX}", name="word_length"),
        Index(
            None,
            "word",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(String(WORD_MAX))
    is_added: Mapped[bool]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    ended_at: Mapped[datetime | None]


class DetectionSetting(Base):
    """What the owner chose about asking. One row; without it the defaults hold."""

    __tablename__ = "detection_setting"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint(f"asks_per_day BETWEEN 0 AND {ASKS_MAX}", name="asks"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    asks_per_day: Mapped[int]
