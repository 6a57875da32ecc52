"""Everything that the page of one complaint shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from crm.accounts.models import Staff, StaffStore
from crm.accounts.queries import in_scope
from crm.accounts.rules import ALL_STORES, Actor
from crm.complaints.models import Complaint, ComplaintEvent, SlaCalendar, SlaPolicyVersion
from crm.complaints.queries.board import quote_of
from crm.complaints.queries.case import events_of, replay_with
from crm.complaints.queries.history import Entry, Reader, history
from crm.complaints.queries.onlookers import Onlooker, onlookers_of, telling_of, told_of
from crm.complaints.queries.thread import Line, thread
from crm.complaints.rules.clocks import Clock
from crm.complaints.rules.closing import Step, open_tasks, steps_to_close
from crm.complaints.rules.projection import Projection
from crm.complaints.rules.undoing import may_undo, undone
from crm.complaints.rules.words import LIVE, SAID_BY_STAFF, ClockKind, ClockState
from crm.contacts.models import Contact
from crm.groups.models import ChatGroup, GroupMessage
from crm.groups.rules import mask_phones
from crm.stores.models import Store

_other = aliased(Complaint)
_ROW = (
    select(
        Complaint,
        Store.name.label("store"),
        ChatGroup.name.label("group"),
        Contact.name.label("contact"),
        SlaPolicyVersion.content.label("policy"),
        SlaCalendar.content.label("calendar"),
        exists()
        .where(
            _other.store_id == Complaint.store_id,
            _other.id != Complaint.id,
            _other.state.in_(LIVE),
            or_(
                _other.contact_id == Complaint.contact_id,
                and_(
                    Complaint.reporter_alias != "",
                    _other.reporter_alias == Complaint.reporter_alias,
                ),
            ),
        )
        .label("has_twin"),
    )
    .join(Store, Store.id == Complaint.store_id)
    .join(SlaPolicyVersion, SlaPolicyVersion.id == Complaint.policy_version_id)
    .join(SlaCalendar, SlaCalendar.id == Complaint.calendar_id)
    .outerjoin(ChatGroup, ChatGroup.id == Complaint.group_id)
    .outerjoin(Contact, Contact.id == Complaint.contact_id)
)


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
    onlookers: list[Onlooker]
    history: list[Entry]
    answer: Answer | None
    starts_at: datetime | None
    paused_at: datetime | None
    opens_at: datetime | None
    """When the store opens again, where it is closed now."""
    steps: list[Step]
    tasks: list[Clock]
    recalled_at: datetime | None
    has_twin: bool
    """Whether the same person has another open complaint in this store."""

    @property
    def delay_minutes(self) -> int:
        """How long it took until somebody typed it in."""
        return int((self.complaint.logged_at - self.complaint.occurred_at).total_seconds() // 60)

    @property
    def quiet_until(self) -> datetime | None:
        """When the quiet after an offer ends and the case counts as resolved."""
        coming = self.case.automatic()
        return coming.at if coming else None

    @property
    def clock(self) -> Clock | None:
        """The clock that the page counts down."""
        return self.case.leading_clock


def case_page(session: Session, complaint_id: int, actor: Actor, *, now: datetime) -> CasePage:
    """Return the page of a complaint of the actor's stores. Raises NoResultFound."""
    found = session.execute(
        _ROW.where(Complaint.id == complaint_id, in_scope(Complaint.store_id, actor))
    ).one()
    complaint: Complaint = found.Complaint
    rows = events_of(session, complaint.id)
    case = replay_with(session, rows, found.policy, complaint.calendar_id, found.calendar)
    names, people = _staff(session, complaint.store_id)
    lines, taps = thread(session, complaint), told_of(session, complaint.id)
    watchers = onlookers_of(session, lines, case, taps)
    return CasePage(
        complaint=complaint,
        case=case,
        quote=quote_of(complaint.text),
        place=found.group or found.store,
        person=mask_phones(found.contact or complaint.reporter_alias),
        assignee=names.get(complaint.assignee_id or 0),
        colleagues=[(id_, names[id_]) for id_ in people if id_ != complaint.assignee_id],
        lines=lines,
        onlookers=watchers,
        history=history(session, complaint, rows, taps, Reader(actor, names, now, _tasks(case))),
        answer=_answer(case, rows, actor, now),
        starts_at=_starts_at(case, now),
        paused_at=next((c.paused_at for c in case.clocks if c.paused_at), None),
        opens_at=_opens_at(case, now),
        steps=steps_to_close(case, telling_of(watchers), has_cause=complaint.cause is not None),
        tasks=open_tasks(case),
        recalled_at=_recalled_at(rows),
        has_twin=found.has_twin,
    )


