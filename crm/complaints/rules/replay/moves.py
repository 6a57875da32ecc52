"""What moves deadlines: spread, graver severity, an extension, a merge, corrected hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from crm.complaints.rules import spread
from crm.complaints.rules.clocks import external, promised, reckon_again, reckon_anew
from crm.complaints.rules.policy import GIVEN, Target
from crm.complaints.rules.projection import Event, Projection, unmet
from crm.complaints.rules.replay.course import reopen
from crm.complaints.rules.words import (
    OUR_ANSWERS,
    SPREAD,
    TIGHTENED_BY_SPREAD,
    Basis,
    ClockKind,
    SignalKind,
    State,
    Visibility,
)

K = ClockKind
SEVERITY_NOTICE_SECONDS = 300
_BY_T18 = frozenset({K.RESOLUTION, K.PUBLIC_CLOSURE})


def onlooker_signal(case: Projection, event: Event) -> None:
    member = event.data.get("member") or f"#{event.seq}"
    if member == case.reporter or case.state in {State.CLOSED, State.MERGED, State.VOIDED}:
        return
    signal = spread.Signal(event.at, SignalKind(event.data["signal"]), member)
    if case.onset.crosses(signal):
        if case.state is State.RESOLVED:
            reopen(case, event.at)
        _spread(case, event.recorded_at)


def _spread(case: Projection, at: datetime) -> None:
    case.spread_at, case.severity, case.hold_until = at, 1, None
    seconds = case.policy.spread_seconds
    case.change(unmet(TIGHTENED_BY_SPREAD), lambda clock: case.tighten(clock, at, seconds))
    case.change(unmet(_BY_T18), lambda clock: case.raise_to(clock, at, 1, "spread", seconds))


def _spread_elsewhere(case: Projection, event: Event) -> None:
    """The matter spread on another complaint; or it spread already when this one came up.

    Who comes later is urgent from her own start: the moment of the spread lies before it.
    """
    if event.data["is_own"] and case.state is State.RESOLVED:
        reopen(case, event.at)
    if event.data["reached_at"] is not None:
        _spread(case, datetime.fromisoformat(event.data["reached_at"]))
        return
    case.spread_at, case.severity, case.hold_until = event.at, 1, None
    case.change(
        lambda c: c.is_unmet, lambda c: case.raise_to(c, c.started_at, 1, "spread", seconds=0)
    )


def severity_changed(case: Projection, event: Event) -> None:
    if event.data.get("cause") == SPREAD:
        _spread_elsewhere(case, event)
        return
    before, case.severity = case.severity, event.data["severity"]
    if case.severity < before:
        at, now_at = event.recorded_at, SEVERITY_NOTICE_SECONDS
        case.change(
            lambda c: c.is_unmet, lambda c: case.raise_to(c, at, case.severity, "severity", now_at)
        )


def extended(case: Projection, event: Event) -> None:
    kind, number = ClockKind(event.data["kind"]), event.data["cycle"]
    due_at = datetime.fromisoformat(event.data["due_at"])
    case.change(
        lambda c: (c.kind, c.cycle) == (kind, number) and c.is_ticking,
        lambda c: replace(
            c.later(due_at, event.recorded_at, "extended"), extensions=c.extensions + 1
        ),
    )


def merged(case: Projection, event: Event) -> None:
    if "into_id" in event.data:
        case.change(lambda c: c.is_unmet, lambda clock: clock.cancelled(event.at))
        case.state, case.merged_into_id = State.MERGED, event.data["into_id"]
        case.hold_until = None
        return
    for kind, started in event.data["starts"].items():
        _take_over(case, ClockKind(kind), datetime.fromisoformat(started), event)
    for given in event.data["given"]:
        _go_on(case, given)
    case.settle()


def _go_on(case: Projection, given: Mapping[str, Any]) -> None:
    """A promise, or a platform's deadline, of the complaint that was merged into this one."""
    due_at, start = (datetime.fromisoformat(given[part]) for part in ("due_at", "started_at"))
    kind, note = ClockKind(given["kind"]), given["note"]
    if kind is K.EXTERNAL:
        case.run(kind, start, GIVEN, external(due_at, start), note=note)
        return
    held_before = Visibility(given["held_before"]) if given["held_before"] else None
    target = Target(Basis.WALL, seconds=int((due_at - start).total_seconds()))
    case.run(kind, start, target, promised(due_at, start), note=note, held_before=held_before)


def _take_over(case: Projection, kind: ClockKind, started: datetime, event: Event) -> None:
    """The earliest start wins for each kind that is unmet on either side."""
    target = case.target(kind)
    own = next((clock for clock in case.clocks if unmet({kind})(clock)), None)
    if own is None:
        case.start(kind, started)
    elif started < own.started_at and target is not None:
        older = replace(own, started_at=started)
        anew = reckon_anew(older, target, own.calendars)
        basis, at = anew.deadlines[-1].basis, event.recorded_at
        sooner = older.sooner(anew.due_at, anew.left_seconds, at, "merged", basis)
        case.change(lambda c: c is own, lambda _own: sooner)


def deadline_changed(case: Projection, event: Event) -> None:
    """Corrected hours and a platform's word change deadlines; other moves are only noted."""
    if "calendar_id" in event.data:
        case.calendar_id = event.data["calendar_id"]
        case.change(lambda c: c.is_unmet, lambda c: reckon_again(c, case.pinned, event.recorded_at))
    elif "given" in event.data:
        _given_by_platform(case, event)


def _given_by_platform(case: Projection, event: Event) -> None:
    """A step of the platform has a clock of its own, instead of the clocks of our answers."""
    due_at, at = datetime.fromisoformat(event.data["given"]), event.recorded_at
    number = event.data["cycle"]
    if number is None:
        case.change(unmet(OUR_ANSWERS), lambda clock: clock.cancelled(at))
        case.run(K.EXTERNAL, at, GIVEN, external(due_at, at), note=event.data["note"])
    case.change(
        lambda c: (c.kind, c.cycle) == (K.EXTERNAL, number) and c.is_unmet,
        lambda c: c.under(external(due_at, at)),
    )
    case.settle()
