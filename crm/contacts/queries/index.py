"""The search index in statements, the same on both databases: whose text holds these terms."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    Text,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from crm.contacts.models import SEARCH, Contact
from crm.contacts.rules import grams

_ASKED = {
    "sqlite": literal_column(SEARCH.name).op("MATCH")(bindparam("terms")),
    "postgresql": SEARCH.c.grams.op("@>")(bindparam("terms", type_=ARRAY(Text))),
}
_CONTAINS = {"sqlite": func.instr, "postgresql": func.strpos}
PART = 5_000
_TEXTS = (
    select(Contact.id, Contact.search_text)
    .where(Contact.id > bindparam("after"))
    .order_by(Contact.id)
    .limit(PART)
)


def holders(dialect: str) -> Select[int]:
    """Return the select of who is indexed under all `terms`; her text is still to be checked."""
    return select(SEARCH.c.rowid).where(_ASKED[dialect])


def is_among(dialect: str, column: Any, name: str) -> Any:
    """Return the condition that a column is one of the numbers bound to this name.

    On PostgreSQL one array: a list would make another statement of every length.
    """
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(Integer)))
    return column.in_(bindparam(name, expanding=True))


def asked_terms(dialect: str, terms: Iterable[str]) -> Any:
    """Return the value of `terms`: none of them can hold a quotation mark."""
    if dialect == "sqlite":
        return " AND ".join(f'"{term}"' for term in sorted(terms))
    return sorted(terms)


def stored_terms(dialect: str, terms: Iterable[str]) -> Any:
    """Return the terms of a text as the index takes them."""
    return " ".join(sorted(terms)) if dialect == "sqlite" else sorted(terms)


def contains(dialect: str, whole: Any, part: Any) -> Any:
    """Return the condition that a text holds a part, letter by letter."""
    return _CONTAINS[dialect](whole, part) > 0


def next_texts(connection: Connection, after: int) -> list[tuple[int, str]]:
    """Return the next contacts by id with what stands in the index of them."""
    return [(row.id, row.search_text) for row in connection.execute(_TEXTS, {"after": after})]


def is_unfilled(connection: Connection) -> bool:
    """Say whether there are contacts and the index does not know the first: it is a new one."""
    dialect = connection.dialect.name
    for contact_id, said in next_texts(connection, 0):
        if terms := grams(said):
            asked = holders(dialect).where(SEARCH.c.rowid == contact_id)
            return connection.scalar(asked, {"terms": asked_terms(dialect, terms)}) is None
    return False
