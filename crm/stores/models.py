"""The shop, its stores and when they are staffed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, choice
from crm.stores.rules import CODE_MAX, MINUTES_MAX, NAME_MAX, StoreState, WindowKind


class Shop(Base):
    """The one shop of this database."""

    __tablename__ = "shop"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_MAX}", name="name_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    created_at: Mapped[datetime]
    demo_offset_seconds: Mapped[int | None]
    """Set in demo databases only: what their clock adds to real time."""


class Store(Base):
    """A store, open or closed. Never deleted: contacts came from it."""

    __tablename__ = "store"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_MAX}", name="name_length"),
        CheckConstraint(f"length(code) BETWEEN 1 AND {CODE_MAX}", name="code_length"),
        CheckConstraint("closed_on IS NULL OR state = 'closed'", name="closed_has_state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    code: Mapped[str] = mapped_column(String(CODE_MAX), unique=True)
    state: Mapped[StoreState] = mapped_column(
        choice(StoreState, name="state"), default=StoreState.OPEN
    )
    closed_on: Mapped[date | None]
    created_at: Mapped[datetime]


class StoreWindow(Base):
    """A weekly window; without a store it holds for all stores that have none of their own."""

    __tablename__ = "store_window"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_range"),
        CheckConstraint(
            f"start_minute >= 0 AND end_minute > start_minute AND end_minute <= {MINUTES_MAX}",
            name="minutes_in_order",
        ),
        Index(None, "store_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int | None] = mapped_column(ForeignKey("store.id", ondelete="RESTRICT"))
    kind: Mapped[WindowKind] = mapped_column(choice(WindowKind, name="kind"))
    weekday: Mapped[int]
    start_minute: Mapped[int]
    end_minute: Mapped[int]


class DayOverride(Base):
    """A date on which staffed hours differ; without minutes the day is off."""

    __tablename__ = "day_override"
    __table_args__ = (
        CheckConstraint("(start_minute IS NULL) = (end_minute IS NULL)", name="both_minutes"),
        UniqueConstraint("store_id", "on_date", "start_minute"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int | None] = mapped_column(
        ForeignKey("store.id", ondelete="RESTRICT"), index=True
    )
    on_date: Mapped[date] = mapped_column(index=True)
    start_minute: Mapped[int | None]
    end_minute: Mapped[int | None]
