"""Writes a plan: rows go in by statements over many, never one object at a time.

What can be made ready before is made ready before, so that the writing transaction lasts as long as
the database itself needs. Where the book has changed since the plan was made nothing may be kept,
and a new plan is made: the unique keys of identities and the versions of contacts tell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Integer, bindparam, func, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm import crypto
from crm.accounts.queries import hold_active
from crm.audit.models import AuditEntry
from crm.contacts.models import (
    SEARCH,
    Consent,
    Contact,
    ContactIdentity,
    ContactMove,
    ContactNote,
    ContactTag,
)
from crm.contacts.queries.files import next_ids
from crm.contacts.queries.identities import tail_digest
from crm.contacts.rules import TAIL_DIGITS, IdentityKind, MoveKind
from crm.contacts.service.indexing import Retold, index_texts, written_terms
from crm.contacts.service.planning import Origin, Person, Plan
from crm.db import for_driver, insert_rows

_COLUMNS: dict[Any, tuple[str, ...]] = {
    Contact: (
        *("id", "store_id", "owner_id", "name", "nickname", "remark", "phone_hint", "search_text"),
        *("created_at", "created_by", "active_at", "version"),
    ),
    ContactIdentity: (
        *("contact_id", "kind", "value_encrypted", "value_hash", "tail_hash", "rank", "added_at"),
    ),
    ContactMove: (
        *("contact_id", "kind", "from_store_id", "detail", "moved_at", "moved_by", "recorded_at"),
    ),
    Consent: ("contact_id", "basis", "given_at", "note", "recorded_by", "recorded_at"),
    ContactTag: ("contact_id", "tag", "tagged_by", "tagged_at"),
    ContactNote: (
        *("contact_id", "text", "author_name", "noted_at", "recorded_by", "recorded_at"),
        "content_hash",
    ),
    AuditEntry: ("subject", "at", "actor_id", "action"),
    SEARCH: ("rowid", "grams"),
}
"""What is written of each table, in this order; in front stands whom a row is about."""
_CHANGE = (
    update(Contact)
    .where(
        Contact.id == bindparam("contact"),
        Contact.version == bindparam("was"),
        Contact.merged_into_id.is_(None),
    )
    .values(
        nickname=bindparam("new_nickname"),
        remark=bindparam("new_remark"),
        phone_hint=bindparam("new_hint"),
        # A book is handed over without a new version: only who is in nobody's gets an owner.
        owner_id=func.coalesce(Contact.owner_id, bindparam("new_owner", type_=Integer)),
        search_text=bindparam("new_text"),
        version=bindparam("was") + 1,
    )
)


T = TypeVar("T")
_TRIES = 5
"""Somebody may be quicker with one of the people, but hardly so often."""


class PlanStale(Exception):
    """Somebody was quicker: the book is no longer what the plan was made from."""


@dataclass(slots=True)
class Ready:
    """A plan as the driver takes it; ids below 0 stand for new people, who have none yet."""

    people: int
    owners: set[int]
    columns: dict[Any, list[Sequence[Any]]] = field(default_factory=dict)
    """What is written of each table, as `_COLUMNS` has it."""
    retold: list[Retold] = field(default_factory=list)
    """Whom the index knows by other words; those of the new are rows as any other."""
    changes: list[dict[str, Any]] = field(default_factory=list)


def make_ready(session: Session, plan: Plan, origin: Origin, *, now: datetime) -> Ready:
    """Encrypt and render what the plan adds."""
    ready = Ready(len(plan.created), plan.owners)
    writer = _Rows(origin, now)
    dialect = session.get_bind().dialect.name
    for person in plan.created:
        text = writer.create(person)
        writer.rows[SEARCH].append((person.id, written_terms(dialect, text)))
    for person in plan.updated:
        text = person.search_text
        ready.retold.append(Retold(person.id, person.old_text, text))
        ready.changes.append(_change(person, text))
        writer.add(person, "contact.completed")
    for table, rows in writer.rows.items():
        if rows:
            ready.columns[table] = for_driver(session, _of(table), _COLUMNS[table], rows)
    return ready


def write(session: Session, ready: Ready) -> None:
    """Write it all. Raises PlanStale, and IntegrityError where somebody has an identity now."""
    if ready.owners - hold_active(session, ready.owners):
        raise PlanStale
    ids = next_ids(session, ready.people)
    for table, (who, *rest) in ready.columns.items():
        named = [each if each > 0 else ids[-1 - each] for each in who]
        first = [f"contact:{each}" for each in named] if table is AuditEntry else named
        insert_rows(session, _of(table), _COLUMNS[table], [first, *rest])
    connection = session.connection()
    if ready.changes:
        changed = connection.execute(_CHANGE, ready.changes).rowcount
        if changed != len(ready.changes):
            raise PlanStale
    index_texts(connection, ready.retold)


def _of(table: Any) -> Any:
    return getattr(table, "__table__", table)


def _change(person: Person, text: str) -> dict[str, Any]:
    return {
        "contact": person.id,
        "was": person.version,
        "new_nickname": person.nickname,
        "new_remark": person.remark,
        "new_hint": person.phone_hint,
        "new_owner": person.new_owner,
        "new_text": text,
    }


class _Rows:
    """Makes the rows of people, table by table."""

    def __init__(self, origin: Origin, now: datetime) -> None:
        self.rows: dict[Any, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
        self.origin, self.now = origin, now
        self.by = None if origin.actor is None else origin.actor.id
        self.tails: dict[str, str] = {}

    def create(self, person: Person) -> str:
        """Add somebody new; returns by what she is found."""
        who, by, now = person.id, self.by, self.now
        since, text = person.joined_at or now, person.search_text
        names = (person.name, person.nickname, person.remark, person.phone_hint)
        row = (who, person.store_id, person.owner_id, *names, text, now, by, since, 1)
        self.rows[Contact].append(row)
        kind = self.origin.moved_kind
        store_id = person.store_id if kind is MoveKind.STORE else None
        self.rows[ContactMove].append((who, kind, store_id, person.source, since, by, now))
        if (basis := self.origin.consent_basis) is not None:
            self.rows[Consent].append((who, basis, since, "", by, now))
        self.add(person, "contact.imported")
        return text

    def add(self, person: Person, action: str) -> None:
        """Add what the file says of somebody and the book has not."""
        who, by, now = person.id, self.by, self.now
        for kind, value, value_hash, rank in person.new_keys:
            sealed = crypto.encrypt(value, purpose="identity")
            tail = self._tail(value) if kind is IdentityKind.PHONE else None
            self.rows[ContactIdentity].append((who, kind, sealed, value_hash, tail, rank, now))
        self.rows[ContactTag] += [(who, tag, by, now) for tag in person.new_tags]
        self.rows[ContactNote] += [
            (who, note.text, note.author, note.at, by, now, note.content_hash)
            for note in person.new_notes
        ]
        self.rows[AuditEntry].append((who, now, by, action))

    def _tail(self, phone: str) -> str:
        tail = phone[-TAIL_DIGITS:]
        if tail not in self.tails:
            self.tails[tail] = tail_digest(tail)
        return self.tails[tail]


def patiently(act: Callable[[], T]) -> T:
    """Act again where somebody was quicker with one of the people. Raises what stays."""
    for _tried in range(_TRIES - 1):
        try:
            return act()
        except (IntegrityError, PlanStale):
            continue
    return act()
