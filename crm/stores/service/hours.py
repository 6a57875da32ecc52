"""Change the hours: the week of the shop, a store or the desk, single dates, livestreams."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.stores import queries
from crm.stores.models import DayOverride, StoreWindow
from crm.stores.rules import BadHours, HoursCommand, WindowKind, check_windows
from crm.stores.rules.calendar import Window
from crm.stores.rules.hours import merged

WEEK = range(7)


def set_hours(session: Session, command: HoursCommand, *, actor: Actor, now: datetime) -> None:
    """Replace the shop's staffed hours, the same on every day. Raises BadHours."""
    check_windows(command.windows())
    set_week(session, dict.fromkeys(WEEK, command.windows()), actor=actor, now=now)


def set_week(
    session: Session,
    week: Mapping[int, Sequence[Window]],
    *,
    kind: WindowKind = WindowKind.STAFFED,
    store_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Replace the week of exactly this store, or of the whole shop. Raises BadHours when empty."""
    wanted = {day: merged(week[day]) for day in sorted(week) if week[day]}
    if not wanted:
        raise BadHours(week)
    queries.hold_settings(session)
    before = queries.week(session, kind, store_id)
    if wanted == before:
        return
    _clear(session, kind, store_id)
    session.add_all(
        StoreWindow(store_id=store_id, kind=kind, weekday=day, start_minute=start, end_minute=end)
        for day, windows in wanted.items()
        for start, end in windows
    )
    _record_week(
        session, store_id, _plain(kind, before), _plain(kind, wanted), actor=actor, now=now
    )


def follow_shop(session: Session, store_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a store's own staffed hours away: the shop's hold again."""
    _drop_week(session, WindowKind.STAFFED, store_id, actor=actor, now=now)


def close_desk(session: Session, *, actor: Actor, now: datetime) -> None:
    """Take the hours of the after-sales desk away."""
    _drop_week(session, WindowKind.DESK, None, actor=actor, now=now)


def _drop_week(
    session: Session, kind: WindowKind, store_id: int | None, *, actor: Actor, now: datetime
) -> None:
    queries.hold_settings(session)
    before = queries.week(session, kind, store_id)
    if before:
        _clear(session, kind, store_id)
        was, now_is = _plain(kind, before), _plain(kind, {})
        _record_week(session, store_id, was, now_is, actor=actor, now=now)


def _clear(session: Session, kind: WindowKind, store_id: int | None) -> None:
    for row in queries.windows(session, kind, store_id):
        session.delete(row)


def _record_week(
    session: Session,
    store_id: int | None,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    record(
        session,
        "hours.changed",
        subject=_subject(store_id),
        actor=actor,
        now=now,
        before=before,
        after=after,
    )


def _plain(kind: WindowKind, week: Mapping[int, Sequence[Window]]) -> dict[str, Any]:
    days = {str(day): [list(window) for window in week[day]] for day in sorted(week)}
    return {"kind": kind.value, "week": days}


def _subject(store_id: int | None) -> str:
    return "shop:1" if store_id is None else f"store:{store_id}"


def set_day(
    session: Session,
    on_date: date,
    windows: Sequence[Window] = (),
    *,
    store_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Give a date hours of its own; without windows the store, or the whole shop, is closed."""
    wanted = list[tuple[int | None, int | None]](merged(windows)) or [(None, None)]
    queries.hold_settings(session)
    rows = queries.override_rows(session, on_date, store_id)
    known = [(row.start_minute, row.end_minute) for row in rows]
    if rows and known == wanted:
        return
    for row in rows:
        session.delete(row)
    session.flush()  # the same start on the same date would meet its old row
    session.add_all(
        DayOverride(store_id=store_id, on_date=on_date, start_minute=start, end_minute=end)
        for start, end in wanted
    )
    after = {"on": on_date.isoformat(), "windows": [list(window) for window in merged(windows)]}
    record(session, "day_off.added", subject=_subject(store_id), actor=actor, now=now, after=after)


def remove_day_off(session: Session, day_off_id: int, *, actor: Actor, now: datetime) -> None:
    """Let the week hold again on a date. Raises NoResultFound."""
    queries.hold_settings(session)
    row = session.get_one(DayOverride, day_off_id)
    for other in queries.override_rows(session, row.on_date, row.store_id):
        session.delete(other)
    after = {"on": row.on_date.isoformat()}
    subject = _subject(row.store_id)
    record(session, "day_off.removed", subject=subject, actor=actor, now=now, after=after)


def add_livestream(
    session: Session,
    weekdays: Iterable[int],
    window: Window,
    *,
    store_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Add a weekly livestream on some weekdays; one that is there stays one. Raises BadHours."""
    check_windows([window])
    queries.hold_settings(session)
    known = {
        row.weekday
        for row in queries.windows(session, WindowKind.LIVESTREAM, store_id)
        if (row.start_minute, row.end_minute) == window
    }
    session.add_all(
        StoreWindow(
            store_id=store_id,
            kind=WindowKind.LIVESTREAM,
            weekday=weekday,
            start_minute=window[0],
            end_minute=window[1],
        )
        for weekday in sorted(set(weekdays) - known)
    )
    after = {"window": list(window)}
    record(
        session, "livestream.added", subject=_subject(store_id), actor=actor, now=now, after=after
    )


def remove_livestream(session: Session, window_id: int, *, actor: Actor, now: datetime) -> None:
    """Remove one weekly livestream. Raises NoResultFound."""
    queries.hold_settings(session)
    row = queries.livestream(session, window_id)
    session.delete(row)
    record(session, "livestream.removed", subject=_subject(row.store_id), actor=actor, now=now)
