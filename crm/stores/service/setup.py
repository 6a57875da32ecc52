"""Set up the shop and its stores."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor, Role
from crm.accounts.service import NewStaff, add_staff, start_session
from crm.audit.service import record
from crm.stores import queries
from crm.stores.models import Shop, Store, StoreWindow
from crm.stores.rules import (
    DEFAULT_HOURS,
    AlreadySetUp,
    CodeTaken,
    FirstUse,
    NewStore,
    StoreState,
    WindowKind,
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
