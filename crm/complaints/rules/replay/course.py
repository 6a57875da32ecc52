"""The course of a case: taken, handed over, paused, offered, confirmed, closed, reopened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from crm.complaints.rules.projection import Event, Owed, Projection, stoppable, unmet
from crm.complaints.rules.words import LIVE, PAUSABLE, ClockKind, EventType, State

K = ClockKind


def start_cycle(case: Projection, at: datetime) -> None:
    case.owed = [Owed(at, case.is_public)]
    if case.is_public:
        case.start(K.PUBLIC_ACK, at)
    case.start(K.FIRST_RESPONSE, at)
    case.start(K.RESOLUTION, at)


def acknowledged(case: Projection, event: Event) -> None:
    if case.state is not State.OPEN:
        return
    case.state, case.assignee_id = State.ACKNOWLEDGED, event.actor_id
    case.hold_until = event.at + timedelta(seconds=case.policy.hold_seconds(case.severity))


def ack_timed_out(case: Projection, _event: Event) -> None:
    if case.state is State.ACKNOWLEDGED:
        case.state, case.hold_until = State.OPEN, None


def handed_over(case: Projection, event: Event) -> None:
    case.assignee_id, case.hold_until = event.data["to_id"], None
    if case.state is State.ACKNOWLEDGED:
        case.state = State.OPEN


def paused(case: Projection, event: Event) -> None:
    if case.state not in LIVE or case.state is State.WAITING:
        return
    case.state, case.hold_until = State.WAITING, None
    case.pause_until = datetime.fromisoformat(event.data["until"])
    case.pause_reason = event.data["reason"]
    case.pause_count += 1
    case.change(lambda c: c.kind in PAUSABLE and c.is_ticking, lambda clock: clock.paused(event.at))


def resumed(case: Projection, event: Event) -> None:
    if case.state is State.WAITING:
        resume(case, event.at)


def resume(case: Projection, at: datetime) -> None:
    case.state, case.pause_until, case.pause_reason = State.OPEN, None, ""
    case.resumed_at = at
    case.change(lambda c: c.paused_at is not None, lambda clock: clock.resumed(at))
    case.settle()


def resolution_offered(case: Projection, event: Event) -> None:
    case.offered_at = event.at
    case.change(
        stoppable({K.RESOLUTION}, event.at), lambda clock: replace(clock, offered_at=event.at)
    )


def confirmed(case: Projection, event: Event) -> None:
    if case.state is not State.ANSWERED or case.offered_at is None:
        return
    offered = case.offered_at
    if event.type is EventType.CUSTOMER_CONFIRMED:
        case.contented_at.append(event.at)
    at = max(event.at, offered)
    case.change(unmet({K.RESOLUTION}), lambda clock: clock.met(offered))
    case.state, case.resolved_at, case.offered_at = State.RESOLVED, at, None
    if case.is_public:
        case.start(K.PUBLIC_CLOSURE, at)
    else:
        _close(case, at)


def public_closure(case: Projection, event: Event) -> None:
    if case.state is State.RESOLVED:
        at = max(event.at, case.resolved_at or event.at)
        case.change(unmet({K.PUBLIC_CLOSURE}), lambda clock: clock.met(at))
        _close(case, at)


def closure_waived(case: Projection, event: Event) -> None:
    if case.state is State.RESOLVED:
        _close(case, event.at)


def _close(case: Projection, at: datetime) -> None:
    case.change(lambda c: c.is_unmet, lambda clock: clock.ended(at))
    case.state, case.closed_at, case.hold_until = State.CLOSED, at, None


def reopened(case: Projection, event: Event) -> None:
    if case.state in {State.RESOLVED, State.CLOSED}:
        reopen(case, event.at)


def reopen(case: Projection, at: datetime) -> None:
    case.change(lambda c: c.is_unmet, lambda clock: clock.ended(max(at, clock.started_at)))
    case.cycle += 1
    case.state, case.resolved_at, case.closed_at = State.OPEN, None, None
    start_cycle(case, at)


def external_met(case: Projection, event: Event) -> None:
    cycle = event.data["cycle"]
    one = stoppable({K.EXTERNAL}, event.at)
    case.change(lambda c: c.cycle == cycle and one(c), lambda clock: clock.met(event.at))
    case.settle()


def void(case: Projection, event: Event) -> None:
    case.change(lambda c: c.is_unmet, lambda clock: clock.cancelled(event.at))
    case.state, case.hold_until = State.VOIDED, None
