"""Every select about hours: weekly windows, days that differ, the calendars they make."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from crm.i18n import fmt
from crm.stores.models import DayOverride, StoreWindow
from crm.stores.queries.days import statutory
from crm.stores.rules import BusinessCalendar, WindowKind
from crm.stores.rules.calendar import Window
from crm.stores.rules.hours import Week


@dataclass(frozen=True)
class SpecialDay:
    """A date on which one store, or the whole shop (None), keeps other hours; none: closed."""

    id: int
    store_id: int | None
    on_date: date
    windows: list[Window]


@dataclass(frozen=True)
class StoreHours:
    """When a store is staffed, when it streams, and the desk behind all stores."""

    staffed: BusinessCalendar
    live: BusinessCalendar
    desk: BusinessCalendar


def windows(session: Session, kind: WindowKind, store_id: int | None = None) -> list[StoreWindow]:
    """Return the weekly windows of exactly this store, or of the whole shop (None)."""
    same = StoreWindow.store_id.is_(None) if store_id is None else StoreWindow.store_id == store_id
    return list(
        session.scalars(
            select(StoreWindow)
            .where(StoreWindow.kind == kind, same)
            .order_by(StoreWindow.weekday, StoreWindow.start_minute)
        )
    )


def week(session: Session, kind: WindowKind, store_id: int | None = None) -> Week:
    """Return the weekly windows of exactly this store, or of the whole shop (None), by weekday."""
    return _weekly(windows(session, kind, store_id))


def stores_with_own_week(session: Session) -> set[int]:
    """Return the stores that have staffed hours of their own."""
    return {
        store_id
        for store_id in session.scalars(
            select(StoreWindow.store_id).where(StoreWindow.kind == WindowKind.STAFFED).distinct()
        )
        if store_id is not None
    }


def all_livestreams(session: Session) -> list[StoreWindow]:
    """Return every weekly livestream, those of the whole shop first."""
    return list(
        session.scalars(
            select(StoreWindow)
            .where(StoreWindow.kind == WindowKind.LIVESTREAM)
            .order_by(
                StoreWindow.store_id.is_not(None),
                StoreWindow.store_id,
                StoreWindow.weekday,
                StoreWindow.start_minute,
            )
        )
    )


def livestream(session: Session, window_id: int) -> StoreWindow:
    """Return one weekly livestream. Raises NoResultFound."""
    return session.scalars(
        select(StoreWindow).where(
            StoreWindow.id == window_id, StoreWindow.kind == WindowKind.LIVESTREAM
        )
    ).one()


def overrides(session: Session, store_id: int | None = None) -> list[DayOverride]:
    """Return the days that differ for exactly this store, or for the whole shop (None)."""
    same = DayOverride.store_id.is_(None) if store_id is None else DayOverride.store_id == store_id
    return list(
        session.scalars(
            select(DayOverride).where(same).order_by(DayOverride.on_date, DayOverride.start_minute)
        )
    )


def override_rows(session: Session, on_date: date, store_id: int | None) -> list[DayOverride]:
    """Return the rows of one date of exactly this store, or of the whole shop (None)."""
    return [row for row in overrides(session, store_id) if row.on_date == on_date]


def special_days(session: Session, since: date) -> list[SpecialDay]:
    """Return the dates from `since` on that differ anywhere, in order."""
    rows = session.scalars(
        select(DayOverride)
        .where(DayOverride.on_date >= since)
        .order_by(DayOverride.on_date, DayOverride.store_id, DayOverride.start_minute)
    )
    found: dict[tuple[date, int | None], SpecialDay] = {}
    for row in rows:
        day = found.setdefault(
            (row.on_date, row.store_id), SpecialDay(row.id, row.store_id, row.on_date, [])
        )
        if row.start_minute is not None and row.end_minute is not None:
            day.windows.append((row.start_minute, row.end_minute))
    return list(found.values())


def _weekly(rows: list[StoreWindow]) -> Week:
    weekly: Week = {}
    for row in rows:
        weekly.setdefault(row.weekday, []).append((row.start_minute, row.end_minute))
    return weekly


def _days(rows: list[DayOverride]) -> dict[date, list[Window]]:
    days: dict[date, list[Window]] = {}
    for row in rows:
        spans = days.setdefault(row.on_date, [])
        if row.start_minute is not None and row.end_minute is not None:
            spans.append((row.start_minute, row.end_minute))
    return days


def business_calendar(session: Session, store_id: int) -> BusinessCalendar:
    """Return the staffed hours of a store: its own windows, else the shop's; its days off win."""
    return hours_of_stores(session, [store_id])[store_id].staffed


def hours_of_stores(session: Session, store_ids: Collection[int]) -> dict[int, StoreHours]:
    """Return the hours that hold for several stores, in three statements."""
    weeks: dict[tuple[WindowKind, int | None], list[StoreWindow]] = {}
    for row in session.scalars(
        select(StoreWindow)
        .where(_one_of(StoreWindow.store_id, store_ids))
        .order_by(StoreWindow.weekday, StoreWindow.start_minute)
    ):
        weeks.setdefault((row.kind, row.store_id), []).append(row)
    rows: dict[int | None, list[DayOverride]] = {}
    for day in session.scalars(
        select(DayOverride)
        .where(_one_of(DayOverride.store_id, store_ids))
        .order_by(DayOverride.on_date, DayOverride.start_minute)
    ):
        rows.setdefault(day.store_id, []).append(day)
    days = {store_id: _days(rows.get(store_id, [])) for store_id in (None, *store_ids)}

    def weekly(kind: WindowKind, store_id: int | None = None) -> Week:
        return _weekly(weeks.get((kind, store_id)) or weeks.get((kind, None), []))

    zone = fmt.zone()
    desk = BusinessCalendar(weekly(WindowKind.DESK), days[None], zone, statutory(session))
    return {
        store_id: StoreHours(
            BusinessCalendar(
                weekly(WindowKind.STAFFED, store_id), days[None] | days[store_id], zone
            ),
            BusinessCalendar(weekly(WindowKind.LIVESTREAM, store_id), {}, zone),
            desk,
        )
        for store_id in store_ids
    }


def _one_of(column: Any, store_ids: Collection[int]) -> ColumnElement[bool]:
    return or_(column.is_(None), column.in_(store_ids))


def shop_calendar(session: Session) -> BusinessCalendar:
    """Return the staffed hours that hold for stores without their own."""
    return BusinessCalendar(
        week(session, WindowKind.STAFFED), _days(overrides(session)), fmt.zone()
    )


def has_hours(session: Session, kind: WindowKind) -> bool:
    """Say whether the shop's own week has any hours of this kind."""
    return (
        session.scalar(
            select(StoreWindow.id)
            .where(StoreWindow.kind == kind, StoreWindow.store_id.is_(None))
            .limit(1)
        )
        is not None
    )


def shop_hours(session: Session) -> dict[str, time | None]:
    """Return Monday's hours as the settings page edits them, with one break at most."""
    spans = week(session, WindowKind.STAFFED).get(0)
    if not spans:
        return {"start": None, "end": None, "break_start": None, "break_end": None}
    broken = len(spans) > 1
    return {
        "start": _time(spans[0][0]),
        "end": _time(spans[-1][1]),
        "break_start": _time(spans[0][1]) if broken else None,
        "break_end": _time(spans[1][0]) if broken else None,
    }


def _time(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)
