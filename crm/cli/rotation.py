"""Every stored secret is sealed anew with the newest key, some rows in a transaction.

It can be broken off anywhere and begun again: a row says itself with which key it is sealed. What
others seal meanwhile is found by another pass; what nobody finds opens with the older key for ever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session, sessionmaker

from crm import crypto
from crm.contacts.models import ContactFilePart, ContactIdentity
from crm.contacts.service.files import SEALED as CONTACT_FILE
from crm.db import transaction
from crm.integrations.models import Channel, OutsidePing
from crm.integrations.queries import sealed_for_update
from crm.integrations.service import SEALED as CHANNEL
from crm.orders.models import OrderFile
from crm.orders.service.files import SEALED as ORDER_FILE

COLUMNS: Sequence[tuple[Any, str]] = (
    (ContactIdentity.value_encrypted, "identity"),
    (Channel.sealed_url, CHANNEL),
    (Channel.sealed_secret, CHANNEL),
    (OutsidePing.sealed_url, CHANNEL),
    (ContactFilePart.content, CONTACT_FILE),
    (OrderFile.content, ORDER_FILE),
)
"""Where secrets lie, and for what each is sealed; a test holds it against the tables."""
PASSES = 5
LARGE = 20
"""Rows of files in a transaction: each may have megabytes."""


@dataclass(frozen=True)
class Change:
    """What a pass over everything did; `lost` open with no key."""

    renewed: int
    lost: int


def passes(factory: sessionmaker[Session], batch: int) -> Iterator[Change]:
    """Go over everything until nothing is left to do, or others seal faster than this."""
    for _pass in range(PASSES):
        found = [
            _some(factory, column, purpose, rows)
            for column, purpose in COLUMNS
            for rows in [LARGE if purpose in {CONTACT_FILE, ORDER_FILE} else batch]
        ]
        change = Change(sum(one.renewed for one in found), sum(one.lost for one in found))
        yield change
        if not change.renewed:
            return


def _some(factory: sessionmaker[Session], column: Any, purpose: str, batch: int) -> Change:
    renewed = lost = 0
    some: Sequence[Any] = ()
    while True:
        with transaction(factory) as session:
            some = sealed_for_update(session, column, after=some[-1] if some else None, most=batch)
            values, unread = _sealed_anew(some, purpose)
            if values:
                session.connection().execute(_change(column), values)
        renewed, lost = renewed + len(values), lost + unread
        if len(some) < batch:
            return Change(renewed, lost)


def _sealed_anew(rows: Sequence[Any], purpose: str) -> tuple[list[dict[str, Any]], int]:
    """Return what to write, and how many open with no key."""
    values, lost = [], 0
    for *key, old in rows:
        try:
            new = crypto.renewed(old, purpose=purpose)
        except crypto.WrongKey:
            lost += 1
            continue
        if new is not None:
            values.append({f"key_{n}": one for n, one in enumerate(key)} | {"old": old, "new": new})
    return values, lost


def _change(column: Any) -> Any:
    """A row that somebody sealed meanwhile is left: it is newer."""
    table = column.class_.__table__
    keys = (one == bindparam(f"key_{n}") for n, one in enumerate(table.primary_key))
    return update(table).where(*keys, column == bindparam("old")).values({column: bindparam("new")})
