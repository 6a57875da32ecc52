"""Contacts who may be one person: a walk over the book, some at a time, each step by an index."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.contacts.models import Contact, ContactIdentity
from crm.contacts.rules import fold
from crm.db import UtcDateTime
from crm.groups.models import GroupMember
from crm.lifecycle.models import NotTheSame
from crm.lifecycle.rules.duplicates import (
    COMMON,
    Alike,
    Likeness,
    Pair,
    says_enough,
    spellings,
)
from crm.lifecycle.rules.merging import in_order
from crm.orders.models import ShopOrder

STEP = 100
"""Contacts looked at together."""
STEPS_MOST = 10
"""Steps a page takes before it says how far it came."""
PAGE_PAIRS = 20
PARTNERS_MOST = 500
"""Rows that one step reads of people who share something."""

Position = tuple[datetime, int]
_IDS: Any = bindparam("ids", expanding=True)
_one, _two = aliased(ContactIdentity), aliased(ContactIdentity)
_mine, _hers = aliased(Contact), aliased(Contact)
_name, _twin = aliased(GroupMember), aliased(GroupMember)
_NUMBERS = (
    select(_one.contact_id, _two.contact_id)
    .join(
        _two,
        and_(
            _two.kind == _one.kind,
            _two.value_hash == _one.value_hash,
            _two.contact_id != _one.contact_id,
        ),
    )
    .where(_one.contact_id.in_(_IDS))
    .limit(PARTNERS_MOST)
)
_TAILS = (
    select(_one.contact_id, _two.contact_id)
    .join(_two, and_(_two.tail_hash == _one.tail_hash, _two.contact_id != _one.contact_id))
    .join(_mine, _mine.id == _one.contact_id)
    .join(_hers, _hers.id == _two.contact_id)
    .where(
        _one.contact_id.in_(_IDS),
        _two.value_hash != _one.value_hash,
        func.lower(_hers.name) == func.lower(_mine.name),
    )
    .limit(PARTNERS_MOST)
)
_NICKNAMES = (
    select(_name.contact_id, _twin.contact_id)
    .join(
        _twin,
        and_(
            _twin.group_id == _name.group_id,
            _twin.nickname == _name.nickname,
            _twin.contact_id != _name.contact_id,
        ),
    )
    .where(_name.contact_id.in_(_IDS))
    .limit(PARTNERS_MOST)
)
_SAME = select(_hers.id).where(
    _hers.name == Contact.name, _hers.store_id == Contact.store_id, _hers.merged_into_id.is_(None)
)
_NAMES = select(
    Contact.id,
    _SAME.where(_hers.id > Contact.id).order_by(_hers.id).limit(1).scalar_subquery(),
    _SAME.where(_hers.id < Contact.id).order_by(_hers.id.desc()).limit(1).scalar_subquery(),
).where(
    Contact.id.in_(_IDS),
    _SAME.order_by(_hers.id).offset(COMMON).limit(1).scalar_subquery().is_(None),
)
_HINTS = (
    select(ShopOrder.contact_id, ShopOrder.phone_hint)
    .where(ShopOrder.contact_id.in_(_IDS), ShopOrder.phone_hint.is_not(None))
    .distinct()
)
_RECIPIENTS = (
    select(ShopOrder.phone_hint, ShopOrder.contact_id)
    .where(
        ShopOrder.phone_hint.in_(bindparam("hints", expanding=True)),
        ShopOrder.contact_id.is_not(None),
    )
    .distinct()
    .limit(PARTNERS_MOST)
)


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs of one page; `next` says from where the walk goes on, None at its end."""

    pairs: list[Alike]
    looked_at: int
    next: Position | None


def duplicates(session: Session, actor: Actor, *, after: Position | None) -> Found:
    """Walk over the actor's contacts, latest active first, until a page of pairs is found."""
    pairs: list[Alike] = []
    looked_at = 0
    for _step in range(STEPS_MOST):
        rows = _next_people(session, actor, after)
        here = defaultdict(list)
        for pair in _pairs_of(session, rows, actor):
            here[pair.first_id].append(pair)
        for row in rows:
            pairs += here[row.id]
            looked_at, after = looked_at + 1, (row.active_at, row.id)
            if len(pairs) >= PAGE_PAIRS:
                return Found(pairs, looked_at, after)
        if len(rows) < STEP:
            return Found(pairs, looked_at, None)
    return Found(pairs, looked_at, after)


def alike_of(session: Session, contact: Contact, actor: Actor) -> list[tuple[Alike, Any]]:
    """Return who may be the same person as this one, the best reason first."""
    found = alike(session, [contact])
    people = _people(session, {one for pair in found for one in pair}, actor)
    apart = _apart(session, found)
    rows = [
        (_alike(contact.id, other, reasons), people[other])
        for pair, reasons in found.items()
        for other in pair
        if other != contact.id and other in people and pair not in apart
    ]
    order = list(Likeness)
    return sorted(rows, key=lambda row: ([order.index(r) for r in row[0].reasons], row[1].id))


