"""Search: the index first, then the text of each hit.

Two ways to the latest hits
Decision (accepted): few hits are joined and sorted; of many, the latest are met soon on a walk
that begins with whoever was active last. A walk that meets too few is given up for the join.
What may be said of nearly everybody is walked to first, a little: a single character, and on
PostgreSQL every word. Where that meets enough, the index is not asked how many there are.
Context: among a million, sorting the hits of a surname takes 50 ms and the walk 0.2 ms; for a rare
word it is the other way round. PostgreSQL's index reads all hits of a term before it gives one,
and its prepared plans, which do not know the terms, would read the book: so there the index is
asked by itself, and what it finds is joined as numbers.
Consequences: a search costs its hits at worst, never the book.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.contacts.models import Contact, ContactIdentity, ContactTag
from crm.contacts.queries.identities import identity_digest, tail_digest
from crm.contacts.queries.index import asked_terms, contains, holders, is_among
from crm.contacts.rules import ContactHit, IdentityKind, SearchKey, search_key
from crm.db import UtcDateTime, fixed, reading
from crm.stores.models import Store

MANY = {"sqlite": 4_000, "postgresql": 1_300}
"""More hits than these are walked to instead of sorted."""
STEP, WALK = 2_500, {"sqlite": 30_000, "postgresql": 45_000}
"""So many contacts a walk looks at: for what is said of nearly everybody, and for what many are."""
ENOUGH = 10
"""Where the short walk met this part of the wanted, the long one will meet them all."""

Place = tuple[datetime, int]
"""Where a contact stands in lists: when she was last active, and her id."""
_CONTACT = Contact.__table__.c
_WALKED = ("id", "active_at", "merged_into_id", "store_id", "search_text")
_PHONES = select(ContactIdentity.contact_id).where(ContactIdentity.kind == IdentityKind.PHONE)
_NUMBERS = {
    "phone": _PHONES.where(ContactIdentity.value_hash == bindparam("phone")),
    "tail": _PHONES.where(ContactIdentity.tail_hash == bindparam("tail")),
}
_TAGGED = select(ContactTag.contact_id).where(ContactTag.tag == bindparam("tag"))
_HIT = (Contact.id, Contact.name, Contact.nickname, Contact.store_id, Store.name)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of a list for programs; what is empty is not asked."""

    q: str = ""
    store_id: int | None = None
    tag: str = ""


def search_contacts(
    session: Session, q: str, actor: Actor | None, limit: int = 20
) -> list[ContactHit]:
    """Return the actor's contacts that a typed query finds, latest active first.

    By name, nickname, remark, tag, pinyin initials, whole phone number and its last four digits.
    """
    asking = _Asking(reading(session), limit, as_hits=True)
    rows = _found(asking, Wanted(q), actor, None) if q else ()
    return [ContactHit(*values) for values in map(tuple, rows)]


def contact_page(
    session: Session, actor: Actor, wanted: Wanted, *, after: Place | None, most: int
) -> list[Contact]:
    """Return contacts of the actor's stores, latest active first, from behind a place on."""
    ids = found_ids(session, wanted, actor, after=after, most=most)
    latest = (Contact.active_at.desc(), Contact.id.desc())
    return list(session.scalars(select(Contact).where(Contact.id.in_(ids)).order_by(*latest)))


def found_ids(
    session: Session, wanted: Wanted, actor: Actor | None, *, after: Place | None = None, most: int
) -> list[int]:
    """Return the ids of the actor's contacts that fit, latest active first."""
    return [row.id for row in _found(_Asking(reading(session), most), wanted, actor, after)]


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who is asked for how many, and whether for more than their ids."""

    connection: Connection
    most: int
    as_hits: bool = False

    @property
    def dialect(self) -> str:
        return self.connection.dialect.name

    def rows(self, values: dict[str, Any], *, walk: int = 0) -> Sequence[Row[Any]]:
        shape = (self.dialect, frozenset(values), self.most)
        statement = _hits(*shape, walk) if self.as_hits else _ids(*shape, walk)
        return self.connection.execute(statement, values).all()


def _found(
    asking: _Asking, wanted: Wanted, actor: Actor | None, after: Place | None
) -> Sequence[Row[Any]]:
    values = _filters(wanted, actor, after)
    if not wanted.q:
        return asking.rows(values)
    key = search_key(wanted.q)
    if key.empty:
        return []
    values |= _question(key)
    terms = asked_terms(asking.dialect, key.grams)
    met = asking.rows(values, walk=STEP) if _may_be_many(asking, key) else ()
    if len(met) == asking.most:
        return met
    will_do = ENOUGH * len(met) >= asking.most
    if not will_do and (few := _few(asking, terms)) is not None:
        return asking.rows(values | few)
    if len(met := asking.rows(values, walk=WALK[asking.dialect])) == asking.most:
        return met
    return asking.rows(values | _all(asking, terms))


def _filters(wanted: Wanted, actor: Actor | None, after: Place | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if actor is not None and actor.store_ids is not None:
        values["stores"] = sorted(actor.store_ids)
    if wanted.store_id is not None:
        values["store"] = wanted.store_id
    if wanted.tag:
        values["tag"] = wanted.tag
    if after is not None:
        values |= {"after_at": after[0], "after_id": after[1]}
    return values


def _question(key: SearchKey) -> dict[str, Any]:
    """Return what is asked as statements take it: words and keyed hashes."""
    values = {f"word_{number}": word for number, word in enumerate(key.words)}
    if key.phone:
        values["phone"] = identity_digest(IdentityKind.PHONE, key.phone)
    if key.tail:
        values["tail"] = tail_digest(key.tail)
    return values


def _may_be_many(asking: _Asking, key: SearchKey) -> bool:
    """Whether to walk a little before the index is asked, which PostgreSQL's makes dear."""
    return key.broad or (asking.dialect == "postgresql" and not key.text.isdigit())


