"""Today: who waits for an answer, whom to contact and why, how much time is left."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention import queries as attention
from crm.attention.rules import Allowance, StaffDay, State
from crm.complaints.queries.board import Card, waiting_cards
from crm.complaints.queries.holds import holds
from crm.i18n import fmt

CARDS = 3
LATELY = 20
"""Touches past a limit that are looked at for the one line about it."""


@dataclass(frozen=True, slots=True)
class OverLimit:
    """A contact who took more one-on-one time than her limit."""

    contact_id: int
    name: str
    allowance: Allowance


@dataclass(frozen=True, slots=True)
class Today:
    """What the page shows."""

    cards: list[Card]
    people: list[Row[Any]]
    day: StaffDay
    over: OverLimit | None
    asked: list[Row[Any]]


def today(session: Session, actor: Actor, *, now: datetime) -> Today:
    """Return one person's day, as her stores allow."""
    planned = attention.follow_ups_in_scope(session, actor, fmt.local(now).date())
    held = holds(session, [row.contact_id for row in planned], now=now)
    open_for = {contact_id for contact_id, hold in held.items() if hold.until is None}
    return Today(
        cards=waiting_cards(session, actor, CARDS),
        people=[row for row in planned if row.contact_id not in open_for],
        day=attention.staff_day(session, actor.id, now=now),
        over=_most_over(session, actor, now=now),
        asked=attention.unanswered_over(session, actor.id, now=now),
    )


def _most_over(session: Session, actor: Actor, *, now: datetime) -> OverLimit | None:
    """Return who is furthest past her limit."""
    names = attention.lately_over(session, actor, now=now, most=LATELY)
    standing = attention.allowances(session, names, now=now)
    over = [
        OverLimit(contact_id, names[contact_id], allowance)
        for contact_id, allowance in standing.items()
        if allowance.state is State.OVER
    ]
    return max(over, key=lambda one: one.allowance.over_minutes, default=None)
