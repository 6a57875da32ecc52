"""By what the outside world knows a contact; values are found by keyed hashes only."""

from collections.abc import Collection, Iterable

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from crm import crypto
from crm.contacts.models import Contact, ContactIdentity
from crm.contacts.rules import (
    TAIL_DIGITS,
    IdentityKind,
    PhoneWrong,
    mask_identity,
    normalise_identity,
)
from crm.i18n import _

_IDENTITIES = (
    select(ContactIdentity.contact_id, ContactIdentity.kind, ContactIdentity.value_encrypted)
    .where(ContactIdentity.contact_id.in_(bindparam("ids", expanding=True)))
    .order_by(ContactIdentity.contact_id, ContactIdentity.id)
)
_PURPOSES = {kind: f"identity:{kind.value}" for kind in IdentityKind}


def identity_digest(kind: IdentityKind, value: str) -> str:
    """Return the keyed hash by which a whole normalised identity is found."""
    return crypto.digest(value, purpose=_PURPOSES[kind])


def tail_digest(tail: str) -> str:
    """Return the keyed hash by which the last four digits of a phone are found."""
    return crypto.digest(tail, purpose="phone tail")


def contacts_by_identity(
    session: Session, pairs: Iterable[tuple[IdentityKind, str]]
) -> dict[tuple[IdentityKind, str], int]:
    """Return whom each identity, as written, leads to; a malformed phone leads to nobody."""
    asked: dict[tuple[IdentityKind, str], list[tuple[IdentityKind, str]]] = {}
    for kind, value in pairs:
        try:
            plain = normalise_identity(kind, value)
        except PhoneWrong:
            continue
        asked.setdefault((kind, identity_digest(kind, plain)), []).append((kind, value))
    found: dict[tuple[IdentityKind, str], int] = {}
    for kind in {kind for kind, _digest in asked}:
        rows = session.execute(
            select(ContactIdentity.value_hash, ContactIdentity.contact_id).where(
                ContactIdentity.kind == kind,
                ContactIdentity.value_hash.in_([digest for k, digest in asked if k is kind]),
                ContactIdentity.rank == 0,
            )
        )
        for row in rows:
            found.update(dict.fromkeys(asked[kind, row.value_hash], row.contact_id))
    return found


def highest_rank(session: Session, kind: IdentityKind, digest: str) -> int | None:
    """Return the last rank given out for an identity, None if nobody has it."""
    return session.scalar(
        select(func.max(ContactIdentity.rank)).where(
            ContactIdentity.kind == kind, ContactIdentity.value_hash == digest
        )
    )


def masked_identities(
    session: Session, contact_ids: Iterable[int]
) -> dict[int, list[tuple[IdentityKind, str]]]:
    """Return what may be shown of these contacts' identities; of what no key opens, that."""
    masked: dict[int, list[tuple[IdentityKind, str]]] = {}
    for row in session.execute(_IDENTITIES, {"ids": sorted(set(contact_ids))}):
        try:
            value = crypto.decrypt(row.value_encrypted, purpose="identity")
            shown = mask_identity(row.kind, value)
        except crypto.WrongKey:
            shown = _("contacts.unreadable")
        masked.setdefault(row.contact_id, []).append((row.kind, shown))
    return masked


def covered_phones_in(session: Session, contact_id: int, text: str) -> list[str]:
    """Return which numbers of hers, covered, a covered text holds."""
    if "****" not in text:
        return []
    hers = masked_identities(session, [contact_id]).get(contact_id, [])
    phones = (shown for kind, shown in hers if kind is IdentityKind.PHONE)
    return [shown for shown in dict.fromkeys(phones) if shown in text]


def covers_of(session: Session, covers: Collection[str], store_ids: Collection[int]) -> set[str]:
    """Return which of these covered numbers are those of contacts of some stores."""
    tails = {tail_digest(cover[-TAIL_DIGITS:]) for cover in covers}
    ids = session.scalars(
        select(ContactIdentity.contact_id)
        .join(Contact)
        .where(ContactIdentity.tail_hash.in_(tails), Contact.store_id.in_(store_ids))
    )
    shown = masked_identities(session, ids).values()
    return {value for some in shown for _kind, value in some} & set(covers)


def phone_of(session: Session, contact_id: int) -> str | None:
    """Return her first phone number in full: only for an audited reveal. Raises WrongKey."""
    encrypted = session.scalar(
        select(ContactIdentity.value_encrypted)
        .where(ContactIdentity.contact_id == contact_id, ContactIdentity.kind == IdentityKind.PHONE)
        .order_by(ContactIdentity.id)
        .limit(1)
    )
    return None if encrypted is None else crypto.decrypt(encrypted, purpose="identity")


def some_sealed(session: Session, most: int) -> list[str]:
    """Return some identities as they are stored: to see whether a key opens them."""
    return list(session.scalars(select(ContactIdentity.value_encrypted).limit(most)))
