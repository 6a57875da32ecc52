"""What customer and staff said: answers stop clocks, messages start them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from crm.complaints.rules import clocks
from crm.complaints.rules.policy import Target
from crm.complaints.rules.projection import Event, Owed, Projection, stoppable, unmet
from crm.complaints.rules.replay.course import reopen, resume
from crm.complaints.rules.words import (
    ANSWERED_BY,
    LIVE,
    Basis,
    ClockKind,
    EventType,
    Intent,
    State,
    Visibility,
)

K = ClockKind
_PROMISED = Target(Basis.WALL)


def public_reply(case: Projection, event: Event) -> None:
    case.onset.reply(event.at)
    _take_charge(case, event)
    _answer(case, event, {K.PUBLIC_ACK, K.FIRST_RESPONSE, K.NEXT_RESPONSE})
    case.owed = [owed for owed in case.owed if owed.at > event.at]
    _after_answer(case)


def private_reply(case: Projection, event: Event) -> None:
    case.private_replies.append(event.at)
    _take_charge(case, event)
    kinds = set() if case.is_public else {K.FIRST_RESPONSE}
    earlier = [owed for owed in case.owed if owed.at <= event.at]
    if not case.is_public or not any(owed.is_public for owed in earlier):
        kinds.add(K.NEXT_RESPONSE)
    _answer(case, event, kinds)
    case.owed = [
        owed for owed in case.owed if owed.at > event.at or (case.is_public and owed.is_public)
    ]
    _after_answer(case)


def _take_charge(case: Projection, event: Event) -> None:
    """Who answers what nobody has taken is the one to ask from then on."""
    case.assignee_id = case.assignee_id or event.actor_id


def _answer(case: Projection, event: Event, kinds: set[ClockKind]) -> None:
    """Stop the clocks that ran when the reply was given."""
    at = event.at
    if case.change(stoppable({K.FIRST_RESPONSE} & kinds, at), lambda clock: clock.met(at)):
        case.first_response_at = case.first_response_at or at
    case.change(stoppable(kinds - {K.FIRST_RESPONSE}, at), lambda clock: clock.met(at))
    is_seen = event.type is EventType.PUBLIC_REPLY or not case.is_public
    heard = set(Visibility) if is_seen else {Visibility.PRIVATE}
    held = stoppable({K.PROMISE}, at)
    case.change(lambda c: c.held_before in heard and held(c), lambda clock: clock.met(at))
    kept = event.data.get("promise")
    if kept is not None:
        one = stoppable({K.PROMISE}, at)
        case.change(lambda c: c.cycle == kept and one(c), lambda clock: clock.met(at))


def _after_answer(case: Projection) -> None:
    """What the customer wrote after the answer is owed from the earliest such message."""
    first_is_met = not any(unmet({K.FIRST_RESPONSE, K.NEXT_RESPONSE})(c) for c in case.clocks)
    if case.owed and first_is_met and case.state in LIVE:
        case.start(K.NEXT_RESPONSE, min(owed.at for owed in case.owed))
    case.settle()


def holding_reply(case: Projection, event: Event) -> None:
    is_visible = case.is_public and event.visibility is not Visibility.PRIVATE
    if is_visible and not case.holding_used:
        stopped = case.change(
            stoppable({K.PUBLIC_ACK}, event.at), lambda clock: clock.met(event.at)
        )
        case.holding_used = bool(stopped)
    due_at = event.at + timedelta(seconds=case.policy.promise_seconds)
    deadline = clocks.promised(due_at, event.at)
    target = replace(_PROMISED, seconds=case.policy.promise_seconds)
    seen_by = Visibility.PUBLIC if is_visible else Visibility.PRIVATE
    case.run(K.PROMISE, event.at, target, deadline, held_before=seen_by)
    case.settle()


def promised(case: Projection, event: Event) -> None:
    due_at = datetime.fromisoformat(event.data["due_at"])
    target = replace(_PROMISED, seconds=int((due_at - event.at).total_seconds()))
    note = event.data.get("task") or ""
    case.run(K.PROMISE, event.at, target, clocks.promised(due_at, event.at), note=note)


def promise_kept(case: Projection, event: Event) -> None:
    number, one = event.data["cycle"], stoppable({K.PROMISE}, event.at)
    case.change(lambda c: c.cycle == number and one(c), lambda clock: clock.met(event.at))


def customer_message(case: Projection, event: Event) -> None:
    intent = Intent(event.data.get("intent", Intent.PROBLEM.value))
    if intent in {Intent.THANKS, Intent.INFO}:
        return
    message = Owed(event.at, case.is_public and event.visibility is not Visibility.PRIVATE)
    if _was_answered(case, message):
        case.chase_count += _owed_at(case, event.at)
        return
    if case.state in {State.RESOLVED, State.CLOSED}:
        if intent is Intent.PROBLEM and case.may_reopen_by_message(event.at):
            reopen(case, event.at)
        return
    if case.state is State.WAITING and intent is Intent.PROBLEM:
        resume(case, event.at)
    case.owed.append(message)
    if case.owes_answer:
        case.chase_count += 1
        return
    _withdraw_offer(case)
    case.start(K.NEXT_RESPONSE, event.at)
    case.settle()


def _was_answered(case: Projection, message: Owed) -> bool:
    """Entered late: staff answered, or the customer was content, after she had written it.

    Chats tell minutes: what was written in the minute of an answer is taken to follow it.
    """
    replies = [*case.public_replies, *([] if message.is_public else case.private_replies)]
    ends = (*replies, *case.contented_at)
    return any(at.replace(second=0, microsecond=0) > message.at for at in ends)


def _owed_at(case: Projection, at: datetime) -> bool:
    """Whether an answer was owed at that moment."""
    return any(
        clock.kind in ANSWERED_BY
        and clock.started_at < at
        and (clock.met_at is None or clock.met_at > at)
        for clock in case.clocks
    )


def _withdraw_offer(case: Projection) -> None:
    case.offered_at = None
    case.change(lambda c: c.offered_at is not None, lambda clock: replace(clock, offered_at=None))
