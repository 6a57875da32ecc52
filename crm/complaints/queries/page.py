"""Everything that the page of one complaint shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff, StaffStore
from crm.accounts.queries import in_scope
from crm.accounts.rules import ALL_STORES, Actor
from crm.alerts.models import Alert, AlertReceipt
from crm.alerts.rules import COMPLAINT_KINDS
from crm.complaints.models import Complaint, ComplaintEvent
from crm.complaints.queries.board import quote_of
from crm.complaints.queries.case import as_event, calendars, events_of, policy_of
from crm.complaints.queries.thread import Line, onlookers, thread
from crm.complaints.rules.clocks import Clock
from crm.complaints.rules.closing import steps_to_close
from crm.complaints.rules.policy import MINUTE
from crm.complaints.rules.projection import Projection
from crm.complaints.rules.replay import replay
from crm.complaints.rules.words import (
    LATE_ENTRY,
    SAID_BY_STAFF,
    UNDO_WINDOW,
    WRITTEN_BY_SHUKE,
    ClockKind,
    ClockState,
    EventType,
)
from crm.contacts.models import Contact
from crm.groups.models import ChatGroup
from crm.i18n import _, fmt
from crm.loyalty.queries import loyal_orders
from crm.stores.models import Store


@dataclass(frozen=True)
class Entry:
    """One line of the history; `undo_seq` where the reader may still take it back."""

    at: datetime
    key: str
    values: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    undo_seq: int | None = None
    is_late: bool = False


@dataclass(frozen=True)
class Answer:
    """The first answer of the current cycle: when, and how long the customer waited."""

    at: datetime
    waited_seconds: int
    undo_seq: int | None


@dataclass(frozen=True)
class CasePage:
    """One complaint with its case, its thread and its history."""

    complaint: Complaint
    case: Projection
    quote: str
    place: str
    person: str
    assignee: str | None
    colleagues: list[tuple[int, str]]
    lines: list[Line]
    onlookers: list[tuple[str, int]]
    history: list[Entry]
    answer: Answer | None
    starts_at: datetime | None
    paused_at: datetime | None
    steps: list[tuple[str, bool]]

    @property
    def delay_minutes(self) -> int:
        """How long it took until somebody typed it in."""
        return int((self.complaint.logged_at - self.complaint.occurred_at).total_seconds() // 60)

    @property
    def clock(self) -> Clock | None:
        """The clock that the page counts down."""
        return self.case.leading_clock


def case_page(session: Session, complaint: Complaint, actor: Actor, *, now: datetime) -> CasePage:
    """Return the page of a complaint that the actor may see."""
    rows = events_of(session, complaint.id)
    events = [as_event(row) for row in rows]
    case = replay(
        events, policy_of(session, complaint.policy_version_id), calendars(session, events)
    )
    names, people = _staff(session, complaint.store_id)
    place, person = _place(session, complaint)
    lines = thread(session, complaint)
    return CasePage(
        complaint=complaint,
        case=case,
        quote=quote_of(complaint.text),
        place=place,
        person=person,
        assignee=names.get(complaint.assignee_id or 0),
        colleagues=[(id_, names[id_]) for id_ in people if id_ != complaint.assignee_id],
        lines=lines,
        onlookers=_with_loyalty(session, onlookers(lines)),
        history=_history(session, complaint, rows, names, actor, now),
        answer=_answer(case, rows, actor, now),
        starts_at=_starts_at(case, now),
        paused_at=next((c.paused_at for c in case.clocks if c.paused_at), None),
        steps=steps_to_close(case),
    )


def _staff(session: Session, store_id: int) -> tuple[dict[int, str], list[int]]:
    """Return everybody's name, and who of them may be given a complaint of this store."""
    works_here = exists().where(StaffStore.staff_id == Staff.id, StaffStore.store_id == store_id)
    rows = session.execute(
        select(Staff.id, Staff.name, Staff.role, Staff.disabled_at, works_here.label("here"))
    ).all()
    names = {row.id: row.name for row in rows}
    fits = (r for r in rows if r.disabled_at is None and (r.here or r.role in ALL_STORES))
    return names, sorted(row.id for row in fits)


def _place(session: Session, complaint: Complaint) -> tuple[str, str]:
    """Return the name of the group, else of the store; and the customer's name."""
    row = session.execute(
        select(
            Store.name.label("store"), ChatGroup.name.label("group"), Contact.name.label("contact")
        )
        .select_from(Complaint)
        .join(Store, Store.id == Complaint.store_id)
        .outerjoin(ChatGroup, ChatGroup.id == Complaint.group_id)
        .outerjoin(Contact, Contact.id == Complaint.contact_id)
        .where(Complaint.id == complaint.id)
    ).one()
    return row.group or row.store, row.contact or complaint.reporter_alias


def _with_loyalty(session: Session, lines: list[Line]) -> list[tuple[str, int]]:
    """Loyal ones first: they are told one by one."""
    known = [line.contact_id for line in lines if line.contact_id]
    loyal = loyal_orders(session, known) if known else {}
    people = [(line.sender, loyal.get(line.contact_id or 0, 0)) for line in lines]
    return sorted(people, key=lambda person: -person[1])


