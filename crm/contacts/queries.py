"""Every select about contacts. Whoever is named to a person passes through the actor's stores."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, false, func, literal, or_, select, tuple_, union
from sqlalchemy.orm import Session

from crm import crypto
from crm.accounts.models import Staff
from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.contacts.models import (
    Consent,
    Contact,
    ContactGram,
    ContactIdentity,
    ContactMove,
    ContactTag,
)
from crm.contacts.rules import (
    ContactHit,
    ContactName,
    IdentityKind,
    PhoneWrong,
    SearchKey,
    mask_identity,
    normalise_identity,
    search_key,
)
from crm.db import UtcDateTime
from crm.groups.models import ChatGroup
from crm.stores.models import Store

_NAMES = select(Contact.id, Contact.name, Contact.store_id, Store.name.label("store_name")).join(
    Store, Store.id == Contact.store_id
)
_NAMES_BY_ID = _NAMES.where(Contact.id.in_(bindparam("ids", expanding=True)))
_IDENTITIES = (
    select(ContactIdentity.contact_id, ContactIdentity.kind, ContactIdentity.value_encrypted)
    .where(ContactIdentity.contact_id.in_(bindparam("ids", expanding=True)))
    .order_by(ContactIdentity.contact_id, ContactIdentity.id)
)
_MOVES = (
    select(
        ContactMove.id,
        ContactMove.kind,
        ContactMove.detail,
        ContactMove.moved_at,
        Store.name.label("store_name"),
        ChatGroup.name.label("group_name"),
        Staff.name.label("staff_name"),
    )
    .outerjoin(Store, Store.id == ContactMove.from_store_id)
    .outerjoin(ChatGroup, ChatGroup.id == ContactMove.from_group_id)
    .outerjoin(Staff, Staff.id == ContactMove.moved_by)
    .where(ContactMove.contact_id == bindparam("contact_id"))
    .order_by(ContactMove.moved_at.desc(), ContactMove.id.desc())
)


def identity_digest(kind: IdentityKind, value: str) -> str:
    """Return the keyed hash by which a whole normalised identity is found."""
    return crypto.digest(value, purpose=f"identity:{kind.value}")


def tail_digest(tail: str) -> str:
    """Return the keyed hash by which the last four digits of a phone are found."""
    return crypto.digest(tail, purpose="phone tail")


def visible_contact(session: Session, contact_id: int, actor: Actor | None) -> Contact:
    """Return a contact of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(Contact).where(Contact.id == contact_id, in_scope(Contact.store_id, actor))
    ).one()


def contact_for_update(session: Session, contact_id: int, actor: Actor | None) -> Contact:
    """Return and lock a contact of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(Contact)
        .where(Contact.id == contact_id, in_scope(Contact.store_id, actor))
        .with_for_update()
    ).one()


def contact_names(session: Session, ids: Iterable[int]) -> dict[int, ContactName]:
    """Return how these contacts are named."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {row.id: ContactName(*row) for row in session.execute(_NAMES_BY_ID, {"ids": wanted})}


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


def contacts_by_alias(
    session: Session, aliases: Iterable[str], store_ids: Iterable[int]
) -> dict[str, list[ContactName]]:
    """Return who in these stores bears each name or nickname, exactly as written."""
    wanted, stores = sorted(set(aliases)), sorted(set(store_ids))
    if not wanted or not stores:
        return {}
    rows = session.execute(
        _NAMES.add_columns(Contact.nickname)
        .where(
            or_(Contact.name.in_(wanted), Contact.nickname.in_(wanted)),
            Contact.store_id.in_(stores),
        )
        .order_by(Contact.id)
    )
    found: dict[str, list[ContactName]] = {}
    for row in rows:
        person = ContactName(row.id, row.name, row.store_id, row.store_name)
        for alias in {row.name, row.nickname} & set(wanted):
            found.setdefault(alias, []).append(person)
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
    """Return what may be shown of these contacts' identities."""
    masked: dict[int, list[tuple[IdentityKind, str]]] = {}
    for row in session.execute(_IDENTITIES, {"ids": sorted(set(contact_ids))}):
        value = crypto.decrypt(row.value_encrypted, purpose="identity")
        masked.setdefault(row.contact_id, []).append((row.kind, mask_identity(row.kind, value)))
    return masked


def phone_of(session: Session, contact_id: int) -> str | None:
    """Return her first phone number in full: only for an audited reveal."""
    encrypted = session.scalar(
        select(ContactIdentity.value_encrypted)
        .where(ContactIdentity.contact_id == contact_id, ContactIdentity.kind == IdentityKind.PHONE)
        .order_by(ContactIdentity.id)
        .limit(1)
    )
    return None if encrypted is None else crypto.decrypt(encrypted, purpose="identity")


def moves_of(session: Session, contact_id: int) -> list[Row[Any]]:
    """Return where she came from, newest first."""
    return list(session.execute(_MOVES, {"contact_id": contact_id}))


def consents_of(session: Session, contact_id: int) -> list[Consent]:
    """Return the grounds on which she is kept, newest first."""
    return list(
        session.scalars(
            select(Consent)
            .where(Consent.contact_id == contact_id)
            .order_by(Consent.given_at.desc(), Consent.id.desc())
        )
    )


