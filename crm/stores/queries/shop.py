"""Every select about the shop and its stores."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.stores.models import Shop, Store
from crm.stores.rules import StoreState


def shop(session: Session) -> Shop | None:
    """Return the shop, or None before the set-up."""
    return session.get(Shop, 1)


def hold_settings(session: Session) -> None:
    """Let changes of what a shop chose happen one after the other: a second tap sees the first."""
    session.execute(select(Shop.id).with_for_update())


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


def open_stores(session: Session) -> list[Store]:
    """Return the stores whose doors are open, in the order in which they were added."""
    return list(
        session.scalars(select(Store).where(Store.state == StoreState.OPEN).order_by(Store.id))
    )


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