def _starts_at(case: Projection, now: datetime) -> datetime | None:
    """When a clock that counts staffed hours begins, where it has not begun yet."""
    clock = case.leading_clock
    if clock is None or clock.deadlines[-1].basis.value != "business_hours":
        return None
    hours = clock.calendars.hours
    if clock.consumed_seconds(now) > 0 or hours.is_open(now):
        return None
    return hours.next_open(now)


def _answer(
    case: Projection, rows: list[ComplaintEvent], actor: Actor, now: datetime
) -> Answer | None:
    met = {ClockState.MET, ClockState.MET_LATE}
    clock = next(
        (
            c
            for c in case.clocks
            if c.kind is ClockKind.FIRST_RESPONSE
            and c.complaint_cycle == case.cycle
            and c.state in met
        ),
        None,
    )
    if clock is None or clock.met_at is None:
        return None
    gone = _undone(rows)
    reply = next(
        (r for r in rows if r.type in SAID_BY_STAFF and r.at == clock.met_at and r.seq not in gone),
        None,
    )
    waited = int((clock.met_at - clock.started_at).total_seconds())
    is_mine = reply is not None and _may_undo(reply, gone, actor, now)
    return Answer(clock.met_at, waited, reply.seq if reply and is_mine else None)


def _undone(rows: list[ComplaintEvent]) -> set[int]:
    return {row.data["seq"] for row in rows if row.type is EventType.UNDONE}


def _may_undo(row: ComplaintEvent, gone: set[int], actor: Actor, now: datetime) -> bool:
    is_act = row.type not in WRITTEN_BY_SHUKE or row.type is EventType.LOGGED
    is_left = row.seq not in gone and row.type is not EventType.UNDONE
    return is_act and is_left and row.actor_id == actor.id and now <= row.recorded_at + UNDO_WINDOW


def _history(
    session: Session,
    complaint: Complaint,
    rows: list[ComplaintEvent],
    names: dict[int, str],
    actor: Actor,
    now: datetime,
) -> list[Entry]:
    """Events of the log and alerts that people got, in the order in which they became known."""
    gone = _undone(rows)
    entries = [
        (
            row.recorded_at,
            Entry(
                row.recorded_at if row.type is EventType.LOGGED else row.at,
                row.type.value,
                _values(row, names),
                row.text,
                row.seq if _may_undo(row, gone, actor, now) else None,
                row.type in SAID_BY_STAFF and row.recorded_at - row.at > LATE_ENTRY,
            ),
        )
        for row in rows
        if not _moved_by_seconds(row)
    ]
    entries += [(entry.at, entry) for entry in _told(session, complaint)]
    return [entry for _known_at, entry in sorted(entries, key=lambda known: known[0])]


def _moved_by_seconds(row: ComplaintEvent) -> bool:
    """A move that nobody can see in minutes is left to the page that explains deadlines."""
    if "old" not in row.data:
        return row.type is EventType.DEADLINE_CHANGED
    old, new = (datetime.fromisoformat(row.data[name]) for name in ("old", "new"))
    return abs((new - old).total_seconds()) < MINUTE


def _values(row: ComplaintEvent, names: dict[int, str]) -> dict[str, Any]:
    data = row.data
    values: dict[str, Any] = {"who": names.get(row.actor_id or 0, "")}
    values["to"] = names.get(data.get("to_id", 0), "")
    if "old" in data:
        values["old"] = fmt.full(datetime.fromisoformat(data["old"]))
        values["new"] = fmt.full(datetime.fromisoformat(data["new"]))
        values["kind"] = _(f"complaints.clock_{data['kind']}")
        values["cause"] = _(f"complaints.cause_{data['cause']}")
    return values


def _told(session: Session, complaint: Complaint) -> list[Entry]:
    rows = session.execute(
        select(Alert.created_at, Alert.kind, Staff.name, AlertReceipt.seen_at)
        .join(Staff, Staff.id == Alert.staff_id)
        .outerjoin(AlertReceipt, AlertReceipt.alert_id == Alert.id)
        .where(Alert.subject_id == complaint.id, Alert.kind.in_(COMPLAINT_KINDS))
        .order_by(Alert.id)
    )
    found: list[Entry] = []
    for row in rows:
        found.append(Entry(row.created_at, "told", {"who": row.name}))
        if row.seen_at is not None:
            found.append(Entry(row.seen_at, "seen", {"who": row.name}))
    return found


def group_choices(session: Session, actor: Actor) -> list[tuple[int, str, int]]:
    """Return id, name and store of the actor's groups."""
    rows = session.execute(
        select(ChatGroup.id, ChatGroup.name, ChatGroup.store_id)
        .where(in_scope(ChatGroup.store_id, actor))
        .order_by(ChatGroup.name, ChatGroup.id)
    )
    return [(row.id, row.name, row.store_id) for row in rows]
