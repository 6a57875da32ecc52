"""The shop, its stores and when they are staffed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, choice
from crm.stores.rules import (
    CODE_MAX,
    LABEL_MAX,
    MINUTES_MAX,
    NAME_MAX,
    SOURCE_MAX,
    DutyRole,
    StoreState,
    WindowKind,
)


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


class CalendarDay(Base):
    """A day of the State Council's list: off, or worked to make up. A year without rows is unknown.

    Seeded by a migration, edited by the owner. Ordinary weekdays and weekends have no row.
    """

    __tablename__ = "calendar_day"
    __table_args__ = (
        CheckConstraint(f"length(label) <= {LABEL_MAX}", name="label_length"),
        CheckConstraint(f"length(source) <= {SOURCE_MAX}", name="source_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(unique=True)
    is_workday: Mapped[bool]
    label: Mapped[str] = mapped_column(String(LABEL_MAX), default="")
    source: Mapped[str] = mapped_column(String(SOURCE_MAX), default="")


class CalendarEdit(Base):
    """A change of one year's days, with what stood there before: how it is taken back."""

    __tablename__ = "calendar_edit"

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(index=True)
    before: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    undone_at: Mapped[datetime | None]


class DutyShift(Base):
    """A person's duty, every week or on one date, for one store or for all; removed, it stays."""

    __tablename__ = "duty_shift"
    __table_args__ = (
        CheckConstraint("(weekday IS NULL) <> (on_date IS NULL)", name="one_rhythm"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_range"),
        CheckConstraint(
            f"start_minute >= 0 AND end_minute > start_minute AND end_minute <= {MINUTES_MAX}",
            name="minutes_in_order",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    store_id: Mapped[int | None] = mapped_column(
        ForeignKey("store.id", ondelete="RESTRICT"), index=True
    )
    role: Mapped[DutyRole] = mapped_column(choice(DutyRole, name="role"))
    weekday: Mapped[int | None]
    on_date: Mapped[date | None]
    start_minute: Mapped[int]
    end_minute: Mapped[int]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class StaffLeave(Base):
    """Days away, both included, and who stands in; removed, it stays."""

    __tablename__ = "staff_leave"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="days_in_order"),
        CheckConstraint("staff_id <> substitute_id", name="somebody_else"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="RESTRICT"), index=True)
    substitute_id: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="RESTRICT"), index=True
    )
    first_day: Mapped[date]
    last_day: Mapped[date]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
