"""Why a deadline is when it is: read off the clock that the replay made, never counted apart.

What was counted, what was skipped, where it stood still, what moved it. The counted stretches and
what is left add up to the target and the moves.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from crm.complaints.rules.calendars import Calendars
from crm.complaints.rules.clocks import CALENDAR, PAUSED, Clock, Deadline, Rule

MERGED = "merged"
_FROM_THE_START = frozenset({CALENDAR, MERGED})
"""Causes that count the whole span again."""


class StretchKind(enum.Enum):
    """What a stretch of time did to a clock."""

    COUNTED = "counted"
    SKIPPED = "skipped"
    PAUSED = "paused"
    LATE = "late"


@dataclass(frozen=True)
class Stretch:
    """A stretch between start and deadline."""

    kind: StretchKind
    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True)
class Move:
    """A due time that was changed: by whom, from when to when, and how much time that gave."""

    cause: str
    at: datetime
    old: datetime
    new: datetime
    seconds: float


@dataclass(frozen=True)
class Explanation:
    """One deadline, span by span."""

    clock: Clock
    rule: Rule
    target_seconds: float
    stretches: tuple[Stretch, ...]
    moves: tuple[Move, ...]
    left_seconds: float
    """What a pause still holds back; it is counted after it."""

    @property
    def counted_seconds(self) -> float:
        """The sum of what counted."""
        return sum(s.seconds for s in self.stretches if s.kind is StretchKind.COUNTED)


def explain(clock: Clock) -> Explanation:
    """From start to deadline without gaps."""
    number = _restart(clock.deadlines)
    base, rest = clock.deadlines[number], clock.deadlines[number + 1 :]
    stretches = _joined([*_before(clock, base), *_after(clock, base, rest)])
    left, moves = _ledger(clock, base, rest)
    target = base.budget
    if target is None:  # set by somebody: the span itself is what was given
        counted = sum(s.seconds for s in stretches if s.kind is StretchKind.COUNTED)
        target = counted + left - sum(move.seconds for move in moves)
    earlier = _again(clock.deadlines[: number + 1])
    return Explanation(clock, base.rule, target, tuple(stretches), (*earlier, *moves), left)


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """The same without borders between stretches of one kind."""
    found: list[Stretch] = []
    for one in stretches:
        if found and found[-1].kind is one.kind:
            found[-1] = Stretch(one.kind, found[-1].start, one.end)
        else:
            found.append(one)
    return found


def _restart(deadlines: Sequence[Deadline]) -> int:
    """The last deadline that was counted from the start."""
    found = [n for n, one in enumerate(deadlines) if one.cause in _FROM_THE_START]
    return found[-1] if found else 0


def _again(deadlines: Sequence[Deadline]) -> Iterator[Move]:
    """Due times that a later count from the start replaced; they give and take no time."""
    for old, new in pairwise(deadlines):
        if new.cause != PAUSED and new.due_at != old.due_at:
            yield Move(new.cause, new.set_at, old.due_at, new.due_at, 0.0)


def _hours(clock: Clock, deadline: Deadline) -> Calendars:
    return deadline.counted_by or clock.calendars


def _elapsed(clock: Clock, deadline: Deadline, start: datetime, end: datetime) -> float:
    calendars = _hours(clock, deadline)
    first = calendars.counts_from(deadline.basis, clock.started_at)
    return calendars.elapsed(deadline.basis, max(start, first), end)


def _spans(clock: Clock, deadline: Deadline, start: datetime, end: datetime) -> Iterator[Stretch]:
    """What counts and what is skipped; of a period in workdays the start day is skipped."""
    calendars = _hours(clock, deadline)
    first = min(max(start, calendars.counts_from(deadline.basis, clock.started_at)), end)
    if start < first:
        yield Stretch(StretchKind.SKIPPED, start, first)
    for span in calendars.spans(deadline.basis, first, end):
        kind = StretchKind.COUNTED if span.counted else StretchKind.SKIPPED
        yield Stretch(kind, span.start, span.end)


def _before(clock: Clock, base: Deadline) -> Iterator[Stretch]:
    """From the start to where the base came into force, with the pauses until then."""
    at = clock.started_at
    for start, end in clock.pauses:
        if start >= base.set_at or base.set_at <= at:
            break
        yield from _phase(clock, base, at, start)
        yield Stretch(StretchKind.PAUSED, start, min(end, base.set_at))
        at = min(end, base.set_at)
    yield from _phase(clock, base, at, max(at, base.set_at))


def _after(clock: Clock, base: Deadline, rest: Sequence[Deadline]) -> Iterator[Stretch]:
    """From there to the deadline, through every later one."""
    at = max(base.set_at, clock.started_at)
    for deadline in (base, *rest):
        if deadline.set_at > at:
            yield Stretch(StretchKind.PAUSED, at, deadline.set_at)
            at = deadline.set_at
        end = max(deadline.until or deadline.due_at, at)
        yield from _phase(clock, deadline, at, end)
        at = end


def _phase(clock: Clock, deadline: Deadline, start: datetime, end: datetime) -> Iterator[Stretch]:
    """What runs up to the due time, and then on."""
    due = min(max(deadline.due_at, start), end)
    yield from _spans(clock, deadline, start, due)
    if due < end:
        yield Stretch(StretchKind.LATE, due, end)


def _ledger(clock: Clock, base: Deadline, rest: Sequence[Deadline]) -> tuple[float, list[Move]]:
    """What is still held back, and what each move gave or took."""
    moves: list[Move] = []
    before, left = base, _left(clock, base)
    held: list[Deadline] = []  # moved while it stood still: known when it goes on
    for deadline in rest:
        if deadline.until == deadline.set_at:
            held.append(deadline)
            continue
        fresh = _elapsed(clock, deadline, deadline.set_at, deadline.due_at)
        if deadline.cause != PAUSED or held:
            cause = held[-1] if held else deadline
            moves.append(
                Move(cause.cause, cause.set_at, before.due_at, deadline.due_at, fresh - left)
            )
            held = []
        before, left = deadline, _left(clock, deadline)
    if before.until is None and not held:
        return 0.0, moves
    if held:
        cause = held[-1]
        gained = clock.left_seconds - left
        moves.append(Move(cause.cause, cause.set_at, before.due_at, cause.due_at, gained))
        left = clock.left_seconds
    return left, moves


def _left(clock: Clock, deadline: Deadline) -> float:
    """What was left when the deadline went out of force; nothing when it was late by then."""
    if deadline.until is None:
        return 0.0
    return _elapsed(clock, deadline, deadline.until, deadline.due_at)
