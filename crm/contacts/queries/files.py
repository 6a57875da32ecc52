"""What taking a customer file asks: its parts, whose each identity is, what the book has."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import BindParameter, Row, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from crm.accounts.models import Staff, StaffStore
from crm.accounts.rules import ALL_STORES
from crm.contacts.models import (
    ColumnChoice,
    Contact,
    ContactFilePart,
    ContactIdentity,
    ContactNote,
    ContactTag,
    ForgottenIdentity,
)
from crm.contacts.queries.merging import led_to
from crm.contacts.rules import IdentityKind
from crm.db import reading

IN_CHUNK = 500
"""Values in one IN list: both databases limit the parameters of a statement."""
IdentityKey = tuple[IdentityKind, str]
"""Kind and keyed hash."""

_STAFF = (
    select(Staff.id, Staff.name, Staff.login, Staff.role, StaffStore.store_id)
    .outerjoin(StaffStore, StaffStore.staff_id == Staff.id)
    .where(
        Staff.disabled_at.is_(None), Staff.role.in_(ALL_STORES) | StaffStore.store_id.is_not(None)
    )
)
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_HOLDERS = select(
    ContactIdentity.kind,
    ContactIdentity.value_hash,
    ContactIdentity.rank,
    ContactIdentity.contact_id,
    Contact.merged_into_id,
)
_HOLDERS = _HOLDERS.join(Contact, Contact.id == ContactIdentity.contact_id).where(
    ContactIdentity.kind == bindparam("kind")
)
_HOLDERS_OF = {
    "sqlite": _HOLDERS.where(ContactIdentity.value_hash.in_(bindparam("hashes", expanding=True))),
    "postgresql": _HOLDERS.where(
        ContactIdentity.value_hash == any_(bindparam("hashes", type_=ARRAY(Text)))
    ),
}
"""PostgreSQL takes all of them as one value, which costs half as much as a list."""
_PEOPLE = select(
    Contact.id,
    Contact.store_id,
    Contact.owner_id,
    Contact.name,
    Contact.nickname,
    Contact.remark,
    Contact.phone_hint,
    Contact.search_text,
    Contact.version,
).where(Contact.id.in_(_IDS))
_KEYS = select(ContactIdentity.contact_id, ContactIdentity.kind, ContactIdentity.value_hash).where(
    ContactIdentity.contact_id.in_(_IDS)
)
_TAGS = (
    select(ContactTag.contact_id, ContactTag.tag)
    .where(ContactTag.contact_id.in_(_IDS))
    .order_by(ContactTag.tagged_at, ContactTag.tag)
)
_ANYBODY_FORGOTTEN = select(ForgottenIdentity.value_hash).limit(1)
_FORGOTTEN = select(ForgottenIdentity.value_hash).where(
    ForgottenIdentity.value_hash.in_(bindparam("some", expanding=True))
)
_NOTES = select(ContactNote.contact_id, ContactNote.content_hash).where(
    ContactNote.contact_id.in_(_IDS)
)


def identity_holders(
    session: Session, keys: Iterable[IdentityKey]
) -> dict[IdentityKey, list[tuple[int, int]]]:
    """Return rank and contact of everybody who has one of these identities, by rank.

    Who was merged stands for whom she leads to: what is written to her nobody would see.
    """
    hashes: dict[IdentityKind, list[str]] = {}
    for kind, value_hash in keys:
        hashes.setdefault(kind, []).append(value_hash)
    found: dict[IdentityKey, list[tuple[int, int]]] = {}
    merged: set[int] = set()
    connection = reading(session)
    dialect = connection.dialect.name
    for kind, asked_for in hashes.items():
        wanted = sorted(asked_for)
        for chunk in [wanted] if dialect == "postgresql" else _chunks(wanted):
            asked = {"kind": kind, "hashes": chunk}
            for row in connection.execute(_HOLDERS_OF[dialect], asked):
                found.setdefault((row.kind, row.value_hash), []).append((row.rank, row.contact_id))
                if row.merged_into_id is not None:
                    merged.add(row.contact_id)
    leads = led_to(session, merged, hold=False) if merged else {}
    return {
        key: sorted((rank, leads.get(contact, contact)) for rank, contact in holders)
        for key, holders in found.items()
    }


def forgotten_among(session: Session, keys: Iterable[IdentityKey]) -> set[str]:
    """Return which of these keyed hashes are of somebody who was forgotten."""
    if session.scalar(_ANYBODY_FORGOTTEN) is None:  # as nearly always
        return set()
    wanted = sorted({value_hash for _kind, value_hash in keys})
    parts = (session.scalars(_FORGOTTEN, {"some": chunk}) for chunk in _chunks(wanted))
    return {one for part in parts for one in part}


def people_as_known(session: Session, ids: Iterable[int]) -> Iterator[Row[Any]]:
    """Return what the book says of these contacts."""
    yield from _rows(session, _PEOPLE, ids)


def keys_of(session: Session, ids: Iterable[int]) -> Iterator[Row[Any]]:
    """Return the identities of these contacts, by their hashes."""
    yield from _rows(session, _KEYS, ids)


def tags_in_order(session: Session, ids: Iterable[int]) -> Iterator[Row[Any]]:
    """Return the tags of these contacts, a row each."""
    yield from _rows(session, _TAGS, ids)


def note_hashes(session: Session, ids: Iterable[int]) -> Iterator[Row[Any]]:
    """Return which notes these contacts have."""
    yield from _rows(session, _NOTES, ids)


def _rows(session: Session, statement: Any, ids: Iterable[int]) -> Iterator[Row[Any]]:
    for chunk in _chunks(sorted(set(ids))):
        yield from reading(session).execute(statement, {"ids": chunk})


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), IN_CHUNK):
        yield values[start : start + IN_CHUNK]


def next_ids(session: Session, count: int) -> list[int]:
    """Return ids that the next contacts may have. On SQLite only the one writer may ask."""
    if session.get_bind().dialect.name == "postgresql":
        each = func.generate_series(1, count).table_valued()
        return list(session.scalars(select(func.nextval("contact_id_seq")).select_from(each)))
    last = session.scalar(select(func.max(Contact.id))) or 0
    return list(range(last + 1, last + 1 + count))


def staff_as_written(session: Session) -> dict[str, list[tuple[int, int | None]]]:
    """Return the active people by their names and logins, with each store; None is all stores."""
    found: dict[str, list[tuple[int, int | None]]] = {}
    for row in session.execute(_STAFF):
        place = (row.id, None if row.role in ALL_STORES else row.store_id)
        for word in {row.name.casefold(), row.login}:
            if place not in found.setdefault(word, []):
                found[word].append(place)
    return found


def file_part(session: Session, file_id: int, number: int) -> ContactFilePart | None:
    """Return some lines of a file."""
    return session.get(ContactFilePart, (file_id, number))


def file_errors(session: Session, file_id: int, most: int | None = None) -> list[list[Any]]:
    """Return the lines that were not taken, in the order of the file."""
    parts = session.scalars(
        select(ContactFilePart.errors)
        .where(ContactFilePart.file_id == file_id)
        .order_by(ContactFilePart.number)
    )
    found: list[list[Any]] = []
    for errors in parts:
        found += errors
        if most is not None and len(found) >= most:
            return found[:most]
    return found


def chosen_columns(session: Session, header_hash: str) -> dict[str, str] | None:
    """Return how the columns of files with this header were read the last time."""
    return session.scalar(
        select(ColumnChoice.columns).where(ColumnChoice.header_hash == header_hash)
    )


def notes_of(session: Session, contact_id: int) -> list[Row[Any]]:
    """Return what was noted about her elsewhere, newest first."""
    return list(
        session.execute(
            select(ContactNote.id, ContactNote.text, ContactNote.author_name, ContactNote.noted_at)
            .where(ContactNote.contact_id == contact_id)
            .order_by(ContactNote.noted_at.desc(), ContactNote.id.desc())
        )
    )
