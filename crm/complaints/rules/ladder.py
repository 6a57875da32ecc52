"""The ladder: when a clock warns and escalates, and to whom. All times are absolute.

Held by an acknowledgement or by quiet hours, a step wakes later than planned; it is never dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.complaints.rules.clocks import Clock
from crm.complaints.rules.policy import EXTERNAL_RUNGS, Policy, Rung
from crm.complaints.rules.words import ANSWERED_BY, LEVEL_ORDER, ClockKind, Party
from crm.integrations.rules import Level
from crm.stores.rules.calendar import BusinessCalendar

RESPECTS_QUIET_HOURS = frozenset({3, 4})
_HELD_BY_ACK = frozenset({Level.L1, Level.L2, Level.R, Level.H})
_REOPENED_ALSO = {Level.L0: Party.LEAD, Level.L1: Party.OWNER}
HOUR = 3600
HOURLY_MAX = 4000
"""About ten months of hourly reminders; the calendar knows no more than a year ahead."""


@dataclass(frozen=True)
class Step:
    """One planned alert of one clock."""

    level: Level
    repeat_no: int
    fire_at: datetime
    wake_at: datetime

    @property
    def rank(self) -> tuple[int, int]:
        """Order on the ladder; a step already passed is never sent again."""
        return LEVEL_ORDER[self.level], self.repeat_no


@dataclass(frozen=True)
class Climb:
    """What the steps of one clock depend on."""

    clock: Clock
    policy: Policy
    severity: int
    hold_until: datetime | None = None

    @property
    def waking(self) -> BusinessCalendar:
        return BusinessCalendar(
            {day: [self.policy.waking] for day in range(7)}, zone=self.clock.calendars.zone
        )

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The first word is about the answer only; platforms warn at times of their own."""
        rungs = self.policy.ladder.rungs
        if self.clock.kind not in ANSWERED_BY:
            return tuple(rung for rung in rungs if rung.percent != 0)
        if self.clock.kind is not ClockKind.EXTERNAL:
            return rungs
        return EXTERNAL_RUNGS + tuple(rung for rung in rungs if rung.percent is None)


def upcoming(climb: Climb, passed: tuple[int, int] | None = None) -> Iterator[Step]:
    """The steps after the last one passed, in ladder order, hourly at the end."""
    for rung in climb.rungs:
        fire_at = _fires(climb, rung)
        if fire_at >= climb.clock.started_at and _is_ahead(rung.level, rung.repeat_no, passed):
            yield _step(climb, rung.level, rung.repeat_no, fire_at)
    ladder = climb.policy.ladder
    last = max(rung.after for rung in ladder.rungs)
    for number in range(1, ladder.repeats + 1):
        if _is_ahead(Level.R, number, passed):
            fire_at = _after_due(climb, last + number * ladder.repeat_every)
            yield _step(climb, Level.R, number, fire_at)
    end = _after_due(climb, last + ladder.repeats * ladder.repeat_every)
    first = passed[1] + 1 if passed and passed[0] == LEVEL_ORDER[Level.H] else 1
    fire_at = climb.waking.add(end, (first - 1) * HOUR) if first > 1 else end
    for number in range(first, HOURLY_MAX):
        fire_at = climb.waking.add(fire_at, HOUR)  # each from the one before: months go by quickly
        yield _step(climb, Level.H, number, fire_at)


def due(
    climb: Climb, passed: tuple[int, int] | None, now: datetime
) -> tuple[list[Step], Step | None]:
    """The steps that are due by `now`, in order, and the next one to wait for.

    Of those due only the highest is sent; the lower ones are superseded.
    """
    found: list[Step] = []
    for step in upcoming(climb, passed):
        if step.wake_at > now:
            return found, step
        found.append(step)
    return found, None


def audience(policy: Policy, level: Level, *, complaint_cycle: int) -> frozenset[Party]:
    """Who a level goes to: repeats to all reached so far, a reopened case one level higher."""
    rungs = policy.ladder.rungs
    if level in {Level.R, Level.H}:
        return frozenset(party for rung in rungs for party in rung.to)
    parties = frozenset(party for rung in rungs if rung.level is level for party in rung.to)
    if complaint_cycle > 1 and level in _REOPENED_ALSO:
        parties |= {_REOPENED_ALSO[level]}
    return parties or frozenset({Party.ASSIGNEE})


def _is_ahead(level: Level, repeat_no: int, passed: tuple[int, int] | None) -> bool:
    return passed is None or (LEVEL_ORDER[level], repeat_no) > passed


def _fires(climb: Climb, rung: Rung) -> datetime:
    if rung.percent is not None:
        return climb.clock.point(rung.percent)
    if rung.after < 0:
        return climb.clock.due_at + timedelta(seconds=rung.after)
    return _after_due(climb, rung.after)


def _after_due(climb: Climb, seconds: int) -> datetime:
    due_at = climb.clock.due_at
    if climb.severity not in RESPECTS_QUIET_HOURS:
        return due_at + timedelta(seconds=seconds)
    return climb.waking.add(due_at, seconds) if seconds else climb.waking.next_open(due_at)


def _step(climb: Climb, level: Level, repeat_no: int, fire_at: datetime) -> Step:
    wake_at = fire_at
    if climb.severity in RESPECTS_QUIET_HOURS:
        wake_at = climb.waking.next_open(fire_at)
    if climb.hold_until is not None and level in _HELD_BY_ACK:
        wake_at = max(wake_at, climb.hold_until)
    return Step(level, repeat_no, fire_at, wake_at)
