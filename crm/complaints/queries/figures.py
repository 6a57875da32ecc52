"""What reports count of complaints, the removed ones among them: the same before and after.

A removed complaint left its figures; one that is still here is counted the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from crm.complaints.models import Complaint, ComplaintEvent, ComplaintFigure, SlaClock
from crm.complaints.queries.case import calendars_by_id
from crm.complaints.rules.calendars import Calendars
from crm.complaints.rules.words import (
    LATE_ENTRY,
    SAID_BY_STAFF,
    Basis,
    Category,
    Channel,
    ClockKind,
    ClockState,
    EventType,
    State,
)
from crm.groups.models import ChatGroup
from crm.stores.models import Store

Scope = Callable[[Any], ColumnElement[bool]]
_SHARED = ("short_no", "channel", "category", "severity", "state", "occurred_at", "logged_at",
           "first_response_at", "resolved_at", "closed_at", "spread_at", "onlooker_count",
           "me_too_count", "group_id", "store_id")  # fmt: skip
_LIVE = ("id", "incident_id", "calendar_id", "next_due_at")
_REMOVED = ("incident_no", "waited_seconds", "is_late")
_IS_REPORTED = Complaint.state.not_in([State.VOIDED, State.MERGED])
_DECIDED = frozenset({ClockState.MET, ClockState.MET_LATE, ClockState.MISSED_CLOSED})


@dataclass(frozen=True, slots=True)
class Figure:
    """One complaint in figures; what was said stays where it is."""

    complaint_id: int | None
    """Nothing: it was removed, only this is left."""
    incident_no: int | None
    short_no: int
    store_id: int
    store_name: str
    group_id: int | None
    group_name: str
    channel: Channel
    category: Category
    severity: int
    state: State
    occurred_at: datetime
    logged_at: datetime
    first_response_at: datetime | None
    waited_seconds: int | None
    """Staffed time until the first answer."""
    resolved_at: datetime | None
    closed_at: datetime | None
    spread_at: datetime | None
    onlooker_count: int
    me_too_count: int
    is_late: bool


@dataclass(slots=True)
class Tally:
    """Deadlines that were decided and how many were late; replies and those entered late."""

    clocks: dict[ClockKind, list[int]] = field(default_factory=dict)
    replies: int = 0
    backdated: int = 0


def figures(
    session: Session, scope: Scope, *, since: datetime, now: datetime, spread: bool = False
) -> list[Figure]:
    """Return the complaints of these stores since a moment, or those that spread, oldest first."""
    removed = _statement(ComplaintFigure, _REMOVED).where(
        scope(ComplaintFigure.store_id), ComplaintFigure.occurred_at > since
    )
    wanted = _reported(scope, since)
    if spread:
        wanted = and_(wanted, Complaint.spread_at.is_not(None))
        removed = removed.where(ComplaintFigure.spread_at.is_not(None))
    live = _live(session, wanted, now)
    found = [*live, *(_figure(row, complaint_id=None) for row in session.execute(removed))]
    return sorted(found, key=lambda one: (one.occurred_at, one.short_no))


def tallies(session: Session, scope: Scope, *, since: datetime, now: datetime) -> dict[int, Tally]:
    """Return the deadlines and replies of the same complaints, by short number."""
    counted = _tallies(session, _reported(scope, since), now)
    removed = select(
        ComplaintFigure.short_no,
        ComplaintFigure.clocks,
        ComplaintFigure.replies_count,
        ComplaintFigure.replies_backdated,
    ).where(scope(ComplaintFigure.store_id), ComplaintFigure.occurred_at > since)
    for row in session.execute(removed):
        clocks = {ClockKind(kind): counts for kind, counts in row.clocks.items()}
        counted[row.short_no] = Tally(clocks, row.replies_count, row.replies_backdated)
    return counted


def kept_figures(
    session: Session, complaint_ids: Collection[int], *, now: datetime
) -> list[ComplaintFigure]:
    """Return what is kept of complaints that are about to be removed; withdrawn ones leave none."""
    wanted = and_(Complaint.id.in_(complaint_ids), _IS_REPORTED)
    counted = _tallies(session, wanted, now)
    return [
        _kept(figure, counted.get(figure.short_no, Tally()), now)
        for figure in _live(session, wanted, now)
    ]


def _kept(figure: Figure, tally: Tally, now: datetime) -> ComplaintFigure:
    return ComplaintFigure(
        **{name: getattr(figure, name) for name in (*_SHARED, *_REMOVED)},
        clocks={kind.value: counts for kind, counts in tally.clocks.items()},
        replies_count=tally.replies,
        replies_backdated=tally.backdated,
        removed_at=now,
    )


def _reported(scope: Scope, since: datetime) -> ColumnElement[bool]:
    return and_(scope(Complaint.store_id), Complaint.occurred_at > since, _IS_REPORTED)


def _statement(table: Any, more: Iterable[str]) -> Select[Any]:
    return (
        select(
            *(getattr(table, name) for name in (*_SHARED, *more)),
            Store.name.label("store_name"),
            func.coalesce(ChatGroup.name, "").label("group_name"),
        )
        .join(Store, Store.id == table.store_id)
        .outerjoin(ChatGroup, ChatGroup.id == table.group_id)
    )


def _live(session: Session, wanted: ColumnElement[bool], now: datetime) -> list[Figure]:
    missed = exists().where(
        SlaClock.complaint_id == Complaint.id,
        SlaClock.breached_at.is_not(None),
    )
    statement = _statement(Complaint, _LIVE).add_columns(missed.label("was_missed"))
    rows = session.execute(statement.where(wanted)).all()
    hours = calendars_by_id(session, {row.calendar_id for row in rows}) if rows else {}
    return [
        _figure(
            row,
            complaint_id=row.id,
            incident_no=row.incident_id,
            waited_seconds=_waited(row, hours[row.calendar_id]),
            is_late=_is_late(row, now),
        )
        for row in rows
    ]


def _figure(row: Any, **own: Any) -> Figure:
    names = {one.name for one in fields(Figure)} - set(own)
    return Figure(**{name: getattr(row, name) for name in names}, **own)


def _waited(row: Any, hours: Calendars) -> int | None:
    answered_at = row.first_response_at
    if answered_at is None:
        return None
    return round(hours.elapsed(Basis.BUSINESS_HOURS, row.occurred_at, answered_at))


def _is_late(row: Any, now: datetime) -> bool:
    """Late once is late: a case that is reopened keeps the figures of its earlier cycles."""
    is_due = row.next_due_at is not None and row.next_due_at < now
    return bool(row.was_missed) or is_due


def _tallies(session: Session, wanted: ColumnElement[bool], now: datetime) -> dict[int, Tally]:
    counted: dict[int, Tally] = {}
    _count_clocks(session, wanted, counted, now)
    _count_replies(session, wanted, counted)
    return counted


def _count_clocks(
    session: Session, wanted: ColumnElement[bool], counted: dict[int, Tally], now: datetime
) -> None:
    rows = session.execute(
        select(
            Complaint.short_no,
            SlaClock.kind,
            SlaClock.state,
            SlaClock.breached_at,
            SlaClock.due_at,
            SlaClock.offered_at,
        )
        .join(Complaint, Complaint.id == SlaClock.complaint_id)
        .where(wanted, SlaClock.state != ClockState.CANCELLED)
    )
    for row in rows:
        runs = row.state is ClockState.RUNNING and row.offered_at is None
        late = row.breached_at is not None or (runs and row.due_at < now)
        if row.state in _DECIDED or late:
            clocks = counted.setdefault(row.short_no, Tally()).clocks
            counts = clocks.setdefault(row.kind, [0, 0])
            counts[0] += 1
            counts[1] += late


def _count_replies(
    session: Session, wanted: ColumnElement[bool], counted: dict[int, Tally]
) -> None:
    rows = session.execute(
        select(
            Complaint.short_no,
            ComplaintEvent.seq,
            ComplaintEvent.type,
            ComplaintEvent.at,
            ComplaintEvent.recorded_at,
            ComplaintEvent.data,
        )
        .join(Complaint, Complaint.id == ComplaintEvent.complaint_id)
        .where(wanted, ComplaintEvent.type.in_([*SAID_BY_STAFF, EventType.UNDONE]))
    ).all()
    undone = {(r.short_no, r.data["seq"]) for r in rows if r.type is EventType.UNDONE}
    for row in rows:
        if row.type in SAID_BY_STAFF and (row.short_no, row.seq) not in undone:
            tally = counted.setdefault(row.short_no, Tally())
            tally.replies += 1
            tally.backdated += row.recorded_at - row.at > LATE_ENTRY
