"""The search index follows what contacts say, in the transaction that says it."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from crm.contacts.models import SEARCH, Contact
from crm.contacts.queries.index import next_texts, stored_terms
from crm.contacts.rules import grams, search_text

_COMMAND = "INSERT INTO contact_search (contact_search, rowid, grams) VALUES"
_FORGET = text(f"{_COMMAND} ('delete', :rowid, :grams)")
_FORGET_ALL = text(f"{_COMMAND} ('delete-all', NULL, NULL)")
_UPSERT = postgresql.insert(SEARCH)
_UPSERT = _UPSERT.on_conflict_do_update(
    index_elements=["rowid"], set_={"grams": _UPSERT.excluded.grams}
)


class Retold(NamedTuple):
    """Whose text changed: as it stands in the index ("" for a new contact), and as it is now."""

    contact_id: int
    indexed: str
    now: str


def index_contact(session: Session, contact: Contact, tags: tuple[str, ...]) -> None:
    """Let a contact be found by what she is called, remarked of and tagged with now."""
    indexed = contact.search_text or ""
    contact.search_text = search_text(contact.name, contact.nickname, contact.remark, tags)
    index_texts(session.connection(), [Retold(contact.id, indexed, contact.search_text)])


def index_texts(connection: Connection, retold: Iterable[Retold]) -> None:
    """Bring the index to the texts of these contacts, which the caller has written."""
    changed = [one for one in retold if one.indexed != one.now]
    if connection.dialect.name == "sqlite":
        # What is forgotten must be exactly what was put in: the index keeps no copy of it.
        _send(
            connection, _FORGET, [(one.contact_id, one.indexed) for one in changed if one.indexed]
        )
        _send(connection, insert(SEARCH), [(one.contact_id, one.now) for one in changed])
    else:
        _send(connection, _UPSERT, [(one.contact_id, one.now) for one in changed])


def written_terms(dialect: str, said: str) -> str:
    """Return the terms of somebody new as `insert_rows` takes them."""
    if dialect == "sqlite":
        return str(stored_terms(dialect, grams(said)))
    # As PostgreSQL writes an array: no term holds a sign that would have to be quoted.
    return "{" + ",".join(grams(said)) + "}"


def _send(connection: Connection, statement: Any, texts: Sequence[tuple[int, str]]) -> None:
    dialect = connection.dialect.name
    rows = [{"rowid": of, "grams": stored_terms(dialect, grams(said))} for of, said in texts]
    if rows:
        connection.execute(statement, rows)


def rebuild_index(connection: Connection) -> int:
    """Make the index anew; returns how many contacts it holds.

    In one transaction: SQLite's index cannot forget words of somebody whom it does not hold yet.
    PostgreSQL's is packed at the end: one that grew by insertion is a fifth larger.
    """
    connection.execute(_FORGET_ALL if connection.dialect.name == "sqlite" else delete(SEARCH))
    last = count = 0
    while rows := next_texts(connection, last):
        index_texts(connection, [Retold(of, "", said) for of, said in rows])
        last, count = rows[-1][0], count + len(rows)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("REINDEX INDEX ix_contact_search_grams")
    return count
