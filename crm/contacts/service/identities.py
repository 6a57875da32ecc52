"""By what the outside world knows a contact: given, and shown in full to who may see it."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm import crypto
from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.contacts import queries
from crm.contacts.models import Contact, ContactIdentity, ForgottenIdentity
from crm.contacts.queries.files import keys_of
from crm.contacts.rules import TAIL_DIGITS, DuplicateIdentity, IdentityKind, normalise_identity
from crm.groups.rules import cover_mobiles

_TRIES = 4
"""Others may give a number at the same moment, but hardly so many."""


def add_identity(
    session: Session,
    contact: Contact,
    kind: IdentityKind,
    value: str,
    *,
    share: bool = False,
    now: datetime,
) -> None:
    """Give a contact an identity. Raises DuplicateIdentity unless shared, PhoneWrong.

    Who shares it with somebody that gave it at the same moment comes behind her. If it was of
    somebody forgotten, that is over: she came back herself, and files may name her again.
    """
    plain = normalise_identity(kind, value)
    digest = queries.identity_digest(kind, plain)
    sealed = crypto.encrypt(plain, purpose="identity")
    tail = queries.tail_digest(plain[-TAIL_DIGITS:]) if kind is IdentityKind.PHONE else None
    for _tried in range(_TRIES if share else 1):
        highest = queries.highest_rank(session, kind, digest)
        row = ContactIdentity(
            contact_id=contact.id,
            kind=kind,
            value_encrypted=sealed,
            value_hash=digest,
            tail_hash=tail,
            rank=0 if highest is None or not share else highest + 1,
            added_at=now,
        )
        with suppress(IntegrityError), session.begin_nested():
            session.add(row)
            session.flush()
            session.execute(delete(ForgottenIdentity).where(ForgottenIdentity.value_hash == digest))
            return
    # Somebody has it, perhaps since a moment ago: say who.
    known = queries.contacts_by_identity(session, [(kind, value)])
    raise DuplicateIdentity(known[kind, value], kind)


def cover_numbers(
    session: Session, contact: Contact, *texts: str, now: datetime
) -> tuple[str, ...]:
    """Return what everybody sees with mobile numbers covered; these are kept as hers."""
    shown = [cover_mobiles(text) for text in texts]
    hers = {row.value_hash for row in keys_of(session, [contact.id])}
    for number in dict.fromkeys(number for _text, numbers in shown for number in numbers):
        if queries.identity_digest(IdentityKind.PHONE, number) not in hers:
            add_identity(session, contact, IdentityKind.PHONE, number, share=True, now=now)
    return tuple(text for text, _numbers in shown)


def reveal_phone(session: Session, contact: Contact, *, actor: Actor, now: datetime) -> str | None:
    """Return the whole phone number; that somebody saw it is written down. Raises WrongKey."""
    phone = queries.phone_of(session, contact.id)
    if phone is not None:
        record(
            session, "contact.phone_revealed", subject=f"contact:{contact.id}", actor=actor, now=now
        )
    return phone
