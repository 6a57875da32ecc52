"""The timeline of a complaint: its log, the steps of the ladder, who was told and who read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.alerts.models import Alert, AlertReceipt
from crm.alerts.rules import COMPLAINT_KINDS, AlertState
from crm.complaints.models import AlertStep, Complaint, ComplaintEvent, SlaClock
from crm.complaints.queries.onlookers import Told
from crm.complaints.queries.subjects import clock_id_of
from crm.complaints.rules.policy import MINUTE
from crm.complaints.rules.undoing import may_undo, undone
from crm.complaints.rules.words import (
    LATE_ENTRY,
    SAID_BY_STAFF,
    SPREAD,
    ClockKind,
    EventType,
    StepState,
    Task,
)
from crm.groups.rules import mask_phones
from crm.i18n import _, fmt
from crm.integrations.models import Channel
from crm.integrations.rules import Level

HELD_FOR = timedelta(minutes=1)
"""A step that waits longer than this was held: by who took the case, or by quiet hours."""
_ALERTS = (
    select(
        Alert.dedupe_base,
        Alert.state,
        Alert.level,
        Alert.created_at,
        Alert.next_at,
        Alert.sent_at,
        Alert.staff_id,
        Alert.channel_id,
        Channel.kind.label("channel"),
        AlertReceipt.seen_at,
        AlertReceipt.acknowledged_at,
    )
    .outerjoin(AlertReceipt, AlertReceipt.alert_id == Alert.id)
    .outerjoin(Channel, Channel.id == Alert.channel_id)
    .where(Alert.kind.in_(COMPLAINT_KINDS))
    .order_by(Alert.id)
)
_STEPS = (
    select(
        AlertStep.level,
        AlertStep.state,
        AlertStep.fire_at,
        AlertStep.wake_at,
        AlertStep.fired_at,
        AlertStep.clock_id,
        SlaClock.kind,
    )
    .join(SlaClock, SlaClock.id == AlertStep.clock_id)
    .order_by(AlertStep.id)
)


@dataclass(frozen=True)
class Entry:
    """One line of the history; `undo_seq` where the reader may still take it back."""

    at: datetime
    key: str
    values: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    undo_seq: int | None = None
    is_late: bool = False
    recorded_at: datetime | None = None
    """When it became known, where that is much later than it happened."""
    seq: int = 0
    actor_id: int | None = None


@dataclass(frozen=True)
class Reader:
    """Who reads the history, and when."""

    actor: Actor
    names: Mapping[int, str]
    now: datetime
    tasks: Mapping[int, str] = field(default_factory=dict)
    """What each promise is to do, by its number."""


def history(
    session: Session,
    complaint: Complaint,
    rows: Sequence[ComplaintEvent],
    taps: Iterable[Told],
    reader: Reader,
) -> list[Entry]:
    """Everything that happened, in the order in which it became known."""
    entries = [
        (row.recorded_at, entry)
        for row, entry in zip(rows, log_entries(rows, reader), strict=True)
        if not _moved_by_seconds(row)
    ]
    steps = session.execute(_STEPS.where(SlaClock.complaint_id == complaint.id)).all()
    kinds = {step.clock_id: step.kind for step in steps}
    told = _read_once(_told(session, complaint, kinds, reader))
    others = [*told, *_steps(steps, reader.now), *_taps(taps)]
    entries += [(entry.at, entry) for entry in others]
    return [entry for _known_at, entry in sorted(entries, key=lambda known: known[0])]


def log_entries(rows: Sequence[ComplaintEvent], reader: Reader) -> list[Entry]:
    """Return one line for each event of the log."""
    gone = undone(rows)
    return [_entry(row, gone, rows, reader) for row in rows]


def _entry(
    row: ComplaintEvent, gone: set[int], rows: Sequence[ComplaintEvent], reader: Reader
) -> Entry:
    is_logged = row.type is EventType.LOGGED
    is_apart = not is_logged and row.recorded_at - row.at > LATE_ENTRY
    return Entry(
        row.recorded_at if is_logged else row.at,
        _key(row),
        _values(row, rows, reader),
        mask_phones(row.text),
        row.seq if may_undo(row, gone, reader.actor.id, reader.now) else None,
        is_apart and row.type in SAID_BY_STAFF,
        row.recorded_at if is_apart else None,
        row.seq,
        row.actor_id,
    )


def _moved_by_seconds(row: ComplaintEvent) -> bool:
    """A move that nobody can see in minutes is left to the page that explains deadlines."""
    if "given" in row.data:
        return False
    if "old" not in row.data:
        return row.type is EventType.DEADLINE_CHANGED
    old, new = (datetime.fromisoformat(row.data[name]) for name in ("old", "new"))
    return abs((new - old).total_seconds()) < MINUTE


def _key(row: ComplaintEvent) -> str:
    """The words for an event; some types say different things."""
    if row.data.get("recalled"):
        return "recalled"
    if row.type is EventType.SEVERITY_CHANGED and row.data.get("cause") == SPREAD:
        return "spread"
    if "given" in row.data:
        return "platform_gave"
    if "from_id" in row.data:
        return "absorbed"
    return row.type.value


def _values(row: ComplaintEvent, rows: Sequence[ComplaintEvent], reader: Reader) -> dict[str, Any]:
    """What the words of an entry name: people, reasons, dates; what it does not have stays out."""
    data, names = row.data, reader.names
    values: dict[str, Any] = {"who": names.get(row.actor_id or 0, _("complaints.shuke"))}
    values["to"] = names.get(data.get("to_id", 0), "")
    values["reason"] = mask_phones(data.get("reason", ""))
    values["task"] = mask_phones(task_words(_task_of(row, reader)))
    values["severity"] = _(f"complaints.severity_{data['severity']}") if "severity" in data else ""
    values["what"] = _said(row)
    values["kind"] = _(f"complaints.clock_{data['kind']}") if "kind" in data else ""
    values["cause"] = _(f"complaints.cause_{data['cause']}") if "old" in data else ""
    values["undone"] = _undone_words(data.get("seq"), rows)
    times = {
        name: data[name] for name in ("old", "new", "until", "due_at", "given") if name in data
    }
    return values | {name: fmt.full(datetime.fromisoformat(at)) for name, at in times.items()}


def _said(row: ComplaintEvent) -> str:
    if "signal" in row.data:
        return _(f"complaints.signal_word_{row.data['signal']}")
    return _(f"complaints.intent_{row.data['intent']}") if "intent" in row.data else ""


def _undone_words(seq: int | None, rows: Sequence[ComplaintEvent]) -> str:
    if seq is None or not 0 < seq <= len(rows):
        return ""
    return _(f"complaints.act.{rows[seq - 1].type.value}")


def _task_of(row: ComplaintEvent, reader: Reader) -> str:
    if row.type is EventType.PROMISE_KEPT:
        return reader.tasks.get(row.data["cycle"], "")
    return str(row.data.get("task") or "")


def task_words(task: str) -> str:
    """Return what is to be done in words: a known task, else as it was written."""
    if task in _TASKS:
        return _(f"complaints.task.{task}")
    return task or _("complaints.task.other")


_TASKS = frozenset(task.value for task in Task)


def _told(
    session: Session, complaint: Complaint, kinds: Mapping[int, ClockKind], reader: Reader
) -> list[Entry]:
    """Who was told at each occasion, by which channel, what did not leave, who read it."""
    rows = session.execute(_ALERTS.where(Alert.subject_id == complaint.id)).all()
    occasions: dict[str, list[Any]] = {}
    for row in rows:
        occasions.setdefault(row.dedupe_base, []).append(row)
    found: list[Entry] = []
    for alerts in occasions.values():
        people = [reader.names.get(a.staff_id, "") for a in alerts if a.staff_id is not None]
        if people:
            found.append(Entry(alerts[0].created_at, "told", _about(alerts[0], kinds, people)))
        found += [one for alert in alerts for one in _fate(alert, reader)]
    return found


def _read_once(entries: Iterable[Entry]) -> list[Entry]:
    """Who opens the inbox reads several lines at once: that is said once."""
    found: dict[object, Entry] = {}
    for number, entry in enumerate(entries):
        is_read = entry.key == "seen"
        found.setdefault((entry.at, entry.values["who"]) if is_read else number, entry)
    return list(found.values())


def _about(alert: Any, kinds: Mapping[int, ClockKind], people: Sequence[str]) -> dict[str, Any]:
    kind = kinds.get(clock_id_of(alert.dedupe_base) or 0)
    about = _step_words(kind, alert.level) if kind and alert.level else ""
    return {"who": fmt.listed(people), "about": about}


def _step_words(kind: ClockKind, level: Level) -> str:
    return f"{_(f'complaints.clock_{kind.value}')} {_(f'complaints.level_{level.value}')}"


def _fate(alert: Any, reader: Reader) -> Iterable[Entry]:
    who = {"who": reader.names.get(alert.staff_id or 0, "")}
    if alert.seen_at is not None:
        yield Entry(alert.seen_at, "seen", who)
    if alert.acknowledged_at is not None:
        yield Entry(alert.acknowledged_at, "knows", who)
    if alert.channel_id is None:
        return
    channel = {"channel": _(f"integrations.kind_{alert.channel.value}")}
    if alert.state is AlertState.SENT:
        yield Entry(alert.sent_at, "sent", channel)
    elif alert.state in {AlertState.SUPPRESSED, AlertState.SUPERSEDED, AlertState.DEAD}:
        yield Entry(alert.next_at, f"alert_{alert.state.value}", channel)


def _steps(steps: Iterable[Any], now: datetime) -> Iterable[Entry]:
    """Steps that nobody was told of by themselves: held, left out for a higher one, failed."""
    for row in steps:
        about = {"about": _step_words(row.kind, row.level)}
        is_held = row.wake_at - row.fire_at > HELD_FOR and row.fire_at <= now
        if is_held and row.state is not StepState.CANCELLED:
            yield Entry(row.fire_at, "step_held", about | {"until": fmt.full(row.wake_at)})
        if row.state in {StepState.SUPERSEDED, StepState.ERROR}:
            yield Entry(row.fired_at or row.fire_at, f"step_{row.state.value}", about)


def _taps(taps: Iterable[Told]) -> Iterable[Entry]:
    for tap in taps:
        key = "onlooker_told" if tap.is_told else "onlooker_untold"
        yield Entry(tap.at, key, {"who": tap.by, "name": tap.name})