def tags_of(session: Session, contact_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Return the tags that people gave to these contacts."""
    tags: dict[int, list[str]] = {}
    rows = session.execute(
        select(ContactTag.contact_id, ContactTag.tag)
        .where(ContactTag.contact_id.in_(sorted(set(contact_ids))))
        .order_by(ContactTag.tagged_at, ContactTag.tag)
    )
    for row in rows:
        tags.setdefault(row.contact_id, []).append(row.tag)
    return {contact_id: tuple(names) for contact_id, names in tags.items()}


def tag_row(session: Session, contact_id: int, tag: str) -> ContactTag | None:
    """Return one tag of one contact."""
    return session.get(ContactTag, (contact_id, tag))


def opted_out(session: Session, contact_ids: Iterable[int]) -> dict[int, datetime]:
    """Return which of these contacts asked not to be contacted, and since when."""
    rows = session.execute(
        select(Contact.id, Contact.do_not_contact_at).where(
            Contact.id.in_(sorted(set(contact_ids))), Contact.do_not_contact_at.is_not(None)
        )
    )
    return {row.id: row.do_not_contact_at for row in rows}


def grams_of(session: Session, contact_id: int) -> set[str]:
    """Return the index terms that stand for a contact now."""
    return set(
        session.scalars(select(ContactGram.gram).where(ContactGram.contact_id == contact_id))
    )


def _ids_by_text(key: SearchKey) -> Any:
    """Index first, then the folded text of each hit: a term in another field is no match."""
    first, *rest = sorted(key.grams, key=lambda gram: (-len(gram), gram))
    hits = select(ContactGram.contact_id).join(Contact, Contact.id == ContactGram.contact_id)
    hits = hits.where(ContactGram.gram == first)
    for gram in rest:
        other = ContactGram.__table__.alias()
        hits = hits.where(
            select(other.c.contact_id)
            .where(other.c.gram == gram, other.c.contact_id == ContactGram.contact_id)
            .exists()
        )
    for word in key.text.split():
        hits = hits.where(Contact.search_text.contains(word, autoescape=True))
    return hits


def matching_ids(key: SearchKey) -> Any:
    """Return the select of contact ids that a search finds, before the actor's scope."""
    parts = [_ids_by_text(key)] if key.grams else []
    identities = select(ContactIdentity.contact_id).where(
        ContactIdentity.kind == IdentityKind.PHONE
    )
    if key.phone:
        digest = identity_digest(IdentityKind.PHONE, key.phone)
        parts.append(identities.where(ContactIdentity.value_hash == digest))
    if key.tail:
        parts.append(identities.where(ContactIdentity.tail_hash == tail_digest(key.tail)))
    return parts[0] if len(parts) == 1 else union(*parts)


def search_contacts(
    session: Session, q: str, actor: Actor | None, limit: int = 20
) -> list[ContactHit]:
    """Return the actor's contacts that a typed query finds, latest active first.

    By name, nickname, remark, tag, pinyin initials, whole phone number and its last four digits.
    """
    key = search_key(q)
    if key.empty:
        return []
    rows = session.execute(
        select(
            Contact.id,
            Contact.name,
            Contact.nickname,
            Contact.store_id,
            Store.name.label("store_name"),
        )
        .join(Store, Store.id == Contact.store_id)
        .where(Contact.id.in_(matching_ids(key)), in_scope(Contact.store_id, actor))
        .order_by(Contact.active_at.desc(), Contact.id.desc())
        .limit(limit)
    )
    return [ContactHit(*row) for row in rows]


def recently_added(session: Session, actor: Actor, limit: int) -> list[int]:
    """Return the ids of the contacts that were logged last in the actor's stores."""
    return list(
        session.scalars(
            select(Contact.id)
            .where(in_scope(Contact.store_id, actor))
            .order_by(Contact.active_at.desc(), Contact.id.desc())
            .limit(limit)
        )
    )


def group_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the groups of the actor's stores that somebody may have come from."""
    rows = session.execute(
        select(ChatGroup.id, ChatGroup.name)
        .where(in_scope(ChatGroup.store_id, actor))
        .order_by(ChatGroup.name, ChatGroup.id)
    )
    return [(row.id, row.name) for row in rows]


def known_in_scope(session: Session, contact_id: int, actor: Actor) -> ContactName | None:
    """Return how a contact is named, or None where she is not in the actor's stores."""
    name = contact_names(session, [contact_id]).get(contact_id)
    return name if name is not None and actor.sees(name.store_id) else None


def contacts_in_scope(session: Session, ids: Iterable[int], actor: Actor | None) -> set[int]:
    """Return which of these contacts are the actor's."""
    found = select(Contact.id).where(Contact.id.in_(set(ids)), in_scope(Contact.store_id, actor))
    return set(session.scalars(found))


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of a list for programs; what is empty is not asked."""

    q: str = ""
    store_id: int | None = None
    tag: str = ""


def contact_page(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    after: tuple[datetime, int] | None,
    most: int,
) -> list[Contact]:
    """Return contacts of the actor's stores, latest active first, from behind a row on."""
    statement = select(Contact).where(in_scope(Contact.store_id, actor))
    if wanted.q:
        key = search_key(wanted.q)
        statement = statement.where(false() if key.empty else Contact.id.in_(matching_ids(key)))
    if wanted.store_id is not None:
        statement = statement.where(Contact.store_id == wanted.store_id)
    if wanted.tag:
        tagged = select(ContactTag.contact_id).where(ContactTag.tag == wanted.tag)
        statement = statement.where(Contact.id.in_(tagged))
    if after is not None:
        statement = statement.where(
            tuple_(Contact.active_at, Contact.id)
            < tuple_(literal(after[0], UtcDateTime), literal(after[1]))
        )
    latest = statement.order_by(Contact.active_at.desc(), Contact.id.desc())
    return list(session.scalars(latest.limit(most)))
