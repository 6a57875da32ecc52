"""Everybody who turned out to be one person, and what is kept of her."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.contacts.models import Contact


def family_for_update(session: Session, contact: Contact) -> list[Contact]:
    """Return and lock a contact with all who were merged into her, also by way of others."""
    found, wave = [contact], [contact.id]
    while wave:
        merged = select(Contact).where(Contact.merged_into_id.in_(wave)).order_by(Contact.id)
        rows = list(session.scalars(merged.with_for_update()))
        found += rows
        wave = [row.id for row in rows]
    return found


def family_ids(session: Session, contact_id: int) -> list[int]:
    """Return the number of a contact, then those of all who were merged into her."""
    found, wave = [contact_id], [contact_id]
    while wave:
        wave = list(session.scalars(select(Contact.id).where(Contact.merged_into_id.in_(wave))))
        found += wave
    return found


def called(contacts: Collection[Contact]) -> set[str]:
    """Return what these contacts are called."""
    return {name for one in contacts for name in (one.name, one.nickname) if name}
