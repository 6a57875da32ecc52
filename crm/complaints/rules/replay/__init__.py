"""The one way to know what is true of a complaint: replay its events.

Decision (accepted): state, severity, clocks and verdicts are a fold over the log, in the order
of recording, with the times at which things really happened; `undone` replays without an event.
What comes by itself follows from the events too: its rows only say how far time has come.
Context: products that keep state beside history disagree with themselves after late entries.
Consequences: service, worker, pages and explanations read the same projection; an event that
no longer fits (after an undo, say) changes nothing: guards belong to the moment of recording.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from crm.complaints.rules.calendars import Calendars
from crm.complaints.rules.clocks import external
from crm.complaints.rules.machine import TAKES
from crm.complaints.rules.policy import GIVEN, Policy
from crm.complaints.rules.projection import Event, Projection
from crm.complaints.rules.replay import course, moves, talk
from crm.complaints.rules.severity import base_severity, visibility_of
from crm.complaints.rules.undoing import undone
from crm.complaints.rules.words import (
    HAPPENED_OUTSIDE,
    SPREAD,
    WRITTEN_BY_SHUKE,
    Category,
    Channel,
    ClockKind,
    EventType,
)

_BY_ITSELF = frozenset({EventType.ACK_TIMED_OUT, EventType.RESOLVED})


def replay(
    events: Sequence[Event], policy: Policy, calendars: Mapping[int, Calendars]
) -> Projection:
    """The complaint after these events."""
    gone, case = undone(events), Projection(policy, calendars)
    for event in events:
        _advance(case, event, is_undone=event.seq in gone)
    return case


def replay_further(
    case: Projection, event: Event, calendars: Mapping[int, Calendars]
) -> Projection:
    """The complaint after one more event, which is no `undone`; `case` stays as it is."""
    following = case.copy()
    following.calendars = calendars
    _advance(following, event, is_undone=False)
    return following


def _advance(case: Projection, event: Event, *, is_undone: bool) -> None:
    _pass_time(case, event.at if _came_by_itself(event) else event.recorded_at)
    if not is_undone and not _came_by_itself(event):
        apply(case, event)
    elif event.type is EventType.LOGGED:
        apply(case, event)
        course.void(case, event)


def _came_by_itself(event: Event) -> bool:
    return event.type in _BY_ITSELF or (event.type is EventType.RESUMED and event.actor_id is None)


def _pass_time(case: Projection, until: datetime) -> None:
    """Let happen what comes by itself by then."""
    while (coming := case.automatic()) and coming.at <= until:
        apply(case, Event(0, coming.type, coming.at, coming.at))


def apply(case: Projection, event: Event) -> None:
    """Let one event happen; what the event means is in the handlers below."""
    handler = _HANDLERS.get(event.type)
    if handler is not None and _fits(case, event):
        handler(case, event)
    if event.type in HAPPENED_OUTSIDE or event.type is EventType.LOGGED:
        case.spoken_at = max(case.spoken_at or event.at, event.at)


def _fits(case: Projection, event: Event) -> bool:
    """Whether the state takes what people recorded; what Shuke writes has guards of its own."""
    is_written = event.type in WRITTEN_BY_SHUKE or "from_id" in event.data
    is_written = is_written or event.data.get("cause") == SPREAD
    return is_written or event.type in TAKES[case.state]


def _logged(case: Projection, event: Event) -> None:
    data = event.data
    case.channel, case.category = Channel(data["channel"]), Category(data["category"])
    case.visibility = visibility_of(case.channel)
    case.severity = data.get("severity") or base_severity(case.channel, case.category)
    case.reporter, case.assignee_id = data.get("reporter"), data.get("assignee_id")
    case.calendar_id, case.occurred_at = data["calendar_id"], event.at
    if not data.get("external_due_at"):
        course.start_cycle(case, event.at)
        return
    due_at = datetime.fromisoformat(data["external_due_at"])
    case.run(ClockKind.EXTERNAL, event.at, GIVEN, external(due_at, event.at))
    case.start(ClockKind.RESOLUTION, event.at)


_HANDLERS: Mapping[EventType, Callable[[Projection, Event], None]] = {
    EventType.LOGGED: _logged,
    EventType.CUSTOMER_MESSAGE: talk.customer_message,
    EventType.HOLDING_REPLY: talk.holding_reply,
    EventType.PUBLIC_REPLY: talk.public_reply,
    EventType.PRIVATE_REPLY: talk.private_reply,
    EventType.ONLOOKER_SIGNAL: moves.onlooker_signal,
    EventType.ACKNOWLEDGED: course.acknowledged,
    EventType.ACK_TIMED_OUT: course.ack_timed_out,
    EventType.HANDED_OVER: course.handed_over,
    EventType.PAUSED: course.paused,
    EventType.RESUMED: course.resumed,
    EventType.PROMISED: talk.promised,
    EventType.PROMISE_KEPT: talk.promise_kept,
    EventType.RESOLUTION_OFFERED: course.resolution_offered,
    EventType.CUSTOMER_CONFIRMED: course.confirmed,
    EventType.PUBLIC_CLOSURE: course.public_closure,
    EventType.CLOSURE_WAIVED: course.closure_waived,
    EventType.EXTERNAL_MET: course.external_met,
    EventType.SEVERITY_CHANGED: moves.severity_changed,
    EventType.DEADLINE_CHANGED: moves.deadline_changed,
    EventType.EXTENDED: moves.extended,
    EventType.MERGED: moves.merged,
    EventType.REOPENED: course.reopened,
    EventType.RESOLVED: course.confirmed,
    EventType.VOIDED: course.void,
}
