"""The shop's own forbidden words. The shipped rules are a file, not rows."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.claims.rules import ADVICE_MAX, WORD_MAX, Level
from crm.db import Base, choice


class ShopWord(Base):
    """A word the shop does not want to see. A removed one stays: findings name its id."""

    __tablename__ = "shop_word"
    __table_args__ = (
        CheckConstraint(f"length(word) BETWEEN 1 AND {WORD_MAX}", name="word_length"),
        CheckConstraint(f"length(advice) <= {ADVICE_MAX}", name="advice_length"),
        Index(
            None,
            "word_read",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(String(WORD_MAX))
    word_read: Mapped[str] = mapped_column(String(2 * WORD_MAX))
    """How the checker reads it: two spellings of one word are one word."""
    level: Mapped[Level] = mapped_column(choice(Level, name="level"))
    advice: Mapped[str] = mapped_column(String(ADVICE_MAX), default="")
    added_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
