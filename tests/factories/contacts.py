"""Contacts to test with, made by the service."""

from typing import Any

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.contacts import service
from crm.contacts.models import Contact
from crm.contacts.rules import IdentityKind, NewContact
from crm.stores.models import Store
from tests.conftest import NOW
from tests.factories.stores import make_store


def make_contact(
    session: Session,
    name: str = "陈姐",
    *,
    store: Store | None = None,
    phone: str = "",
    actor: Actor | None = None,
    now: Any = NOW,
    **overrides: Any,
) -> Contact:
    """A contact of a store; the store is made when none is given."""
    store = store or make_store(session)
    session.flush()
    if phone:
        overrides["identities"] = ((IdentityKind.PHONE, phone),)
    contact = service.log_contact(
        session, NewContact(store_id=store.id, name=name, **overrides), actor=actor, now=now
    )
    session.flush()
    return contact


def make_noise(session: Session) -> Contact:
    """Somebody else in another store: a query without its condition finds her."""
    return make_contact(
        session, "噪音", store=make_store(session, name="别的店"), phone="10099998888", tags=("杂",)
    )
