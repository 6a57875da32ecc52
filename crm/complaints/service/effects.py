"""What a new projection is written to: the complaint's columns, its clocks, its next alert steps.

The only writer of these rows. Alerts of clocks that stopped are taken back here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from crm.alerts import service as alerts
from crm.complaints.models import AlertStep, Complaint, SlaClock
from crm.complaints.queries import case as queries
from crm.complaints.queries.many import Stored
from crm.complaints.queries.subjects import step_base
from crm.complaints.queries.thread import onlookers, thread
from crm.complaints.rules.clocks import Clock
from crm.complaints.rules.ladder import Climb, Step, upcoming
from crm.complaints.rules.onlookers import THREAD_AFTER
from crm.complaints.rules.projection import Projection
from crm.complaints.rules.words import LEVEL_ORDER, ClockKind, ClockState, SignalKind, StepState
from crm.complaints.service.book import Book
from crm.integrations.rules import Level


def write(session: Session, book: Book, *, now: datetime, stored: Stored | None = None) -> None:
    """Copy the projection into the tables and plan the next step of every running clock."""
    case, complaint = book.now_true, book.complaint
    _write_complaint(complaint, case, now)
    complaint.version = len(book.rows)
    clocks = stored.clocks if stored else queries.clock_rows(session, complaint.id)
    rows = {(row.kind, row.cycle): row for row in clocks}
    ticking = {row.id for row in rows.values() if is_ticking(row)}
    for clock in case.clocks:
        row = rows.get((clock.kind, clock.cycle))
        if row is None:
            row = SlaClock(complaint_id=complaint.id, kind=clock.kind, cycle=clock.cycle)
            row.passed_level, row.passed_repeat, row.generation = None, 0, 1
            rows[clock.kind, clock.cycle] = row
            session.add(row)
        _write_clock(row, clock, now)
    known = {(clock.kind, clock.cycle) for clock in case.clocks}
    for name, row in rows.items():
        if name not in known and row.state is not ClockState.CANCELLED:  # its start was undone
            row.state, row.ended_at = ClockState.CANCELLED, row.ended_at or now
            row.met_at = row.offered_at = row.breached_at = None
    if len(rows) > len(clocks):
        session.flush()  # steps name their clocks by id
    steps = stored.steps if stored else queries.step_rows(session, complaint.id)
    _plan(session, book, _Clocks(rows, ticking, steps), now)


def recount(session: Session, complaint: Complaint, case: Projection) -> None:
    """Bring the counts of a group complaint's card up to date with the thread and the taps."""
    if complaint.group_id is None:
        return
    lines = thread(session, complaint)
    named = {signal.member for signal in case.signals}
    complaint.onlooker_count = max(len(onlookers(lines)), len(named))
    seconded = sum(line.role == "me_too" for line in lines)
    tapped = {s.member for s in case.signals if s.kind is SignalKind.PLUS_ONE}  # doubt is no +1
    complaint.me_too_count = max(seconded, len(tapped))


def is_ticking(row: SlaClock) -> bool:
    """Whether the stored clock runs and climbs the ladder."""
    return row.ended_at is None and row.state.value == "running" and row.offered_at is None


def climb_of(case: Projection, clock: Clock) -> Climb:
    """What the steps of a clock depend on."""
    return Climb(clock, case.policy, case.severity, case.hold_until)


def passed_of(row: SlaClock) -> tuple[int, int] | None:
    """How far up the ladder a clock is."""
    return (LEVEL_ORDER[row.passed_level], row.passed_repeat) if row.passed_level else None


def put_step(
    session: Session, known: dict[tuple[Level, int], AlertStep], clock_id: int, step: Step
) -> AlertStep:
    """Make this the pending step of its clock."""
    row = known.get((step.level, step.repeat_no))
    if row is None:
        row = AlertStep(clock_id=clock_id, level=step.level, repeat_no=step.repeat_no)
        row.attempts, row.fired_at = 0, None
        session.add(row)
    row.fire_at, row.wake_at, row.state = step.fire_at, step.wake_at, StepState.PENDING
    return row


