"""The pinned promise: targets per severity and clock, the ladder, holds and thresholds.

A policy is data; a stored version is never changed, and a running complaint keeps its own.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from crm.complaints.rules.spread import SHIPPED, SpreadRule
from crm.complaints.rules.words import Basis, ClockKind, Party
from crm.integrations.rules import Level

MINUTE, HOUR, DAY = 60, 3600, 86_400
TARGET_MINUTES_MAX = 1440
TARGET_HOURS_MAX = 240


class Preset(enum.Enum):
    """The two tables that ship."""

    FULL = "full"
    TWO_LEVEL = "two_level"


@dataclass(frozen=True)
class Target:
    """What is owed: seconds of its basis or whole workdays, with a wall cap and a live form."""

    basis: Basis
    seconds: int = 0
    workdays: int = 0
    cap_seconds: int | None = None
    live_seconds: int | None = None
    by_desk: bool = False
    """Business hours are those of the after-sales desk, which works on statutory workdays."""


@dataclass(frozen=True)
class Rung:
    """A step of the ladder: at a percentage of the target, or seconds after (before) due."""

    level: Level
    to: tuple[Party, ...] = ()
    percent: int | None = None
    after: int = 0
    repeat_no: int = 1


@dataclass(frozen=True)
class Ladder:
    """Warnings and escalation; repeats go to everybody reached so far."""

    rungs: tuple[Rung, ...]
    repeat_every: int
    repeats: int


@dataclass(frozen=True)
class Policy:
    """One immutable version of the promise."""

    preset: Preset
    targets: Mapping[int, Mapping[ClockKind, Target]]
    ladder: Ladder
    ack_hold: Mapping[int, int]
    spread_seconds: int
    promise_seconds: int = 30 * MINUTE
    spread: SpreadRule = SHIPPED
    waking: tuple[int, int] = (540, 1320)
    reopen_days: int = 7
    """How long after the end a new problem of the customer opens the same complaint again."""

    def target(self, severity: int, kind: ClockKind) -> Target | None:
        """The target, or None where the policy switches the clock off."""
        return self.targets[severity].get(kind)

    def hold_seconds(self, severity: int) -> int:
        """How long an acknowledgement holds the ladder."""
        return self.ack_hold[severity]


def _wall(seconds: int) -> Target:
    return Target(Basis.WALL, seconds)


def _business(seconds: int, *, cap: int | None = None, live: int | None = None) -> Target:
    return Target(Basis.BUSINESS_HOURS, seconds, cap_seconds=cap, live_seconds=live)


GIVEN = Target(Basis.EXTERNAL)
"""A deadline that somebody set by its date."""
_ASSIGNEE, _DUTY, _LEAD, _OWNER = Party.ASSIGNEE, Party.DUTY, Party.LEAD, Party.OWNER
_ACK_HOLD = {1: 10 * MINUTE, 2: 20 * MINUTE, 3: 60 * MINUTE, 4: 240 * MINUTE}
_PUBLIC_CLOSURE = {1: _wall(24 * HOUR), 2: _wall(48 * HOUR)}
PRIVACY_RESOLUTION = _wall(30 * DAY)
EXTERNAL_RUNGS = (
    Rung(Level.W1, (_ASSIGNEE,), percent=50),
    Rung(Level.W2, (_ASSIGNEE,), after=-6 * HOUR),
    Rung(Level.W2, (_ASSIGNEE,), after=-1 * HOUR, repeat_no=2),
)

_DEFAULT_LADDER = Ladder(
    (
        Rung(Level.W1, (_ASSIGNEE,), percent=50),
        Rung(Level.W2, (_ASSIGNEE,), percent=80),
        Rung(Level.L0, (_ASSIGNEE, _DUTY)),
        Rung(Level.L1, (_LEAD,), after=5 * MINUTE),
        Rung(Level.L2, (_OWNER,), after=15 * MINUTE),
    ),
    repeat_every=30 * MINUTE,
    repeats=6,
)
_TWO_LEVEL_LADDER = Ladder(
    (
        Rung(Level.W0, (_ASSIGNEE,), percent=0),
        Rung(Level.W1, (_ASSIGNEE,), percent=50),
        Rung(Level.W2, (_ASSIGNEE, _DUTY), percent=80),
        Rung(Level.L0, (_ASSIGNEE, _DUTY, _OWNER)),
    ),
    repeat_every=15 * MINUTE,
    repeats=24,
)
_QUIET_ROWS = {
    3: {
        ClockKind.FIRST_RESPONSE: _business(15 * MINUTE),
        ClockKind.NEXT_RESPONSE: _business(30 * MINUTE),
        ClockKind.RESOLUTION: _wall(48 * HOUR),
    },
    4: {
        ClockKind.FIRST_RESPONSE: _business(4 * HOUR),
        ClockKind.RESOLUTION: Target(Basis.WORKDAYS, workdays=5),
    },
}

FULL = Policy(
    preset=Preset.FULL,
    targets={
        1: {
            ClockKind.PUBLIC_ACK: _wall(5 * MINUTE),
            ClockKind.FIRST_RESPONSE: _wall(30 * MINUTE),
            ClockKind.NEXT_RESPONSE: _wall(30 * MINUTE),
            ClockKind.RESOLUTION: _wall(24 * HOUR),
            ClockKind.PUBLIC_CLOSURE: _PUBLIC_CLOSURE[1],
        },
        2: {
            ClockKind.PUBLIC_ACK: _business(10 * MINUTE, cap=60 * MINUTE),
            ClockKind.FIRST_RESPONSE: _business(2 * HOUR),
            ClockKind.NEXT_RESPONSE: _business(2 * HOUR),
            ClockKind.RESOLUTION: _wall(48 * HOUR),
            ClockKind.PUBLIC_CLOSURE: _PUBLIC_CLOSURE[2],
        },
        **_QUIET_ROWS,
    },
    ladder=_DEFAULT_LADDER,
    ack_hold=_ACK_HOLD,
    spread_seconds=5 * MINUTE,
)


def _row(severity: int, first: int, solve: int, live: int) -> dict[ClockKind, Target]:
    return {
        ClockKind.FIRST_RESPONSE: _business(first, live=live),
        ClockKind.NEXT_RESPONSE: _business(first, live=live),
        ClockKind.RESOLUTION: _business(solve),
        ClockKind.PUBLIC_CLOSURE: _PUBLIC_CLOSURE[severity],
    }


TWO_LEVEL = Policy(
    preset=Preset.TWO_LEVEL,
    targets={
        1: _row(1, 15 * MINUTE, 4 * HOUR, 5 * MINUTE),
        2: _row(2, 30 * MINUTE, 24 * HOUR, 15 * MINUTE),
        **_QUIET_ROWS,
    },
    ladder=_TWO_LEVEL_LADDER,
    ack_hold=_ACK_HOLD,
    spread_seconds=10 * MINUTE,
)
PRESETS = {Preset.FULL: FULL, Preset.TWO_LEVEL: TWO_LEVEL}


@dataclass(frozen=True)
class LevelTimes:
    """What the settings page edits for one of the two public severities."""

    first_minutes: int
    solve_hours: int
    live_minutes: int | None


def times_of(policy: Policy, severity: int) -> LevelTimes:
    """The edited part of a policy."""
    first = policy.targets[severity][ClockKind.FIRST_RESPONSE]
    solve = policy.targets[severity][ClockKind.RESOLUTION]
    live = first.live_seconds
    return LevelTimes(
        first.seconds // MINUTE, solve.seconds // HOUR, None if live is None else live // MINUTE
    )


def with_times(policy: Policy, times: Mapping[int, LevelTimes]) -> Policy:
    """A new policy with other times for first answer, solving and livestream; the rest stays."""
    targets = {severity: dict(row) for severity, row in policy.targets.items()}
    for severity, wanted in times.items():
        row, was = targets[severity], times_of(policy, severity)
        if (wanted.first_minutes, wanted.live_minutes) != (was.first_minutes, was.live_minutes):
            live = None if wanted.live_minutes is None else wanted.live_minutes * MINUTE
            for kind in (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE):
                first = wanted.first_minutes * MINUTE
                row[kind] = replace(row[kind], seconds=first, live_seconds=live)
        if wanted.solve_hours != was.solve_hours:
            solve = row[ClockKind.RESOLUTION]
            row[ClockKind.RESOLUTION] = replace(solve, seconds=wanted.solve_hours * HOUR)
    return replace(policy, targets=targets)


def to_json(policy: Policy) -> dict[str, Any]:
    """The form in which a version is stored."""
    return {
        "preset": policy.preset.value,
        "targets": {
            str(severity): {
                kind.value: {**asdict(target), "basis": target.basis.value}
                for kind, target in row.items()
            }
            for severity, row in policy.targets.items()
        },
        "ladder": {
            "rungs": [
                {
                    **asdict(rung),
                    "level": rung.level.value,
                    "to": [party.value for party in rung.to],
                }
                for rung in policy.ladder.rungs
            ],
            "repeat_every": policy.ladder.repeat_every,
            "repeats": policy.ladder.repeats,
        },
        "ack_hold": {str(severity): seconds for severity, seconds in policy.ack_hold.items()},
        "spread_seconds": policy.spread_seconds,
        "promise_seconds": policy.promise_seconds,
        "spread": asdict(policy.spread),
        "waking": list(policy.waking),
        "reopen_days": policy.reopen_days,
    }


def from_json(stored: Mapping[str, Any]) -> Policy:
    """A stored version as it was."""
    rungs = tuple(
        Rung(**{**rung, "level": Level(rung["level"]), "to": tuple(map(Party, rung["to"]))})
        for rung in stored["ladder"]["rungs"]
    )
    return Policy(
        preset=Preset(stored["preset"]),
        targets={
            int(severity): {
                ClockKind(kind): Target(**{**target, "basis": Basis(target["basis"])})
                for kind, target in row.items()
            }
            for severity, row in stored["targets"].items()
        },
        ladder=Ladder(rungs, stored["ladder"]["repeat_every"], stored["ladder"]["repeats"]),
        ack_hold={int(severity): seconds for severity, seconds in stored["ack_hold"].items()},
        spread_seconds=stored["spread_seconds"],
        promise_seconds=stored["promise_seconds"],
        spread=SpreadRule(**stored["spread"]),
        waking=(stored["waking"][0], stored["waking"][1]),
        reopen_days=stored["reopen_days"],
    )
