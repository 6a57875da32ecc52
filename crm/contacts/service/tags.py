"""Tags that people give a contact and take away."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.contacts import queries
from crm.contacts.models import Contact, ContactTag
from crm.contacts.rules import BACK_WITHIN, TAGS_MAX, NotToUndo, TooManyTags
from crm.contacts.service.identities import cover_numbers
from crm.contacts.service.indexing import index_contact


class Tagged(NamedTuple):
    """A tag as everybody sees it, its numbers covered; whether she has it only since now."""

    name: str
    is_new: bool


class Given(NamedTuple):
    """A tag with who gave it and when, to be given back after it was taken away at `until`."""

    name: str
    by: int | None
    at: datetime
    until: datetime


def tag(session: Session, contact: Contact, name: str, *, actor: Actor, now: datetime) -> Tagged:
    """Give her a tag, unless she has it already. Raises TooManyTags."""
    (name,) = cover_numbers(session, contact, name, now=now)
    tags = queries.tags_of(session, [contact.id]).get(contact.id, ())
    if name in tags:
        return Tagged(name, is_new=False)
    if len(tags) >= TAGS_MAX:
        raise TooManyTags
    session.add(ContactTag(contact_id=contact.id, tag=name, tagged_by=actor.id, tagged_at=now))
    index_contact(session, contact, (*tags, name))
    record(session, "contact.tagged", subject=f"contact:{contact.id}", actor=actor, now=now)
    return Tagged(name, is_new=True)


def untag(
    session: Session, contact: Contact, name: str, *, actor: Actor, now: datetime
) -> Given | None:
    """Take a tag away and return how it was given; None when she has not got it."""
    row = queries.tag_row(session, contact.id, name)
    if row is None:
        return None
    given = Given(row.tag, row.tagged_by, row.tagged_at, until=now)
    session.delete(row)
    tags = queries.tags_of(session, [contact.id]).get(contact.id, ())
    index_contact(session, contact, tuple(other for other in tags if other != name))
    record(session, "contact.untagged", subject=f"contact:{contact.id}", actor=actor, now=now)
    return given


def take_back(
    session: Session, contact: Contact, name: str, *, actor: Actor, now: datetime
) -> None:
    """Undo that the actor gave a tag; the same again changes nothing. Raises NotToUndo."""
    row = queries.tag_row(session, contact.id, name)
    if row is None:
        return
    if row.tagged_by != actor.id or now - row.tagged_at > BACK_WITHIN:
        raise NotToUndo
    untag(session, contact, name, actor=actor, now=now)


def put_back(
    session: Session,
    contact: Contact,
    name: str,
    given: Given | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Give a tag back as it was given, unless she has it again; None where nobody knows how.

    Raises TooManyTags, NotToUndo.
    """
    tags = queries.tags_of(session, [contact.id]).get(contact.id, ())
    if name in tags:
        return
    if given is None or now - given.until > BACK_WITHIN:
        raise NotToUndo
    if len(tags) >= TAGS_MAX:
        raise TooManyTags
    row = ContactTag(contact_id=contact.id, tag=given.name, tagged_by=given.by, tagged_at=given.at)
    session.add(row)
    index_contact(session, contact, (*tags, given.name))
    record(session, "contact.tag_put_back", subject=f"contact:{contact.id}", actor=actor, now=now)
