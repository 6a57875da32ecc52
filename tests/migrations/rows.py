"""Rows in parent and child tables, for moving a database down and up with something in it."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.contacts.rules import NewContact
from crm.contacts.service import log_contact
from tests.factories.stores import actor_of, make_staff, make_store


def fill(session: Session, now: datetime) -> None:
    """A shop, a store, people who work there, and contacts with their past."""
    store = make_store(session)
    manager = make_staff(session, Role.MANAGER, store)
    for name in ("陈姐", "张阿姨"):
        command = NewContact(store_id=store.id, name=name, tags=("老客",))
        log_contact(session, command, actor=actor_of(session, manager), now=now)