def _few(asking: _Asking, terms: Any) -> dict[str, Any] | None:
    """Return what binds the hits of these terms to the statement; None if they are many."""
    most, asked = MANY[asking.dialect], {"terms": terms}
    if asking.dialect == "sqlite":
        many = (asking.connection.scalar(_count(most + 1), asked) or 0) > most
        return None if many else asked
    found = list(asking.connection.scalars(_some(asking.dialect, most + 1), asked))
    return None if len(found) > most else {"found": found}


def _all(asking: _Asking, terms: Any) -> dict[str, Any]:
    if asking.dialect == "sqlite":
        return {"terms": terms}
    return {"found": list(asking.connection.scalars(holders(asking.dialect), {"terms": terms}))}


@lru_cache(maxsize=4)
def _some(dialect: str, most: int) -> Select[int]:
    return holders(dialect).limit(fixed(most))


@lru_cache(maxsize=4)
def _count(most: int) -> Select[int]:
    return select(func.count()).select_from(_some("sqlite", most).subquery())


@lru_cache(maxsize=128)
def _hits(dialect: str, bound: frozenset[str], most: int, walk: int) -> Any:
    chosen = _ids(dialect, bound, most, walk).subquery()
    hits = select(*_HIT).join(chosen, chosen.c.id == Contact.id).join(Store)
    return hits.order_by(Contact.active_at.desc(), Contact.id.desc())


@lru_cache(maxsize=128)
def _ids(dialect: str, bound: frozenset[str], most: int, walk: int) -> Select[Any]:
    """Build each shape of the question once, from the names of what is bound to it.

    Its numbers are written out: plans of PostgreSQL know them.
    """
    people = _walked(bound, walk) if walk else _CONTACT
    conditions = [people.merged_into_id.is_(None), *_narrowed(people, bound, walk)]
    if "word_0" in bound:
        conditions.append(_matches(dialect, people, bound, walk))
    chosen = select(people.id).where(*conditions).limit(fixed(most))
    if walk and dialect == "sqlite":  # goes through them as they come and stops; sorting reads all
        return chosen
    return chosen.order_by(people.active_at.desc(), people.id.desc())


def _walked(bound: frozenset[str], walk: int) -> Any:
    """Return the columns of whoever was active last, behind the place where the page begins."""
    latest = select(*(_CONTACT[name] for name in _WALKED))
    if "after_id" in bound:
        latest = latest.where(_is_after(_CONTACT))
    latest = latest.order_by(_CONTACT.active_at.desc(), _CONTACT.id.desc())
    return latest.limit(fixed(walk)).subquery("walked").c


def _is_after(people: Any) -> Any:
    place = tuple_(bindparam("after_at", type_=UtcDateTime()), bindparam("after_id"))
    return tuple_(people.active_at, people.id) < place


def _narrowed(people: Any, bound: frozenset[str], walk: int) -> list[Any]:
    """Return the conditions of the filters that are bound."""
    conditions = {
        "stores": people.store_id.in_(bindparam("stores", expanding=True)),
        "store": people.store_id == bindparam("store"),
        "tag": people.id.in_(_TAGGED),
    }
    if not walk:
        conditions["after_id"] = _is_after(people)
    return [condition for name, condition in conditions.items() if name in bound]


def _matches(dialect: str, people: Any, bound: frozenset[str], walk: int) -> Any:
    """Return the condition that a contact is meant; on a walk the index is not asked."""
    words = sorted(name for name in bound if name.startswith("word_"))
    text = [contains(dialect, people.search_text, bindparam(word)) for word in words]
    numbers = [numbered for name, numbered in _NUMBERS.items() if name in bound]
    if walk:
        return or_(and_(*text), *(people.id.in_(numbered) for numbered in numbers))
    if "found" in bound:
        text.append(is_among(dialect, people.id, "found"))
    else:
        text.append(people.id.in_(holders(dialect)))
    if not numbers:
        return and_(*text)
    return people.id.in_(union(select(people.id).where(*text), *numbers))