def _tasks(case: Projection) -> dict[int, str]:
    return {clock.cycle: clock.note for clock in case.clocks if clock.kind is ClockKind.PROMISE}


def _recalled_at(rows: list[ComplaintEvent]) -> datetime | None:
    """When the customer took her words back in the chat; they stay, and are marked."""
    gone = undone(rows)
    return next((r.at for r in rows if r.data.get("recalled") and r.seq not in gone), None)


def _staff(session: Session, store_id: int) -> tuple[dict[int, str], list[int]]:
    """Return everybody's name, and who of them may be given a complaint of this store."""
    works_here = exists().where(StaffStore.staff_id == Staff.id, StaffStore.store_id == store_id)
    rows = session.execute(
        select(Staff.id, Staff.name, Staff.role, Staff.disabled_at, works_here.label("here"))
    ).all()
    names = {row.id: row.name for row in rows}
    fits = (r for r in rows if r.disabled_at is None and (r.here or r.role in ALL_STORES))
    return names, sorted(row.id for row in fits)


def _starts_at(case: Projection, now: datetime) -> datetime | None:
    """When a clock that counts staffed hours begins, where it has not begun yet."""
    clock = case.leading_clock
    if clock is None or clock.deadlines[-1].basis.value != "business_hours":
        return None
    hours = clock.calendars.hours
    if clock.consumed_seconds(now) > 0 or hours.is_open(now):
        return None
    return hours.next_open(now)


def _opens_at(case: Projection, now: datetime) -> datetime | None:
    hours = case.pinned.hours
    return None if hours.is_open(now) else hours.next_open(now)


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
    gone = undone(rows)
    reply = next(
        (r for r in rows if r.type in SAID_BY_STAFF and r.at == clock.met_at and r.seq not in gone),
        None,
    )
    waited = int((clock.met_at - clock.started_at).total_seconds())
    is_mine = reply is not None and may_undo(reply, gone, actor.id, now)
    return Answer(clock.met_at, waited, reply.seq if reply and is_mine else None)


def group_choices(session: Session, actor: Actor) -> list[tuple[int, str, int]]:
    """Return id, name and store of the actor's groups."""
    rows = session.execute(
        select(ChatGroup.id, ChatGroup.name, ChatGroup.store_id)
        .where(in_scope(ChatGroup.store_id, actor))
        .order_by(ChatGroup.name, ChatGroup.id)
    )
    return [(row.id, row.name, row.store_id) for row in rows]


def lively_groups(session: Session, actor: Actor, most: int) -> list[tuple[int, str]]:
    """Return id and name of the actor's groups, where something was said last first."""
    said_at = (
        select(func.max(GroupMessage.sent_at))
        .where(GroupMessage.group_id == ChatGroup.id)
        .correlate(ChatGroup)
        .scalar_subquery()
    )
    rows = session.execute(
        select(ChatGroup.id, ChatGroup.name)
        .where(in_scope(ChatGroup.store_id, actor))
        .order_by(said_at.desc().nulls_last(), ChatGroup.name, ChatGroup.id)
        .limit(most)
    )
    return [(row.id, row.name) for row in rows]


def merge_choices(session: Session, complaint: Complaint) -> list[tuple[int, int, str]]:
    """Return id, number and words of other open complaints of the same person in this store."""
    same = [Complaint.contact_id == complaint.contact_id] if complaint.contact_id else []
    if complaint.reporter_alias:
        same.append(Complaint.reporter_alias == complaint.reporter_alias)
    if not same:
        return []
    rows = session.execute(
        select(Complaint.id, Complaint.short_no, Complaint.text)
        .where(
            Complaint.store_id == complaint.store_id,
            Complaint.state.in_(LIVE),
            Complaint.id != complaint.id,
            or_(*same),
        )
        .order_by(Complaint.id)
    )
    return [(row.id, row.short_no, quote_of(row.text)) for row in rows]
