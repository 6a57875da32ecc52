"""Set up the shop, its stores and hours."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor, Role
from crm.accounts.service import NewStaff, add_staff, start_session
from crm.audit.service import record
from crm.stores import queries
from crm.stores.models import DayOverride, Shop, Store, StoreWindow
from crm.stores.rules import (
    DEFAULT_HOURS,
    AlreadySetUp,
    CodeTaken,
    FirstUse,
    HoursCommand,
    NewStore,
    StoreState,
    WindowKind,
    check_windows,
)

FIRST_STORE_CODE = "1"


def first_use(session: Session, command: FirstUse, *, now: datetime) -> str:
    """Create shop, first store and owner; return the owner's session token."""
    set_up_shop(session, command.shop, now=now)
    add_store(session, NewStore(command.store, FIRST_STORE_CODE), actor=None, now=now)
    owner = add_staff(
        session,
        NewStaff(command.login, command.name, Role.OWNER, password=command.password),
        actor=None,
        now=now,
    )
    return start_session(session, owner, now=now)


def set_up_shop(session: Session, name: str, *, now: datetime) -> Shop:
    """Create the shop with the shipped hours: 9:00-22:30, break 12:00-13:00. AlreadySetUp."""
    shop = Shop(id=1, name=name, created_at=now)
    try:
        with session.begin_nested():
            session.add(shop)
    except IntegrityError as error:
        raise AlreadySetUp from error
    for weekday in range(7):
        for start, end in DEFAULT_HOURS:
            session.add(
                StoreWindow(
                    kind=WindowKind.STAFFED, weekday=weekday, start_minute=start, end_minute=end
                )
            )
    return shop


def add_store(session: Session, command: NewStore, *, actor: Actor | None, now: datetime) -> Store:
    """Add a store. Raises CodeTaken."""
    if queries.store_by_code(session, command.code) is not None:
        raise CodeTaken(command.code)
    store = Store(
        name=command.name,
        code=command.code,
        state=StoreState.CLOSED if command.closed_on else command.state,
        closed_on=command.closed_on,
        created_at=now,
    )
    session.add(store)
    session.flush()  # the audit row needs store.id
    record(session, "store.added", subject=f"store:{store.id}", actor=actor, now=now)
    return store


def set_hours(session: Session, command: HoursCommand, *, actor: Actor, now: datetime) -> None:
    """Replace the shop's weekly staffed hours. Raises BadHours."""
    check_windows(command.windows())
    for row in queries.windows(session, WindowKind.STAFFED):
        session.delete(row)
    for weekday in range(7):
        for start, end in command.windows():
            session.add(
                StoreWindow(
                    kind=WindowKind.STAFFED, weekday=weekday, start_minute=start, end_minute=end
                )
            )
    record(
        session,
        "hours.changed",
        subject="shop:1",
        actor=actor,
        now=now,
        after={"windows": command.windows()},
    )


def add_day_off(session: Session, on_date: date, *, actor: Actor, now: datetime) -> None:
    """Close the whole shop on a date; a date that is off already stays so."""
    if any(row.on_date == on_date for row in queries.overrides(session)):
        return
    session.add(DayOverride(on_date=on_date))
    record(
        session,
        "day_off.added",
        subject="shop:1",
        actor=actor,
        now=now,
        after={"on": on_date.isoformat()},
    )


def remove_day_off(session: Session, day_off_id: int, *, actor: Actor, now: datetime) -> None:
    """Open the shop again on a date that was off. Raises NoResultFound."""
    row = session.get_one(DayOverride, day_off_id)
    session.delete(row)
    after = {"on": row.on_date.isoformat()}
    record(session, "day_off.removed", subject="shop:1", actor=actor, now=now, after=after)


def add_livestream(
    session: Session, weekdays: Iterable[int], start: int, end: int, *, actor: Actor, now: datetime
) -> None:
    """Add a weekly livestream on some weekdays; one that is there stays one. Raises BadHours."""
    check_windows([(start, end)])
    known = {
        row.weekday
        for row in queries.windows(session, WindowKind.LIVESTREAM)
        if (row.start_minute, row.end_minute) == (start, end)
    }
    for weekday in sorted(set(weekdays) - known):
        session.add(
            StoreWindow(
                kind=WindowKind.LIVESTREAM, weekday=weekday, start_minute=start, end_minute=end
            )
        )
    record(
        session,
        "livestream.added",
        subject="shop:1",
        actor=actor,
        now=now,
        after={"window": [start, end]},
    )


def remove_livestream(session: Session, window_id: int, *, actor: Actor, now: datetime) -> None:
    """Remove one weekly livestream. Raises NoResultFound."""
    session.delete(queries.livestream(session, window_id))
    record(session, "livestream.removed", subject="shop:1", actor=actor, now=now)
