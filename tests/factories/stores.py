"""A shop, stores and people to test with."""

from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from crm.accounts import service as accounts
from crm.accounts.models import Staff
from crm.accounts.queries import actor_of_staff
from crm.accounts.rules import Actor, Role
from crm.accounts.service import NewStaff
from crm.stores import queries, service
from crm.stores.models import Shop, Store
from crm.stores.rules import NewStore
from tests.conftest import NOW

_numbers = count(1)


def make_shop(session: Session, name: str = "锦禾女装") -> Shop:
    """The shop with shipped hours; the one that is there if it was made."""
    shop = queries.shop(session)
    if shop is None:
        shop = service.set_up_shop(session, name, now=NOW)
        session.flush()
    return shop


def make_store(session: Session, name: str = "人民路店", **overrides: Any) -> Store:
    """A store; the shop is made with the first one."""
    make_shop(session)
    command = NewStore(name=name, code=overrides.pop("code", f"S{next(_numbers)}"), **overrides)
    return service.add_store(session, command, actor=None, now=NOW)


def make_staff(
    session: Session,
    role: Role = Role.MANAGER,
    *stores: Store,
    login: str = "",
    name: str = "王梅",
    password: str | None = None,
) -> Staff:
    """A member of staff who works in these stores."""
    number = next(_numbers)
    staff = accounts.add_staff(
        session,
        NewStaff(login or f"staff{number}", name, role, frozenset(s.id for s in stores), password),
        actor=None,
        now=NOW,
    )
    session.flush()
    return staff


def actor_of(session: Session, staff: Staff) -> Actor:
    """The person as services take her."""
    session.flush()
    actor = actor_of_staff(session, staff.id)
    assert actor is not None
    return actor
