"""Today: who waits for an answer, what was promised, whom to contact, how much time is left."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention import queries as attention
from crm.attention.models import FollowUp
from crm.attention.rules import Allowance, StaffDay, State
from crm.complaints.models import Complaint
from crm.complaints.queries.board import Card, waiting_cards
from crm.complaints.queries.tasks import OpenTask, tasks_until
from crm.complaints.rules.words import UNDECIDED
from crm.db import one_of, reading
from crm.i18n import fmt

CARDS = 3
TASKS = 3
LATELY = 20
"""Touches past a limit that are looked at for the one line about it."""
_UNHELD = ~exists().where(
    Complaint.contact_id == FollowUp.contact_id, one_of(Complaint.state, sorted(UNDECIDED, key=str))
).correlate(FollowUp)
_PLANNED = attention.FOLLOW_UPS.where(_UNHELD)
_PLANNED_FOR_ONE = attention.FOLLOW_UPS_OF_ONE.where(_UNHELD)


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
    tasks: list[OpenTask]
    people: list[Row[Any]]
    day: StaffDay
    over: OverLimit | None
    asked: list[Row[Any]]


def today(session: Session, actor: Actor, *, now: datetime) -> Today:
    """Return one person's day, as her stores allow."""
    here = fmt.local(now)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Today(
        cards=waiting_cards(session, actor, CARDS),
        tasks=tasks_until(session, actor, midnight, TASKS),
        people=_people(session, actor, here.date()),
        day=attention.staff_day(session, actor.id, now=now),
        over=_most_over(session, actor, now=now),
        asked=attention.unanswered_over(session, actor.id, now=now),
    )


def _people(session: Session, actor: Actor, on: date) -> list[Row[Any]]:
    """Return whom to contact: one's own; who sees every store sees everybody's.

    Nobody is to be contacted over an open complaint of hers.
    """
    connection = reading(session)
    if actor.store_ids is None:
        return list(connection.execute(_PLANNED, {"on": on}))
    own = connection.execute(_PLANNED_FOR_ONE, {"staff_id": actor.id, "on": on})
    return [row for row in own if actor.sees(row.store_id)]


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
