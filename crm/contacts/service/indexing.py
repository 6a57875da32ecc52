"""The search index follows what a contact says, in the transaction that says it."""

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from crm.contacts import queries
from crm.contacts.models import Contact, ContactGram
from crm.contacts.rules import grams, search_text


def reindex(session: Session, contact: Contact, tags: tuple[str, ...]) -> None:
    """Bring the search index to what the contact says now, in the same transaction."""
    contact.search_text = search_text(contact.name, contact.nickname, contact.remark, tags)
    wanted, present = grams(contact.search_text), queries.grams_of(session, contact.id)
    if gone := present - wanted:
        session.execute(
            delete(ContactGram).where(
                ContactGram.contact_id == contact.id, ContactGram.gram.in_(gone)
            )
        )
    if added := wanted - present:
        session.execute(
            insert(ContactGram),
            [{"gram": gram, "contact_id": contact.id} for gram in sorted(added)],
        )
