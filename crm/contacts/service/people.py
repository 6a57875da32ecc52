"""A contact is logged, corrected, left alone, moved up in lists."""

import itertools
from dataclasses import replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.contacts import queries
from crm.contacts.models import Contact, ContactTag
from crm.contacts.rules import (
    REMARK_MAX,
    BadRemark,
    DuplicateIdentity,
    EditContact,
    EditedMeanwhile,
    IdentityKind,
    NewContact,
    normalise_identity,
)
from crm.contacts.service.identities import add_identity, cover_numbers
from crm.contacts.service.indexing import index_contact
from crm.contacts.service.ledger import record_consent, record_move
from crm.groups.rules import SameCover, cover_mobiles, uncover


def log_contact(
    session: Session, command: NewContact, *, actor: Actor | None, now: datetime
) -> Contact:
    """Add a contact with what is known of her. Raises DuplicateIdentity, PhoneWrong."""
    command = _covered(command)
    if not command.share_identity:
        _refuse_duplicates(session, command.identities)
    contact = Contact(
        store_id=command.store_id,
        owner_id=command.owner_id if command.owner_id is not None else _id(actor),
        name=command.name,
        nickname=command.nickname,
        remark=command.remark,
        created_at=now,
        created_by=_id(actor),
        active_at=now,
    )
    session.add(contact)
    session.flush()  # identities, moves and tags need contact.id
    for kind, value in command.identities:
        add_identity(session, contact, kind, value, share=command.share_identity, now=now)
    if command.moved_from is not None:
        record_move(session, contact, command.moved_from, actor=actor, now=now)
    if command.consent is not None:
        record_consent(session, contact, command.consent, actor=actor, now=now)
    for name in dict.fromkeys(command.tags):
        session.add(
            ContactTag(contact_id=contact.id, tag=name, tagged_by=_id(actor), tagged_at=now)
        )
    index_contact(session, contact, command.tags)
    record(session, "contact.logged", subject=f"contact:{contact.id}", actor=actor, now=now)
    return contact


def log_typed_contact(
    session: Session, command: NewContact, *, actor: Actor, now: datetime
) -> Contact:
    """Log a contact from a form; a second tap on it finds her. Raises as `log_contact`."""
    command = _covered(command)
    keys = {
        (kind, queries.identity_digest(kind, normalise_identity(kind, value)))
        for kind, value in command.identities
    }
    tapped = queries.logged_just_now(
        session, command.name, command.store_id, keys, staff_id=actor.id, now=now
    )
    return tapped or log_contact(session, command, actor=actor, now=now)


def _covered(command: NewContact) -> NewContact:
    """A number in what everybody sees is covered there and kept as her phone."""
    said = [cover_mobiles(text) for text in (command.name, command.nickname, *command.tags)]
    (name, nickname, *tags), found = zip(*said, strict=True)
    given = {value for kind, value in command.identities if kind is IdentityKind.PHONE}
    given = {normalise_identity(IdentityKind.PHONE, value) for value in given}
    more = [n for n in dict.fromkeys(itertools.chain(*found)) if n not in given]
    identities = (*command.identities, *((IdentityKind.PHONE, number) for number in more))
    return replace(
        command,
        name=name,
        nickname=nickname,
        tags=tuple(dict.fromkeys(tags)),
        identities=identities,
    )


def _id(actor: Actor | None) -> int | None:
    return None if actor is None else actor.id


def _refuse_duplicates(session: Session, identities: tuple[tuple[IdentityKind, str], ...]) -> None:
    known = queries.contacts_by_identity(session, identities)
    for pair in identities:
        if pair in known:
            raise DuplicateIdentity(known[pair], pair[0])


def edit_contact(
    session: Session, contact: Contact, command: EditContact, *, actor: Actor, now: datetime
) -> None:
    """Correct how she is called and what is remarked of her. Raises EditedMeanwhile, BadRemark.

    A remark was shown with its numbers covered; those that stayed so are as they were.
    """
    if command.version not in {None, contact.version}:
        raise EditedMeanwhile
    remark = _remark(command.remark, contact.remark)
    name, nickname = cover_numbers(session, contact, command.name, command.nickname, now=now)
    said = {"name": name, "nickname": nickname, "remark": remark}
    typed = {"name": command.name, "nickname": command.nickname, "remark": remark}
    changed = [field for field, text in typed.items() if getattr(contact, field) != text]
    for field in changed:
        setattr(contact, field, said[field])
    index_contact(session, contact, queries.tags_of(session, [contact.id]).get(contact.id, ()))
    if changed:
        subject, after = f"contact:{contact.id}", {"fields": changed}
        record(session, "contact.edited", subject=subject, actor=actor, now=now, after=after)


def _remark(typed: str, known: str) -> str:
    try:
        remark = uncover(typed, known)
    except SameCover as error:
        raise BadRemark("contacts.remark_same_cover") from error
    if len(remark) > REMARK_MAX:
        raise BadRemark("contacts.remark_too_long", n=REMARK_MAX)
    return remark


def do_not_contact(session: Session, contact: Contact, *, actor: Actor, now: datetime) -> None:
    """She asked to be left alone: lists leave her out from now on."""
    if contact.do_not_contact_at is None:
        contact.do_not_contact_at = now
        record(session, "contact.opted_out", subject=f"contact:{contact.id}", actor=actor, now=now)


def allow_contact(session: Session, contact: Contact, *, actor: Actor, now: datetime) -> None:
    """She may be contacted again."""
    if contact.do_not_contact_at is not None:
        contact.do_not_contact_at = None
        record(session, "contact.opted_in", subject=f"contact:{contact.id}", actor=actor, now=now)


def mark_active(session: Session, contact_id: int, *, at: datetime) -> None:
    """Move a contact up in lists; an older event moves nobody. No edit, so no new version."""
    session.execute(
        update(Contact).where(Contact.id == contact_id, Contact.active_at < at).values(active_at=at)
    )
