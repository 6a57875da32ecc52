"""Search: the index first, then the words of each hit; never a scan of the book."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import false, literal, select, tuple_, union
from sqlalchemy.orm import Session

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.contacts.models import Contact, ContactGram, ContactIdentity, ContactTag
from crm.contacts.queries.identities import identity_digest, tail_digest
from crm.contacts.rules import ContactHit, IdentityKind, SearchKey, search_key
from crm.db import UtcDateTime
from crm.stores.models import Store


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
        .where(
            Contact.id.in_(matching_ids(key)),
            in_scope(Contact.store_id, actor),
            Contact.merged_into_id.is_(None),
        )
        .order_by(Contact.active_at.desc(), Contact.id.desc())
        .limit(limit)
    )
    return [ContactHit(*row) for row in rows]


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
    statement = select(Contact).where(
        in_scope(Contact.store_id, actor), Contact.merged_into_id.is_(None)
    )
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
