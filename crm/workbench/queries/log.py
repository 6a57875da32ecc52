"""Whom the quick log offers: last touched, today's tasks, last added, or what a search finds."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention import queries as attention
from crm.attention.rules import Allowance
from crm.contacts import queries as contacts
from crm.i18n import fmt
from crm.workbench.rules import WHO_CHIPS, first_of_each


@dataclass(frozen=True, slots=True)
class Person:
    """One choice of the quick log, with how she stands against her limit."""

    id: int
    name: str
    label: str
    allowance: Allowance


def people(
    session: Session, actor: Actor, *, q: str, who: int | None, now: datetime
) -> list[Person]:
    """Return whom to offer. `who` is chosen already and comes first, whatever the search says."""
    found = _found(session, actor, q) if q else _usual(session, actor, now=now)
    ids = first_of_each([[who] if who else [], found], most=WHO_CHIPS)
    names = contacts.contact_names(session, ids)
    mine = [names[i] for i in ids if i in names and actor.sees(names[i].store_id)]
    standing = attention.allowances(session, [person.id for person in mine], now=now)
    twins = {p.name for p in mine if sum(other.name == p.name for other in mine) > 1}
    return [
        Person(
            p.id,
            p.name,
            f"{p.name}（{p.store_name}）" if p.name in twins else p.name,
            standing[p.id],
        )
        for p in mine
    ]


def _found(session: Session, actor: Actor, q: str) -> list[int]:
    return [hit.id for hit in contacts.search_contacts(session, q, actor, limit=WHO_CHIPS)]


def _usual(session: Session, actor: Actor, *, now: datetime) -> list[int]:
    today = fmt.local(now).date()
    return first_of_each(
        [
            attention.recent_contacts(session, actor.id, now=now, most=WHO_CHIPS),
            [row.contact_id for row in attention.follow_ups(session, actor.id, today)],
            contacts.recently_added(session, actor, WHO_CHIPS),
        ],
        most=WHO_CHIPS,
    )
