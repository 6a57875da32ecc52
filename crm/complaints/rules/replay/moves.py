"""What moves deadlines: spread, graver severity, an extension, a merge, corrected hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crm.complaints.rules import spread
from crm.complaints.rules.clocks import reckon, reckon_again
from crm.complaints.rules.projection import Event, Projection, unmet
from crm.complaints.rules.replay.course import reopen
from crm.complaints.rules.words import (
    TIGHTENED_BY_SPREAD,
    ClockKind,
    SignalKind,
    State,
)

K = ClockKind
SEVERITY_NOTICE_SECONDS = 300
_BY_T18 = frozenset({K.RESOLUTION, K.PUBLIC_CLOSURE})


def onlooker_signal(case: Projection, event: Event) -> None:
    member = event.data.get("member") or f"#{event.seq}"
    if member == case.reporter or case.state in {State.CLOSED, State.MERGED, State.VOIDED}:
        return
    was = spread.is_spreading(case.signals, case.public_replies, event.at)
    case.signals.append(spread.Signal(event.at, SignalKind(event.data["signal"]), member))
    later = [signal.at for signal in case.signals if signal.at >= event.at]
    if not was and any(spread.reached(case.signals, at) for at in later):
        if case.state is State.RESOLVED:
            reopen(case, event.at)
        _spread(case, event.recorded_at)


def _spread(case: Projection, at: datetime) -> None:
    case.spread_at, case.severity, case.hold_until = at, 1, None
    seconds = case.policy.spread_seconds
    case.change(unmet(TIGHTENED_BY_SPREAD), lambda clock: case.tighten(clock, at, seconds))
    case.change(unmet(_BY_T18), lambda clock: case.raise_to(clock, at, 1, "spread", seconds))


def severity_changed(case: Projection, event: Event) -> None:
    before, case.severity = case.severity, event.data["severity"]
    if case.severity < before:
        at, now_at = event.recorded_at, SEVERITY_NOTICE_SECONDS
        case.change(
            lambda c: c.is_unmet, lambda c: case.raise_to(c, at, case.severity, "severity", now_at)
        )


def extended(case: Projection, event: Event) -> None:
    due_at = datetime.fromisoformat(event.data["due_at"])
    kind = ClockKind(event.data["kind"])
    case.change(
        lambda c: c.kind is kind and c.is_ticking and c.due_at < due_at,
        lambda c: replace(
            c.moved(due_at, event.recorded_at, "extended"), extensions=c.extensions + 1
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
    case.settle()


def _take_over(case: Projection, kind: ClockKind, started: datetime, event: Event) -> None:
    """The earliest start wins for each kind that is unmet on either side."""
    own = [clock for clock in case.clocks if unmet({kind})(clock)]
    if not own:
        case.start(kind, started)
    elif started < own[0].started_at and (target := case.target(kind)) is not None:
        fresh = reckon(target, started, own[0].calendars)
        case.change(
            lambda c: c is own[0],
            lambda c: replace(c, started_at=started).moved(
                min(fresh.due_at, c.due_at), event.recorded_at, "merged", fresh.basis
            ),
        )


def deadline_changed(case: Projection, event: Event) -> None:
    """Only corrected hours change anything here; other moves are records of what events did."""
    if "calendar_id" not in event.data:
        return
    case.calendar_id = event.data["calendar_id"]
    case.change(lambda c: c.is_unmet, lambda c: reckon_again(c, case.pinned, event.recorded_at))
