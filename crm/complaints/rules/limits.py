"""What a policy may say: every clock that must run runs, hours exist, nobody is left out. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from crm.complaints.rules.policy import (
    DAY,
    HOUR,
    MINUTE,
    TARGET_HOURS_MAX,
    TARGET_MINUTES_MAX,
    Policy,
    Target,
)
from crm.complaints.rules.words import Basis, ClockKind

TARGET_WORKDAYS_MAX = 60
TARGET_DAYS_MAX = 60
REPEAT_MINUTES = (5, 1440)
REPEATS_MAX = 48
HOLD_MINUTES_MAX = 1440
PERCENT_MAX = 99
SPREAD_MINUTES_MAX = 240
DOUBTERS = (2, 20)
SCORE = (1, 50)
ALWAYS = {
    1: (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE, ClockKind.RESOLUTION),
    2: (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE, ClockKind.RESOLUTION),
    3: (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE, ClockKind.RESOLUTION),
    4: (ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION),
}
"""Clocks that no policy may switch off: without them a complaint would be forgotten."""
IN_HOURS = frozenset({1, 2})
"""Levels that the short page edits in minutes and hours."""


class BadPolicy(ValueError):
    """A policy that cannot be: `field` names the part, `key` the words that explain it.

    A part of the table of targets has a `severity` too.
    """

    def __init__(
        self, field: str, key: str, *, severity: int | None = None, **values: object
    ) -> None:
        super().__init__(key)
        self.field = field
        self.key = key
        self.severity = severity
        self.values = values


def check(policy: Policy, *, has_hours: bool, has_desk: bool) -> None:
    """Raise BadPolicy for the first thing that cannot be."""
    for error in _errors(policy, has_hours=has_hours, has_desk=has_desk):
        raise error


def _errors(policy: Policy, *, has_hours: bool, has_desk: bool) -> Iterator[BadPolicy]:
    for severity, kinds in ALWAYS.items():
        row = policy.targets[severity]
        for kind in kinds:
            if kind not in row:
                yield BadPolicy(kind.value, "complaints.error.clock_needed", severity=severity)
        for kind, target in row.items():
            yield from _target_errors(severity, kind, target)
            if target.basis is Basis.BUSINESS_HOURS:
                if target.by_desk and not has_desk:
                    yield BadPolicy(kind.value, "complaints.error.no_desk_hours", severity=severity)
                if not target.by_desk and not has_hours:
                    yield BadPolicy(kind.value, "complaints.error.no_hours", severity=severity)
    yield from _ladder_errors(policy)
    yield from _number_errors(policy)


def _target_errors(severity: int, kind: ClockKind, target: Target) -> Iterator[BadPolicy]:
    if target.basis is Basis.WORKDAYS:
        fits = 1 <= target.workdays <= TARGET_WORKDAYS_MAX and severity not in IN_HOURS
    else:
        fits = MINUTE <= target.seconds <= TARGET_DAYS_MAX * DAY
    if kind is ClockKind.RESOLUTION and severity in IN_HOURS:
        fits = fits and HOUR <= target.seconds <= TARGET_HOURS_MAX * HOUR
    if kind is ClockKind.FIRST_RESPONSE and severity in IN_HOURS:
        fits = fits and target.seconds <= TARGET_MINUTES_MAX * MINUTE
    for extra in (target.cap_seconds, target.live_seconds):
        fits = fits and (extra is None or MINUTE <= extra <= TARGET_DAYS_MAX * DAY)
    if not fits:
        yield BadPolicy(kind.value, "complaints.error.target_range", severity=severity)


def _ladder_errors(policy: Policy) -> Iterator[BadPolicy]:
    ladder = policy.ladder
    warnings = [rung.percent for rung in ladder.rungs if rung.percent is not None]
    later = [rung.after for rung in ladder.rungs if rung.percent is None]
    if any(not rung.to for rung in ladder.rungs):
        yield BadPolicy("l0", "complaints.error.rung_without_people")
    if 0 not in later:
        yield BadPolicy("l0", "complaints.error.due_needed")
    in_order = all(one < other for one, other in pairwise(warnings))
    if not in_order or any(not 0 <= percent <= PERCENT_MAX for percent in warnings):
        yield BadPolicy("w1", "complaints.error.warnings_order")
    in_range = all(0 <= after <= TARGET_MINUTES_MAX * MINUTE for after in later)
    if not in_range or any(one >= other for one, other in pairwise(later)):
        yield BadPolicy("l1", "complaints.error.steps_order")
    least, most = REPEAT_MINUTES
    if not least * MINUTE <= ladder.repeat_every <= most * MINUTE:
        yield BadPolicy("repeat_every", "complaints.error.minutes_range", least=least, most=most)
    if not 0 <= ladder.repeats <= REPEATS_MAX:
        yield BadPolicy("repeats", "complaints.error.times_range", most=REPEATS_MAX)


def _number_errors(policy: Policy) -> Iterator[BadPolicy]:
    holds = policy.ack_hold.values()
    if any(not MINUTE <= hold <= HOLD_MINUTES_MAX * MINUTE for hold in holds):
        most = HOLD_MINUTES_MAX
        yield BadPolicy("hold_1", "complaints.error.minutes_range", least=1, most=most)
    if not MINUTE <= policy.spread_seconds <= SPREAD_MINUTES_MAX * MINUTE:
        most = SPREAD_MINUTES_MAX
        yield BadPolicy("spread", "complaints.error.minutes_range", least=1, most=most)
    if not MINUTE <= policy.promise_seconds <= TARGET_MINUTES_MAX * MINUTE:
        most = TARGET_MINUTES_MAX
        yield BadPolicy("promise", "complaints.error.minutes_range", least=1, most=most)
    rule = policy.spread
    if not DOUBTERS[0] <= rule.doubters <= DOUBTERS[1] or not SCORE[0] <= rule.score <= SCORE[1]:
        yield BadPolicy("doubters", "complaints.error.spread_range")
    if not 1 <= rule.within_minutes <= SPREAD_MINUTES_MAX:
        most = SPREAD_MINUTES_MAX
        yield BadPolicy("within", "complaints.error.minutes_range", least=1, most=most)
    first, last = policy.waking
    if not 0 <= first < last <= DAY // MINUTE:
        yield BadPolicy("wakes", "complaints.error.waking_order")
