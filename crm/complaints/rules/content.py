"""What an event must carry, by type: read, checked, and brought into the stored form.

Raises BadEvent with the part that is wrong; whether the state takes the event is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from crm.complaints.rules.clocks import Clock
from crm.complaints.rules.projection import Projection
from crm.complaints.rules.words import (
    ALIAS_MAX,
    EXTENSIONS_MAX,
    PAUSE_MAX,
    POSTED_MAX_AGE,
    REASON_MAX,
    REF_MAX,
    BadEvent,
    ClockKind,
    EventType,
    Intent,
    SignalKind,
    within_reach,
)

Data = Mapping[str, Any]


def stored_content(
    kind: EventType, data: Data, case: Projection, *, at: datetime, now: datetime
) -> dict[str, Any]:
    """The data of an event as it is stored; parts it does not have are left out."""
    reader = _READERS.get(kind)
    return reader(data, case, at, now) if reader else {}


def _word(data: Data, field: str, words: type[Any], default: str | None = None) -> str:
    given = data.get(field) or default
    try:
        return str(words(given).value)
    except ValueError as error:
        raise BadEvent(field, "complaints.error.choose") from error


def _text(data: Data, field: str, limit: int, *, needed: bool = True) -> str:
    given = data.get(field)
    text = given.strip() if isinstance(given, str) else ""
    if needed and not text:
        raise BadEvent(field, "complaints.error.say_why")
    if len(text) > limit:
        raise BadEvent(field, "complaints.error.too_long", limit=limit)
    return text


def _whole(data: Data, field: str) -> int:
    given = data.get(field)
    if isinstance(given, bool) or not isinstance(given, int):
        raise BadEvent(field, "complaints.error.choose")
    return given


def _moment(data: Data, field: str) -> datetime:
    given = data.get(field)
    try:
        moment = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
        has_zone, in_utc = moment.tzinfo is not None, moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # the first and the last day of all overflow
        raise BadEvent(field, "complaints.error.moment") from error
    if not has_zone:
        raise BadEvent(field, "complaints.error.moment")
    return in_utc


def _message(data: Data, _case: Projection, _at: datetime, _now: datetime) -> dict[str, Any]:
    intent = _word(data, "intent", Intent, Intent.PROBLEM.value)
    # Taken back by the customer: the words stay, and nothing is closed by it.
    is_recalled = data.get("recalled") is True and intent == Intent.INFO.value
    return {"intent": intent} | ({"recalled": True} if is_recalled else {})


def _reply(data: Data, case: Projection, _at: datetime, _now: datetime) -> dict[str, Any]:
    content = {}
    if data.get("message_id") is not None:
        content["message_id"] = _whole(data, "message_id")
    if data.get("promise") is not None:
        content["promise"] = number = _whole(data, "promise")
        if case.clock(ClockKind.PROMISE, number) is None:
            raise BadEvent("promise", "complaints.error.choose")
    return content


def _signal(data: Data, _case: Projection, _at: datetime, _now: datetime) -> dict[str, Any]:
    content: dict[str, Any] = {"signal": _word(data, "signal", SignalKind, SignalKind.DOUBT.value)}
    member = _text(data, "member", ALIAS_MAX, needed=False)
    return content | ({"member": member} if member else {})


def _handing(data: Data, _case: Projection, _at: datetime, _now: datetime) -> dict[str, Any]:
    return {"to_id": _whole(data, "to_id")}


def _pause(data: Data, _case: Projection, at: datetime, _now: datetime) -> dict[str, Any]:
    until = _moment(data, "until")
    if not at < until <= at + PAUSE_MAX:
        raise BadEvent("until", "complaints.error.pause_length", hours=PAUSE_MAX.days * 24)
    return {"reason": _text(data, "reason", REASON_MAX), "until": until.isoformat()}


def _promise(data: Data, _case: Projection, at: datetime, now: datetime) -> dict[str, Any]:
    due_at = _moment(data, "due_at")
    if not at < due_at <= now + POSTED_MAX_AGE:
        raise BadEvent("due_at", "complaints.error.promise_date")
    return {"due_at": due_at.isoformat(), "task": _text(data, "task", REF_MAX, needed=False)}


def _reason(data: Data, _case: Projection, _at: datetime, _now: datetime) -> dict[str, Any]:
    return {"reason": _text(data, "reason", REASON_MAX)}


def _severity(data: Data, _case: Projection, _at: datetime, _now: datetime) -> dict[str, Any]:
    severity = _whole(data, "severity")
    if severity not in range(1, 5):
        raise BadEvent("severity", "complaints.error.choose")
    return {"severity": severity, "reason": _text(data, "reason", REASON_MAX)}


def _extension(data: Data, case: Projection, _at: datetime, now: datetime) -> dict[str, Any]:
    kind = ClockKind(_word(data, "kind", ClockKind))
    due_at = _moment(data, "due_at")
    number = _whole(data, "cycle") if data.get("cycle") is not None else None
    clock = next((c for c in case.clocks if _is_meant(c, kind, number)), None)
    if clock is None:
        raise BadEvent("kind", "complaints.error.not_running")
    if clock.extensions >= EXTENSIONS_MAX:
        raise BadEvent("kind", "complaints.error.extended_enough", limit=EXTENSIONS_MAX)
    if due_at <= clock.due_at:
        raise BadEvent("due_at", "complaints.error.later_than_now")
    within_reach(due_at, now, field="due_at")
    return {
        "kind": kind.value,
        "cycle": clock.cycle,
        "due_at": due_at.isoformat(),
        "reason": _text(data, "reason", REASON_MAX),
    }


def _is_meant(clock: Clock, kind: ClockKind, number: int | None) -> bool:
    """A running clock of ours: nobody here can extend what a platform has set."""
    is_ours = clock.kind is kind and kind is not ClockKind.EXTERNAL
    return is_ours and clock.is_ticking and number in {None, clock.cycle}


def _external(data: Data, case: Projection, _at: datetime, _now: datetime) -> dict[str, Any]:
    cycle = _whole(data, "cycle")
    clock = case.clock(ClockKind.EXTERNAL, cycle)
    if clock is None or not clock.is_unmet:
        raise BadEvent("cycle", "complaints.error.not_running")
    return {"cycle": cycle}


def _kept(data: Data, case: Projection, at: datetime, _now: datetime) -> dict[str, Any]:
    cycle = _whole(data, "cycle")
    clock = case.clock(ClockKind.PROMISE, cycle)
    if clock is None or not clock.is_unmet:
        raise BadEvent("cycle", "complaints.error.not_running")
    if at < clock.started_at:
        raise BadEvent("at", "complaints.error.before_the_promise")
    return {"cycle": cycle}


def _merge(data: Data, _case: Projection, _at: datetime, _now: datetime) -> dict[str, Any]:
    return {"into_id": _whole(data, "into_id")}


def _undo(data: Data, _case: Projection, _at: datetime, _now: datetime) -> dict[str, Any]:
    return {"seq": _whole(data, "seq")}


_READERS: Mapping[EventType, Callable[[Data, Projection, datetime, datetime], dict[str, Any]]] = {
    EventType.CUSTOMER_MESSAGE: _message,
    EventType.HOLDING_REPLY: _reply,
    EventType.PUBLIC_REPLY: _reply,
    EventType.PRIVATE_REPLY: _reply,
    EventType.ONLOOKER_SIGNAL: _signal,
    EventType.HANDED_OVER: _handing,
    EventType.PAUSED: _pause,
    EventType.PROMISED: _promise,
    EventType.PROMISE_KEPT: _kept,
    EventType.CLOSURE_WAIVED: _reason,
    EventType.VOIDED: _reason,
    EventType.SEVERITY_CHANGED: _severity,
    EventType.EXTENDED: _extension,
    EventType.EXTERNAL_MET: _external,
    EventType.MERGED: _merge,
    EventType.UNDONE: _undo,
}
