"""Whose contacts are whose: a member of staff's book."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.contacts.models import Contact


def book_of(session: Session, staff_id: int) -> dict[int, int]:
    """Return and lock a person's contacts, each with its store."""
    mine = select(Contact.id, Contact.store_id).where(Contact.owner_id == staff_id)
    rows = session.execute(mine.order_by(Contact.id).with_for_update())
    return {row.id: row.store_id for row in rows}
