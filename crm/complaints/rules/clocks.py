"""Clocks: a deadline that runs, pauses, moves, and is met in time or late.

A clock never asks what time it is: whether it is late follows from event times, and from `now`
only while it still runs.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from crm.complaints.rules.calendars import Calendars
from crm.complaints.rules.policy import DAY, Target
from crm.complaints.rules.words import Basis, ClockKind, ClockState, Visibility
from crm.stores.rules.calendar import NoWorkingTime, add_workdays, last_day

AT_RISK_PERCENT = 50
CALENDAR, START, PAUSED = "calendar", "start", "paused"
_COUNTED = frozenset({START, PAUSED, CALENDAR})
"""Causes of a due time that target and hours alone give; people and spread set the others."""


class Rule(enum.Enum):
    """Which part of a target gave a due time; one that somebody set is given."""

    TARGET = "target"
    CAP = "cap"
    LIVE = "live"
    NO_HOURS = "no_hours"
    GIVEN = "given"


@dataclass(frozen=True)
class Deadline:
    """A due time that was in force from `set_at` until it moved or its clock paused."""

    due_at: datetime
    basis: Basis
    set_at: datetime
    cause: str
    until: datetime | None = None
    provisional: bool = False
    rule: Rule = Rule.GIVEN
    budget: float | None = None
    """Seconds of the basis that the rule gave when it was counted from the start."""
    counted_by: Calendars | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Clock:
    """One deadline of one complaint with its whole history."""

    kind: ClockKind
    cycle: int
    complaint_cycle: int
    started_at: datetime
    target: Target
    calendars: Calendars
    deadlines: tuple[Deadline, ...]
    state: ClockState = ClockState.RUNNING
    met_at: datetime | None = None
    ended_at: datetime | None = None
    offered_at: datetime | None = None
    paused_at: datetime | None = None
    left_seconds: float = 0.0
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    extensions: int = 0
    held_before: Visibility | None = None
    """Who saw the holding reply that started this promise; None for any other clock."""
    note: str = ""

    @property
    def due_at(self) -> datetime:
        return self.deadlines[-1].due_at

    @property
    def basis(self) -> Basis:
        return self.target.basis

    @property
    def is_unmet(self) -> bool:
        """Running or paused."""
        return self.state in {ClockState.RUNNING, ClockState.PAUSED}

    @property
    def is_ticking(self) -> bool:
        """Running, and not held by an offer that the customer may still accept."""
        return self.state is ClockState.RUNNING and self.offered_at is None

    @property
    def provisional(self) -> bool:
        return self.deadlines[-1].provisional

    def breached_at(self, now: datetime) -> datetime | None:
        """The due time that passed unmet; the due second itself still counts."""
        end = self.met_at or self.ended_at or self.offered_at or now
        for number, deadline in enumerate(self.deadlines):
            is_late = _second(deadline.due_at) < _second(min(deadline.until or end, end))
            if is_late and not self._is_withdrawn(number):
                return deadline.due_at
        return None

    def _is_withdrawn(self, number: int) -> bool:
        """A provisional deadline that the official days moved later was never missed."""
        old = self.deadlines[number]
        later = (d for d in self.deadlines[number + 1 :] if d.cause == CALENDAR)
        return old.provisional and any(d.due_at > old.due_at for d in later)

    @property
    def counts_from(self) -> datetime:
        """When the first second counts."""
        return self.calendars.counts_from(self.deadlines[-1].basis, self.started_at)

    def _counted(self, start: datetime, end: datetime) -> float:
        """Seconds between two instants, in the basis that gave the due time."""
        basis = self.deadlines[-1].basis
        return self.calendars.elapsed(basis, max(start, self.counts_from), end)

    def _after(self, start: datetime, seconds: float) -> datetime:
        """The instant at which so much of that basis has passed."""
        basis = self.deadlines[-1].basis
        return self.calendars.add(basis, max(start, self.counts_from), seconds)

    def running_spans(self) -> list[tuple[datetime, datetime]]:
        """From start to due without the pauses."""
        edges = [self.started_at]
        for pause in self.pauses:
            edges.extend(pause)
        edges.append(max(self.due_at, edges[-1]))
        return list(zip(edges[::2], edges[1::2], strict=True))

    def point(self, percent: int) -> datetime:
        """When that share of the span is used, in the basis that gave the due time."""
        runs, lengths = self.running_spans(), self._lengths
        left = sum(lengths) * percent / 100
        for (start, _end), length in zip(runs, lengths, strict=True):
            if left <= length:
                return self._after(start, left) if left else start
            left -= length
        return self.due_at

    @cached_property
    def _lengths(self) -> list[float]:
        """What each running span counts; asked for by every step of the ladder."""
        return [self._counted(start, end) for start, end in self.running_spans()]

    @cached_property
    def at_risk_at(self) -> datetime:
        return min(self.point(AT_RISK_PERCENT), self.due_at)

    def consumed_seconds(self, until: datetime) -> float:
        """Seconds of the basis used so far, pauses left out."""
        end = min(until, self.met_at or self.ended_at or self.paused_at or until)
        edges = [self.started_at]
        for pause in self.pauses:
            edges.extend(pause)
        edges.append(max(end, edges[-1]))
        runs = zip(edges[::2], edges[1::2], strict=True)
        return sum(self.calendars.elapsed(self.basis, a, min(b, max(a, end))) for a, b in runs)

    def sooner(
        self, due_at: datetime, left: float, at: datetime, cause: str, basis: Basis
    ) -> Clock:
        """The clock with an earlier due time, or less left of a pause; else the clock itself."""
        is_sooner = due_at < self.due_at if self.paused_at is None else left < self.left_seconds
        if not is_sooner:
            return self
        counted_by = self.calendars
        due_at = min(due_at, self.due_at)
        return self.under(Deadline(due_at, basis, at, cause, counted_by=counted_by), left)

    def later(self, due_at: datetime, at: datetime, cause: str) -> Clock:
        """The clock with a later due time that somebody gave it."""
        return self.under(Deadline(due_at, Basis.WALL, at, cause)) if due_at > self.due_at else self

    def under(self, deadline: Deadline, left: float = 0.0) -> Clock:
        """The clock under another deadline; while it is paused, `left` remains of it."""
        before = self._closed(deadline.set_at)
        if self.paused_at is None:
            return replace(self, deadlines=(*before, deadline))
        closed = replace(deadline, until=deadline.set_at)
        return replace(self, deadlines=(*before, closed), left_seconds=left)

    def paused(self, at: datetime) -> Clock:
        """What is left is kept in the basis that gave the due time."""
        left = self._counted(at, self.due_at)
        return replace(
            self,
            state=ClockState.PAUSED,
            paused_at=at,
            left_seconds=left,
            deadlines=self._closed(at),
        )

    def resumed(self, at: datetime) -> Clock:
        """A pause never moves the due time earlier; a clock that was late stays late."""
        if self.paused_at is None:
            return self
        at, last = max(at, self.paused_at), self.deadlines[-1]
        due = self.due_at
        if self.left_seconds > 0:
            due = max(due, self._after(at, self.left_seconds))
        return replace(
            self,
            state=ClockState.RUNNING,
            paused_at=None,
            pauses=(*self.pauses, (self.paused_at, at)),
            deadlines=(
                *self.deadlines,
                replace(
                    last,
                    due_at=due,
                    set_at=at,
                    cause=PAUSED,
                    until=None,
                    counted_by=self.calendars,
                ),
            ),
        )

    def met(self, at: datetime) -> Clock:
        """Stopped by the act it waited for."""
        stopped = replace(self._stopped(at), met_at=at)
        late = stopped.breached_at(at) is not None
        return replace(stopped, state=ClockState.MET_LATE if late else ClockState.MET)

    def ended(self, at: datetime) -> Clock:
        """Closed without being met: a miss when it was late by then, otherwise cancelled."""
        stopped = self._stopped(at)
        late = stopped.breached_at(at) is not None
        return replace(stopped, state=ClockState.MISSED_CLOSED if late else ClockState.CANCELLED)

    def cancelled(self, at: datetime) -> Clock:
        """Taken out of the count: merged, voided or undone."""
        return replace(self._stopped(at), state=ClockState.CANCELLED)

    def _stopped(self, at: datetime) -> Clock:
        """Ended, in the middle of a pause too."""
        pauses = self.pauses
        if self.paused_at is not None and self.paused_at < at:
            pauses = (*pauses, (self.paused_at, at))
        return replace(self, ended_at=at, offered_at=None, paused_at=None, pauses=pauses)

    def _closed(self, at: datetime) -> tuple[Deadline, ...]:
        *before, last = self.deadlines
        return (*before, replace(last, until=last.until or at))


def _second(at: datetime) -> datetime:
    """The whole second of the due time still counts."""
    return at.replace(microsecond=0)


def reckon(target: Target, start: datetime, calendars: Calendars) -> Deadline:
    """The deadline that a target gives from `start`.

    A store whose calendar has no hours at all counts around the clock: nothing is ever dropped.
    """
    calendars = calendars.of(target)
    if target.basis is Basis.WORKDAYS:
        due = add_workdays(start, target.workdays, calendars.statutory, calendars.zone)
        known = calendars.statutory.covers(last_day(due, calendars.zone))
        fresh = Deadline(due, Basis.WORKDAYS, start, START, None, not known, Rule.TARGET)
        return replace(fresh, budget=target.workdays * DAY, counted_by=calendars)
    if target.live_seconds is not None and calendars.live.is_open(start):
        return _elapsing(start, target.live_seconds, Rule.LIVE)
    if target.basis is Basis.WALL:
        return _elapsing(start, target.seconds, Rule.TARGET)
    return _business(target, start, calendars)


def _elapsing(start: datetime, seconds: int, rule: Rule) -> Deadline:
    due_at = start + timedelta(seconds=seconds)
    return Deadline(due_at, Basis.WALL, start, START, rule=rule, budget=seconds)


def _business(target: Target, start: datetime, calendars: Calendars) -> Deadline:
    cap = None
    if target.cap_seconds is not None:
        cap = _elapsing(start, target.cap_seconds, Rule.CAP)
    try:
        due = calendars.open_hours.add(start, target.seconds)
    except NoWorkingTime:
        return cap or _elapsing(start, target.seconds, Rule.NO_HOURS)
    if cap is not None and cap.due_at < due:
        return cap
    provisional = calendars.open_hours.is_provisional(due)
    fresh = Deadline(due, Basis.BUSINESS_HOURS, start, START, None, provisional, Rule.TARGET)
    return replace(fresh, budget=target.seconds, counted_by=calendars)


def external(due_at: datetime, start: datetime) -> Deadline:
    """A deadline given by somebody else."""
    return Deadline(due_at.astimezone(UTC), Basis.WALL, start, "platform")


def promised(due_at: datetime, start: datetime) -> Deadline:
    """A deadline that staff gave the customer."""
    return Deadline(due_at.astimezone(UTC), Basis.WALL, start, START)


def reckon_anew(clock: Clock, target: Target, calendars: Calendars) -> Clock:
    """What the clock would be now had it counted this target by these hours, pauses included."""
    calendars = calendars.of(target)
    fresh = reckon(target, clock.started_at, calendars)
    anew = Clock(
        clock.kind,
        clock.cycle,
        clock.complaint_cycle,
        clock.started_at,
        target,
        calendars,
        (fresh,),
    )
    for start, end in clock.pauses:
        anew = anew.paused(start).resumed(end)
    return anew if clock.paused_at is None else anew.paused(clock.paused_at)


def reckon_again(clock: Clock, calendars: Calendars, at: datetime) -> Clock:
    """An unmet clock under corrected hours: they move it later.

    Corrected back they restore what they moved, never more. Due times set by people, spread or a
    platform stay.
    """
    other, last = replace(clock, calendars=calendars.of(clock.target)), clock.deadlines[-1]
    if last.cause not in _COUNTED:
        return other
    anew = reckon_anew(clock, clock.target, calendars)
    fresh, floor = anew.deadlines[-1], _before_corrections(clock)
    kept = fresh if fresh.due_at >= floor.due_at else replace(floor, provisional=fresh.provisional)
    if (kept.due_at, kept.provisional) == (last.due_at, last.provisional):
        return other
    left = max(anew.left_seconds, clock.left_seconds)
    return other.under(replace(kept, set_at=at, cause=CALENDAR, until=None), left)


def _before_corrections(clock: Clock) -> Deadline:
    """The deadline that was in force before hours were corrected."""
    number = len(clock.deadlines) - 1
    while number and clock.deadlines[number].cause == CALENDAR:
        number -= 1
    return clock.deadlines[number]