def _next_people(session: Session, actor: Actor, after: Position | None) -> list[Any]:
    statement = select(Contact.id, Contact.name, Contact.store_id, Contact.active_at).where(
        in_scope(Contact.store_id, actor), Contact.merged_into_id.is_(None)
    )
    if after is not None:
        moment, contact_id = after
        statement = statement.where(
            tuple_(Contact.active_at, Contact.id)
            < tuple_(literal(moment, UtcDateTime), literal(contact_id))
        )
    latest = statement.order_by(Contact.active_at.desc(), Contact.id.desc())
    return list(session.execute(latest.limit(STEP)))


def _pairs_of(session: Session, rows: Sequence[Row[Any]], actor: Actor) -> Iterator[Alike]:
    """Return the pairs of these people; each is shown at the one who comes first in the walk."""
    found = alike(session, rows)
    people = _people(session, {one for pair in found for one in pair}, actor)
    apart = _apart(session, found)
    here = {row.id for row in rows}
    for pair, reasons in found.items():
        if pair in apart or not set(pair) <= people.keys():
            continue
        first, second = sorted(pair, key=lambda one: _place(people[one]), reverse=True)
        if first in here:
            yield _alike(first, second, reasons)


def _place(row: Any) -> Position:
    return (row.active_at, row.id)


def _alike(first: int, second: int, reasons: set[Likeness]) -> Alike:
    return Alike(first, second, tuple(one for one in Likeness if one in reasons))


def alike(session: Session, people: Sequence[Any]) -> dict[Pair, set[Likeness]]:
    """Return who shares what with one of these people, merged-away ones among them."""
    ids = {"ids": [one.id for one in people]}
    found: dict[Pair, set[Likeness]] = defaultdict(set)
    for reason, statement in (
        (Likeness.NUMBER, _NUMBERS),
        (Likeness.NAME_TAIL, _TAILS),
        (Likeness.NICKNAME, _NICKNAMES),
    ):
        _add(found, reason, session.execute(statement, ids))
    for one, later, earlier in session.execute(_NAMES, ids):
        _add(found, Likeness.NAME_STORE, ((one, later), (one, earlier)))
    _add(found, Likeness.NAME_STORE, _respelt(session, people))
    _add(found, Likeness.RECIPIENT, _recipients(session, ids))
    return found


def _add(found: dict[Pair, set[Likeness]], reason: Likeness, pairs: Iterable[Any]) -> None:
    for one, other in pairs:
        if one is not None and other is not None:
            found[in_order(one, other)].add(reason)


def _respelt(session: Session, people: Sequence[Any]) -> Iterator[Pair]:
    """Return who has the same name in other letters: capitals, full width."""
    wanted: dict[tuple[int, str], list[int]] = defaultdict(list)
    for one in people:
        wanted[one.store_id, fold(one.name)].append(one.id)
    typed = {name for one in people for name in spellings(one.name)}
    if not typed:
        return
    rows = session.execute(
        select(Contact.id, Contact.name, Contact.store_id)
        .where(
            Contact.name.in_(typed),
            Contact.store_id.in_({one.store_id for one in people}),
            Contact.merged_into_id.is_(None),
        )
        .limit(PARTNERS_MOST)
    )
    for row in rows:
        same = wanted.get((row.store_id, fold(row.name)), ())
        yield from ((one, row.id) for one in same if one != row.id)


def _recipients(session: Session, ids: dict[str, list[int]]) -> Iterator[Pair]:
    """Return to whom the same masked number was sent."""
    hers: dict[str, set[int]] = defaultdict(set)
    for row in session.execute(_HINTS, ids):
        if says_enough(row.phone_hint):
            hers[row.phone_hint].add(row.contact_id)
    theirs: dict[str, set[int]] = defaultdict(set)
    if hers:
        found: Iterable[Any] = session.execute(_RECIPIENTS, {"hints": sorted(hers)})
        for hint, contact_id in found:
            theirs[hint].add(contact_id)
    for hint, mine in hers.items():
        if len(theirs[hint]) <= COMMON:
            yield from ((one, other) for one in mine for other in theirs[hint] if one != other)


def _people(session: Session, ids: set[int], actor: Actor) -> dict[int, Any]:
    """Return those of these contacts that stand in the actor's stores."""
    rows = session.execute(
        select(
            Contact.id, Contact.name, Contact.nickname, Contact.store_id, Contact.active_at
        ).where(
            Contact.id.in_(ids),
            in_scope(Contact.store_id, actor),
            Contact.merged_into_id.is_(None),
        )
    )
    return {row.id: row for row in rows}


def _apart(session: Session, pairs: Iterable[Pair]) -> set[Pair]:
    """Return which of these pairs somebody knows to be two people."""
    firsts = {first for first, _second in pairs}
    rows = session.execute(
        select(NotTheSame.first_id, NotTheSame.second_id).where(NotTheSame.first_id.in_(firsts))
    )
    return {(row.first_id, row.second_id) for row in rows}
