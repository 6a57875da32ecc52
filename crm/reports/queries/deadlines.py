"""Deadlines kept and missed: late of all, counted over the period and never averaged by day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.complaints.queries.figures import Figure, Tally, figures, tallies
from crm.complaints.rules.words import ClockKind
from crm.reports.queries.orders import in_stores
from crm.reports.rules import Period, Rate

INCIDENTS_MOST = 20


@dataclass(frozen=True, slots=True)
class Spread:
    """An incident in the list; without an id it was removed, and only its figures are left."""

    incident_id: int | None
    place: str
    began_at: datetime
    complaints: int


@dataclass(frozen=True, slots=True)
class DeadlinesReport:
    """Deadlines by kind, complaints by group or store, replies, and what spread."""

    kinds: list[tuple[ClockKind, Rate]]
    every: Rate
    places: list[tuple[str, Rate]]
    complaints: Rate
    replies: int
    backdated: int
    spreads: list[Spread]


def deadlines(
    session: Session, actor: Actor, store_id: int | None, period: Period, *, now: datetime
) -> DeadlinesReport:
    """Return how deadlines were kept for the complaints that were said in the period."""
    scope = partial(in_stores, actor=actor, store_id=store_id)
    since = now - timedelta(days=period.days)
    found = figures(session, scope, since=since, now=now)
    counted = list(tallies(session, scope, since=since, now=now).values())
    kinds = _kinds(counted)
    return DeadlinesReport(
        kinds=kinds,
        every=Rate(sum(r.total for _k, r in kinds), sum(r.late for _k, r in kinds)),
        places=_places(found),
        complaints=Rate(len(found), sum(one.is_late for one in found)),
        replies=sum(one.replies for one in counted),
        backdated=sum(one.backdated for one in counted),
        spreads=_spreads(found),
    )


def _kinds(counted: Iterable[Tally]) -> list[tuple[ClockKind, Rate]]:
    totals: dict[ClockKind, list[int]] = {}
    for tally in counted:
        for kind, (total, late) in tally.clocks.items():
            sums = totals.setdefault(kind, [0, 0])
            sums[0], sums[1] = sums[0] + total, sums[1] + late
    return [(kind, Rate(*totals[kind])) for kind in ClockKind if kind in totals]


def _places(found: Iterable[Figure]) -> list[tuple[str, Rate]]:
    totals: dict[tuple[int, int], tuple[str, list[int]]] = {}
    for one in found:
        key = (one.store_id, one.group_id or 0)
        _name, sums = totals.setdefault(key, (one.group_name or one.store_name, [0, 0]))
        sums[0], sums[1] = sums[0] + 1, sums[1] + one.is_late
    rows = [(name, Rate(*sums)) for name, sums in totals.values()]
    return sorted(rows, key=lambda row: (-row[1].late, -row[1].total, row[0]))


def _spreads(found: Iterable[Figure]) -> list[Spread]:
    groups: dict[int, list[Figure]] = {}
    for one in found:
        if one.incident_no is not None:
            groups.setdefault(one.incident_no, []).append(one)
    spreads = [
        Spread(
            number if any(one.complaint_id for one in some) else None,
            some[0].group_name or some[0].store_name,
            some[0].occurred_at,
            len(some),
        )
        for number, some in groups.items()
    ]
    return sorted(spreads, key=lambda one: one.began_at, reverse=True)[:INCIDENTS_MOST]
