"""A complaint's log, open for writing: append, replay, and record what the replay moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.complaints.models import Complaint, ComplaintEvent
from crm.complaints.queries import case as queries
from crm.complaints.rules.calendars import Calendars
from crm.complaints.rules.clocks import CALENDAR, Clock
from crm.complaints.rules.policy import Policy
from crm.complaints.rules.projection import Event, Projection
from crm.complaints.rules.replay import replay, replay_further
from crm.complaints.rules.words import OUR_ANSWERS, ClockKind, EventType, State, Visibility

_COUNTED = OUR_ANSWERS | {ClockKind.RESOLUTION}


@dataclass(frozen=True)
class Entry:
    """An event on its way into the log."""

    type: EventType
    at: datetime
    actor_id: int | None = None
    visibility: Visibility | None = None
    text: str = ""
    data: dict[str, Any] | None = None


class Book:
    """The log of one locked complaint, and what it comes to."""

    def __init__(
        self,
        session: Session,
        complaint: Complaint,
        rows: list[ComplaintEvent],
        policy: Policy,
        hours: dict[int, Calendars] | None = None,
    ) -> None:
        self.hours = {} if hours is None else hours
        self.session = session
        self.complaint = complaint
        self.rows = rows
        self.policy = policy
        self.case = self._replayed() if rows else None

    @property
    def now_true(self) -> Projection:
        """The projection; a book without its first event has none."""
        assert self.case is not None  # noqa: S101  every opened book holds `logged`
        return self.case

    def append(self, entry: Entry, *, now: datetime) -> ComplaintEvent:
        """Add an event with everything that follows from it: moved deadlines, ends."""
        before = self.case
        row = self._add(entry, now)
        if before is None or entry.type is EventType.UNDONE:
            self.case = self._replayed()
        else:
            self.case = self._replayed_further(before, row)
        if before is not None:
            self._note_moves(before, entry, row, now)
            self._note_end(before, entry, now)
        return row

    def catch_up(self, now: datetime) -> bool:
        """Write what happened by itself up to now, with the times at which it did."""
        wrote = False
        while (coming := self.now_true.automatic()) and coming.at <= now:
            self.append(Entry(coming.type, coming.at), now=now)
            wrote = True
        return wrote

    def _add(self, entry: Entry, now: datetime) -> ComplaintEvent:
        row = ComplaintEvent(
            complaint_id=self.complaint.id,
            seq=len(self.rows) + 1,
            type=entry.type,
            at=entry.at,
            recorded_at=now,
            actor_id=entry.actor_id,
            visibility=entry.visibility,
            text=entry.text,
            data=entry.data or {},
        )
        self.session.add(row)
        self.rows.append(row)
        return row

    def _replayed(self) -> Projection:
        events = [queries.as_event(row) for row in self.rows]
        return replay(events, self.policy, self._hours_of(events))

    def _replayed_further(self, before: Projection, row: ComplaintEvent) -> Projection:
        """A busy group brings hundreds of events: what is known is not replayed for each."""
        event = queries.as_event(row)
        return replay_further(before, event, {**before.calendars, **self._hours_of([event])})

    def _hours_of(self, events: Iterable[Event]) -> Mapping[int, Calendars]:
        """Every version of the hours that these events name; read once."""
        wanted = {event.data["calendar_id"] for event in events if "calendar_id" in event.data}
        if missing := wanted - self.hours.keys():
            self.hours |= queries.calendars_by_id(self.session, missing)
        return {one: self.hours[one] for one in wanted}

    def _note_moves(
        self, before: Projection, entry: Entry, row: ComplaintEvent, now: datetime
    ) -> None:
        was = {(clock.kind, clock.cycle): clock for clock in before.clocks}
        for clock in self.now_true.clocks:
            old = was.get((clock.kind, clock.cycle))
            if old is None or old.due_at == clock.due_at:
                continue
            move = _move(old, clock, entry)
            if (
                "calendar_id" in row.data
                and row.data.get("cause") == CALENDAR
                and "kind" not in row.data
            ):
                row.data = {**row.data, **move}  # one event says why and what
            else:
                self._add(Entry(EventType.DEADLINE_CHANGED, now, data=move), now)

    def _note_end(self, before: Projection, entry: Entry, now: datetime) -> None:
        case = self.now_true
        if case.resolved_at and before.resolved_at is None and entry.type is not EventType.RESOLVED:
            self._add(Entry(EventType.RESOLVED, case.resolved_at), now)
        if case.state is State.CLOSED and before.state is not State.CLOSED:
            self._add(Entry(EventType.CLOSED, case.closed_at or now), now)


def open_book(session: Session, complaint: Complaint) -> Book:
    """Open the log of a complaint that the caller has locked."""
    return Book(
        session,
        complaint,
        queries.events_of(session, complaint.id),
        queries.policy_of(session, complaint.policy_version_id),
    )


def _move(old: Clock, new: Clock, entry: Entry) -> dict[str, Any]:
    cause = new.deadlines[-1].cause
    is_restored = cause == CALENDAR and new.due_at < old.due_at
    if entry.type is EventType.UNDONE or is_restored:
        cause = "undo"
    return {
        "kind": new.kind.value,
        "cycle": new.cycle,
        "old": old.due_at.isoformat(),
        "new": new.due_at.isoformat(),
        "cause": cause,
    }


def owed_by(case: Projection) -> dict[str, Any]:
    """What a complaint owes, for the one that it is merged into: starts, and dates given."""
    unmet = [clock for clock in case.clocks if clock.is_unmet]
    return {
        "starts": {c.kind.value: c.started_at.isoformat() for c in unmet if c.kind in _COUNTED},
        "given": [
            {
                "kind": clock.kind.value,
                "started_at": clock.started_at.isoformat(),
                "due_at": clock.due_at.isoformat(),
                "note": clock.note,
                "held_before": clock.held_before.value if clock.held_before else None,
            }
            for clock in unmet
            if clock.kind not in _COUNTED
        ],
    }
