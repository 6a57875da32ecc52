"""The state machine as data: which events each state takes."""

from collections.abc import Mapping

from crm.complaints.rules.words import (
    SAID_BY_STAFF,
    WRITTEN_BY_SHUKE,
    EventType,
    IllegalTransition,
    State,
)

E = EventType
_ALWAYS_LIVE = frozenset(
    {
        E.CUSTOMER_MESSAGE,
        E.PUBLIC_REPLY,
        E.PRIVATE_REPLY,
        E.ONLOOKER_SIGNAL,
        E.HANDED_OVER,
        E.PROMISED,
        E.PROMISE_KEPT,
        E.EXTERNAL_MET,
        E.SEVERITY_CHANGED,
        E.EXTENDED,
        E.MERGED,
        E.VOIDED,
        E.UNDONE,
    }
)
TAKES: Mapping[State, frozenset[EventType]] = {
    State.OPEN: _ALWAYS_LIVE | {E.ACKNOWLEDGED, E.HOLDING_REPLY, E.PAUSED},
    State.ACKNOWLEDGED: _ALWAYS_LIVE | {E.HOLDING_REPLY, E.PAUSED},
    State.ANSWERED: _ALWAYS_LIVE | {E.PAUSED, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED},
    State.WAITING: _ALWAYS_LIVE | {E.RESUMED},
    State.RESOLVED: frozenset(
        {
            E.CUSTOMER_MESSAGE,
            E.ONLOOKER_SIGNAL,
            E.PROMISE_KEPT,
            E.PUBLIC_CLOSURE,
            E.CLOSURE_WAIVED,
            E.REOPENED,
            E.UNDONE,
        }
    ),
    State.CLOSED: frozenset({E.CUSTOMER_MESSAGE, E.REOPENED, E.UNDONE}),
    State.MERGED: frozenset({E.UNDONE}),
    State.VOIDED: frozenset({E.UNDONE}),
}
COUNT_AS_WORK = SAID_BY_STAFF | {E.ACKNOWLEDGED, E.HANDED_OVER, E.RESOLUTION_OFFERED}
"""Once staff did one of these, a complaint that Shuke opened by itself is no longer untouched."""


def allowed(state: State) -> tuple[EventType, ...]:
    """The events that people may post in that state, in the order of the list of types."""
    return tuple(e for e in EventType if e in TAKES[state] and e not in WRITTEN_BY_SHUKE)


def check(state: State, event: EventType) -> None:
    """Raise IllegalTransition when the state does not take the event."""
    if event not in TAKES[state]:
        raise IllegalTransition(state, allowed(state))
