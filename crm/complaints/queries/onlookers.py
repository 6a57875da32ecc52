"""Onlookers of a complaint: who spoke in its thread, how loyal they are, who was told since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.complaints.models import OnlookerTold
from crm.complaints.queries.thread import Line, onlookers
from crm.complaints.rules.closing import Telling
from crm.complaints.rules.projection import Projection
from crm.groups.rules import mask_phones
from crm.loyalty.queries import loyal_orders

_TOLD = (
    select(OnlookerTold.name, OnlookerTold.is_told, OnlookerTold.at, Staff.name.label("by"))
    .join(Staff, Staff.id == OnlookerTold.actor_id)
    .order_by(OnlookerTold.id)
)


@dataclass(frozen=True)
class Onlooker:
    """One person who looks on: her name in the group, how often she bought when loyal."""

    name: str
    orders: int
    is_told: bool


@dataclass(frozen=True)
class Told:
    """One tap: somebody was told, or it was taken back."""

    name: str
    is_told: bool
    at: datetime
    by: str


def told_of(session: Session, complaint_id: int) -> list[Told]:
    """Return every tap in order."""
    rows = session.execute(_TOLD.where(OnlookerTold.complaint_id == complaint_id))
    return [Told(mask_phones(row.name), row.is_told, row.at, row.by) for row in rows]


def last_told(session: Session, complaint_id: int, name: str) -> bool:
    """Return whether the last tap says that she was told."""
    return (
        session.scalar(
            select(OnlookerTold.is_told)
            .where(OnlookerTold.complaint_id == complaint_id, OnlookerTold.name == name)
            .order_by(OnlookerTold.id.desc())
            .limit(1)
        )
        or False
    )


def onlookers_of(
    session: Session, lines: Sequence[Line], case: Projection, taps: Sequence[Told]
) -> list[Onlooker]:
    """Return everybody who looked on, loyal ones first: they are told one by one.

    One person may have spoken under several names; told under one of them she is told.
    """
    told = {name for name, is_told in {tap.name: tap.is_told for tap in taps}.items() if is_told}
    people = onlookers(lines)
    known = {name for names in people.values() for name in names}
    named = [mask_phones(one.member) for one in case.signals if "#" not in one.member]
    for name in dict.fromkeys([*named, *sorted(told)]):
        if name not in known:
            people[name] = [name]
    ids = [key for key in people if isinstance(key, int)]
    loyal = loyal_orders(session, ids) if ids else {}
    found = [
        Onlooker(names[0], loyal.get(key, 0), not told.isdisjoint(names))
        for key, names in people.items()
    ]
    return sorted(found, key=lambda one: -one.orders)


def telling_of(people: Iterable[Onlooker]) -> Telling:
    """Return how many of the loyal ones were told."""
    loyal = [one for one in people if one.orders]
    return Telling(sum(one.is_told for one in loyal), len(loyal))