def _write_complaint(complaint: Complaint, case: Projection, now: datetime) -> None:
    complaint.state, complaint.severity, complaint.cycle = case.state, case.severity, case.cycle
    complaint.assignee_id, complaint.merged_into_id = case.assignee_id, case.merged_into_id
    complaint.owes_answer, complaint.chase_count = case.owes_answer, case.chase_count
    complaint.spread_at, complaint.calendar_id = case.spread_at, case.calendar_id
    complaint.first_response_at = case.first_response_at
    complaint.resolved_at, complaint.closed_at = case.resolved_at, case.closed_at
    complaint.public_ack_due_at = case.due_at(ClockKind.PUBLIC_ACK)
    complaint.first_response_due_at = case.due_at(ClockKind.FIRST_RESPONSE)
    complaint.next_response_due_at = case.due_at(ClockKind.NEXT_RESPONSE)
    complaint.resolution_due_at = case.due_at(ClockKind.RESOLUTION)
    complaint.public_closure_due_at = case.due_at(ClockKind.PUBLIC_CLOSURE)
    lead = case.leading_clock
    complaint.lead_kind, complaint.lead_due_at = (lead.kind, lead.due_at) if lead else (None, None)
    complaint.next_due_at, complaint.pause_until = case.next_due_at, case.pause_until
    complaint.at_risk_at = min((c.at_risk_at for c in case.clocks if c.is_ticking), default=None)
    complaint.breached_at = case.first_breach(now)
    coming = case.automatic()
    complaint.automatic_at = coming.at if coming else None
    if case.spoken_at is not None:
        complaint.thread_until = case.spoken_at + THREAD_AFTER


def _write_clock(row: SlaClock, clock: Clock, now: datetime) -> None:
    is_other = (row.started_at, row.due_at) != (clock.started_at, clock.due_at)
    if row.state is ClockState.CANCELLED and clock.is_unmet and is_other:
        row.passed_level, row.passed_repeat = None, 0
        row.generation += 1
    if row.calendar_id not in {None, clock.calendars.id}:
        for name in ("due_at", "at_risk_at", "provisional"):  # alike, so many go in one statement
            flag_modified(row, name)
    row.complaint_cycle, row.basis = clock.complaint_cycle, clock.basis
    row.target_seconds = clock.target.seconds or clock.target.workdays * 86_400
    row.calendar_id, row.started_at = clock.calendars.id, clock.started_at
    row.due_at, row.at_risk_at, row.state = clock.due_at, clock.at_risk_at, clock.state
    row.met_at, row.ended_at, row.offered_at = clock.met_at, clock.ended_at, clock.offered_at
    row.breached_at, row.provisional = clock.breached_at(now), clock.provisional
    is_task = clock.kind is ClockKind.PROMISE and clock.held_before is None
    row.task = clock.note if is_task else None


@dataclass(frozen=True)
class _Clocks:
    """Stored clocks by name, which of them were ticking, and their steps."""

    rows: dict[tuple[ClockKind, int], SlaClock]
    were_ticking: set[int]
    steps: list[AlertStep]


def _plan(session: Session, book: Book, clocks: _Clocks, now: datetime) -> None:
    case, rows, were_ticking = book.now_true, clocks.rows, clocks.were_ticking
    steps: dict[int, dict[tuple[Level, int], AlertStep]] = {row.id: {} for row in rows.values()}
    for step in clocks.steps:
        steps[step.clock_id][step.level, step.repeat_no] = step
    stopped: list[str] = []
    running_again: list[str] = []
    for (kind, number), row in rows.items():
        clock, known = case.clock(kind, number), steps[row.id]
        wanted = None
        if clock is not None and clock.is_ticking:
            wanted = next(upcoming(climb_of(case, clock), passed_of(row)), None)
            if row.id not in were_ticking and row.passed_level is not None:
                running_again.append(step_base(row, row.passed_level, row.passed_repeat))
        elif row.id in were_ticking:
            fired = (s for s in known.values() if s.state is StepState.FIRED)
            stopped += [step_base(row, s.level, s.repeat_no) for s in fired]
        cancel_others(known, wanted)
        if wanted is not None:
            put_step(session, known, row.id, wanted)
    alerts.suppress(session, dedupe_bases=stopped, now=now)
    alerts.resume(session, dedupe_bases=running_again, now=now)  # of each clock only the highest


def cancel_others(known: dict[tuple[Level, int], AlertStep], wanted: Step | None) -> None:
    """Of the pending steps of a clock leave only the wanted one."""
    kept = (wanted.level, wanted.repeat_no) if wanted else None
    for name, step in known.items():
        if step.state is StepState.PENDING and name != kept:
            step.state = StepState.CANCELLED
