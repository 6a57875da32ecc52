"""History in bulk: many contacts, tags and touches by few statements, by the rules of the services.

Thousands of rows through one call each would take most of a minute. What a person could have done
lately goes through the services themselves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from crm import crypto
from crm.accounts.rules import Actor
from crm.attention.models import Touch
from crm.attention.rules import Topic, TouchKind
from crm.audit.models import AuditEntry
from crm.contacts.models import (
    Consent,
    Contact,
    ContactIdentity,
    ContactMove,
    ContactTag,
)
from crm.contacts.queries import identity_digest, tail_digest
from crm.contacts.rules import (
    TAIL_DIGITS,
    IdentityKind,
    NewContact,
    normalise_identity,
    search_text,
)
from crm.contacts.service import Retold, index_texts

_CONTACTS = cast("Table", Contact.__table__)
"""Updates of many rows go past the objects: nobody edits them, their version stays."""


@dataclass(frozen=True)
class Entry:
    """A contact to log, by whom and when."""

    command: NewContact
    actor: Actor
    at: datetime


@dataclass
class Known:
    """What the rest of the seeding has to know of a contact."""

    id: int
    name: str
    store_id: int
    owner_id: int
    created_at: datetime


def everybody(session: Session) -> dict[int, Known]:
    """Return every contact by id."""
    session.flush()
    columns = (Contact.id, Contact.name, Contact.store_id, Contact.owner_id, Contact.created_at)
    rows = session.execute(select(*columns).order_by(Contact.id))
    return {
        row.id: Known(row.id, row.name, row.store_id, row.owner_id, row.created_at) for row in rows
    }


def write_contacts(session: Session, entries: Sequence[Entry]) -> list[int]:
    """Write contacts without tags, each with phone, move, consent, index; return their ids."""
    if not entries:
        return []
    made = insert(Contact).returning(Contact.id, sort_by_parameter_order=True)
    ids = list(session.scalars(made, [_contact_row(entry) for entry in entries]))
    pairs = list(zip(ids, entries, strict=True))
    phones = [_identity_row(i, e, *one) for i, e in pairs for one in e.command.identities]
    for table, rows in (
        (ContactIdentity, phones),
        (ContactMove, [_move_row(*pair) for pair in pairs]),
        (Consent, [_consent_row(*pair) for pair in pairs]),
        (AuditEntry, [_audit_row(i, "contact.logged", e.actor, e.at) for i, e in pairs]),
    ):
        if rows:
            session.execute(insert(table), rows)
    retold = [Retold(contact_id, "", _searched(entry.command)) for contact_id, entry in pairs]
    index_texts(session.connection(), retold)
    return ids


def _searched(command: NewContact) -> str:
    return search_text(command.name, command.nickname, command.remark)


def _contact_row(entry: Entry) -> dict[str, Any]:
    command = entry.command
    return {
        "store_id": command.store_id,
        "owner_id": command.owner_id,
        "name": command.name,
        "search_text": _searched(command),
        "created_at": entry.at,
        "created_by": entry.actor.id,
        "active_at": entry.at,
    }


def _identity_row(contact_id: int, entry: Entry, kind: IdentityKind, value: str) -> dict[str, Any]:
    plain = normalise_identity(kind, value)
    return {
        "contact_id": contact_id,
        "kind": kind,
        "value_encrypted": crypto.encrypt(plain, purpose="identity"),
        "value_hash": identity_digest(kind, plain),
        "tail_hash": tail_digest(plain[-TAIL_DIGITS:]),
        "added_at": entry.at,
    }


def _move_row(contact_id: int, entry: Entry) -> dict[str, Any]:
    moved = entry.command.moved_from
    assert moved is not None  # noqa: S101  everybody in the demo came from somewhere
    return {
        "contact_id": contact_id,
        "kind": moved.kind,
        "from_store_id": moved.store_id,
        "moved_at": moved.at,
        "moved_by": entry.actor.id,
        "recorded_at": entry.at,
    }


def _consent_row(contact_id: int, entry: Entry) -> dict[str, Any]:
    given = entry.command.consent
    assert given is not None  # noqa: S101  as above
    return {
        "contact_id": contact_id,
        "basis": given.basis,
        "given_at": given.at,
        "note": given.note,
        "recorded_by": entry.actor.id,
        "recorded_at": entry.at,
    }


def _audit_row(contact_id: int, action: str, actor: Actor, at: datetime) -> dict[str, Any]:
    return {"at": at, "actor_id": actor.id, "action": action, "subject": f"contact:{contact_id}"}


def tag_contacts(
    session: Session, contact_ids: Sequence[int], name: str, *, actor: Actor, at: datetime
) -> None:
    """Give contacts a tag that none of them has."""
    columns = (Contact.id, Contact.name, Contact.nickname, Contact.remark, Contact.search_text)
    tags: dict[int, list[str]] = {}
    for contact_id, tag in session.execute(select(ContactTag.contact_id, ContactTag.tag)):
        tags.setdefault(contact_id, []).append(tag)
    texts, told = [], []
    for row in session.execute(select(*columns).where(Contact.id.in_(contact_ids))):
        text = search_text(row.name, row.nickname, row.remark, (*tags.get(row.id, ()), name))
        texts.append({"of": row.id, "text": text})
        told.append(Retold(row.id, row.search_text, text))
    retold = update(_CONTACTS).where(_CONTACTS.c.id == bindparam("of"))
    session.connection().execute(retold.values(search_text=bindparam("text")), texts)
    index_texts(session.connection(), told)
    marks = [
        {"contact_id": i, "tag": name, "tagged_by": actor.id, "tagged_at": at} for i in contact_ids
    ]
    session.execute(insert(ContactTag), marks)
    entries = [_audit_row(i, "contact.tagged", actor, at) for i in contact_ids]
    session.execute(insert(AuditEntry), entries)


@dataclass(frozen=True)
class Chatted:
    """A touch of the past, charged against the limit like any other."""

    contact_id: int
    staff_id: int
    minutes: int
    kind: TouchKind
    at: datetime
    key: str


def write_touches(session: Session, touches: Iterable[Chatted]) -> None:
    """Write touches, none of which waits for a reason, and move their contacts up in lists."""
    rows = [
        {
            "contact_id": one.contact_id,
            "staff_id": one.staff_id,
            "kind": one.kind,
            "topic": Topic.PRE_SALE,
            "seconds": one.minutes * 60,
            "client_key": one.key,
            "happened_at": one.at,
            "received_at": one.at,
        }
        for one in touches
    ]
    if not rows:
        return
    session.execute(insert(Touch), rows)
    last = select(func.max(Touch.happened_at)).where(Touch.contact_id == _CONTACTS.c.id)
    at = last.correlate(_CONTACTS).scalar_subquery()
    moved = update(_CONTACTS).where(_CONTACTS.c.active_at < at).values(active_at=at)
    session.connection().execute(moved)
