"""Every select about the shop, its stores and hours."""

from datetime import date, time, timedelta

from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.i18n import fmt
from crm.stores.models import DayOverride, Shop, Store, StoreWindow
from crm.stores.rules import BusinessCalendar, WindowKind


def shop(session: Session) -> Shop | None:
    """Return the shop, or None before the set-up."""
    return session.get(Shop, 1)


def demo_offset(factory: sessionmaker[Session]) -> timedelta:
    """Return what this database's clock adds to real time: nothing but in a demo."""
    with factory() as session:
        try:
            seconds = session.scalar(select(Shop.demo_offset_seconds))
        except (OperationalError, ProgrammingError):  # not migrated yet; `shuke doctor` says so
            return timedelta(0)
    return timedelta(seconds=seconds or 0)


def stores_in_scope(session: Session, actor: Actor | None) -> list[Store]:
    """Return the stores that the actor sees, in the order in which they were added."""
    return list(session.scalars(select(Store).where(in_scope(Store.id, actor)).order_by(Store.id)))


def visible_store(session: Session, store_id: int, actor: Actor | None) -> Store:
    """Return a store of the actor. Raises NoResultFound."""
    return session.scalars(
        select(Store).where(Store.id == store_id, in_scope(Store.id, actor))
    ).one()


def store_by_code(session: Session, code: str) -> Store | None:
    """Return the store with this code."""
    return session.scalar(select(Store).where(Store.code == code))


def store_names(session: Session) -> dict[int, str]:
    """Return the names of all stores."""
    return {row.id: row.name for row in session.execute(select(Store.id, Store.name))}


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
    return list(session.scalars(select(DayOverride).where(same).order_by(DayOverride.on_date)))


def _weekly(rows: list[StoreWindow]) -> dict[int, list[tuple[int, int]]]:
    weekly: dict[int, list[tuple[int, int]]] = {}
    for row in rows:
        weekly.setdefault(row.weekday, []).append((row.start_minute, row.end_minute))
    return weekly


def _days(rows: list[DayOverride]) -> dict[date, list[tuple[int, int]]]:
    days: dict[date, list[tuple[int, int]]] = {}
    for row in rows:
        spans = days.setdefault(row.on_date, [])
        if row.start_minute is not None and row.end_minute is not None:
            spans.append((row.start_minute, row.end_minute))
    return days


def business_calendar(session: Session, store_id: int) -> BusinessCalendar:
    """Return the staffed hours of a store: its own windows, else the shop's; its days off win."""
    own = windows(session, WindowKind.STAFFED, store_id) or windows(session, WindowKind.STAFFED)
    days = _days(overrides(session)) | _days(overrides(session, store_id))
    return BusinessCalendar(_weekly(own), days, fmt.zone())


def shop_calendar(session: Session) -> BusinessCalendar:
    """Return the staffed hours that hold for stores without their own."""
    return BusinessCalendar(
        _weekly(windows(session, WindowKind.STAFFED)), _days(overrides(session)), fmt.zone()
    )


def shop_hours(session: Session) -> dict[str, time | None]:
    """Return Monday's hours as the settings page edits them, with one break at most."""
    spans = [
        (row.start_minute, row.end_minute)
        for row in windows(session, WindowKind.STAFFED)
        if row.weekday == 0
    ]
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


def livestream_calendar(session: Session, store_id: int) -> BusinessCalendar:
    """Return the livestream windows that hold for a store."""
    own = windows(session, WindowKind.LIVESTREAM, store_id) or windows(
        session, WindowKind.LIVESTREAM
    )
    return BusinessCalendar(_weekly(own), {}, fmt.zone())
