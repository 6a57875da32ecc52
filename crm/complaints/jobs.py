"""Periodic work of complaints: climb the ladder, let time pass, repair, follow changed hours.

Nothing is sent here: alerts are rows, and another job delivers them. Every function may run late,
twice, and in several workers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from crm import log
from crm.alerts import service as alerts
from crm.alerts.rules import AlertKind, NewAlert
from crm.complaints.models import AlertStep, Complaint, SlaClock
from crm.complaints.queries import case as queries
from crm.complaints.queries import due as due_queries
from crm.complaints.queries.subjects import step_base
from crm.complaints.rules import ladder
from crm.complaints.rules.ladder import Climb, Step
from crm.complaints.rules.words import EventType, StepState
from crm.complaints.service import catch_up
from crm.complaints.service.book import Entry, open_book
from crm.complaints.service.effects import climb_of, passed_of, put_step, write
from crm.complaints.service.intake import pin_hours
from crm.complaints.service.telling import recipients
from crm.db import transaction
from crm.integrations.rules import Level

BATCH = 200
_logger = log.get(__name__)


def climb_ladders(factory: sessionmaker[Session], *, now: Callable[[], datetime]) -> int:
    """The tick: an idle one is two probes of indexes, without the write lock."""
    with factory() as session:
        if not due_queries.anything_due(session, now()):
            return 0
    with transaction(factory) as session:
        return tick(session, now=now())  # read after the lock is held


def keep_straight(factory: sessionmaker[Session], *, now: Callable[[], datetime]) -> None:
    """Once a minute: repair what lost its step, follow changed hours."""
    with transaction(factory) as session:
        reconcile(session, now=now())
        follow_hours(session, now=now())


def tick(session: Session, *, now: datetime) -> int:
    """Let time pass, then fire what is due; says how many steps were handled."""
    for complaint_id in due_queries.with_automatics(session, now, BATCH):
        with _on_its_own(session, complaint_id):
            catch_up(session, complaint_id, now=now)
    return plan(session, now=now)


@contextmanager
def _on_its_own(session: Session, complaint_id: int) -> Iterator[None]:
    """A complaint that cannot be replayed is written down and stops no other."""
    try:
        with session.begin_nested():
            yield
    except Exception:
        _logger.exception("complaint failed", complaint_id=complaint_id)


def plan(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Fire the due steps in order of time, each on its own: one bad row stops no other."""
    steps = due_queries.due_steps(session, now, limit)
    for step, clock_id, complaint_id in steps:
        try:
            with session.begin_nested():
                _fire(session, step, clock_id, complaint_id, now)
        except Exception:  # the row is put aside, shown, and tried again by the reconciler
            _logger.exception("alert step failed", step_id=step.id)
            session.refresh(step)
            step.state, step.attempts = StepState.ERROR, step.attempts + 1
    return len(steps)


def reconcile(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Give every running clock its one pending step again; says how many had lost it."""
    repaired = due_queries.without_step(session, limit)
    for complaint_id in repaired:
        with _on_its_own(session, complaint_id):
            complaint = queries.complaint_for_update(session, complaint_id)
            write(session, open_book(session, complaint), now=now)
    if repaired:
        _logger.warning("alert steps repaired", complaints=len(repaired))
    return len(repaired)


def follow_hours(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Move the open deadlines of stores whose hours were changed; says how many complaints."""
    moved = 0
    current: dict[int, int] = {}
    for store_id, pinned_id in queries.calendars_in_use(session):
        if store_id not in current:
            current[store_id] = pin_hours(session, store_id, now)
        if current[store_id] == pinned_id:
            continue
        for complaint_id in queries.complaints_pinned_to(session, store_id, pinned_id, limit):
            with _on_its_own(session, complaint_id):
                _repin(session, complaint_id, current[store_id], now)
            moved += 1
    return moved


def _repin(session: Session, complaint_id: int, calendar_id: int, now: datetime) -> None:
    complaint = queries.complaint_for_update(session, complaint_id)
    book = open_book(session, complaint)
    book.catch_up(now)
    data = {"cause": "calendar", "calendar_id": calendar_id}
    book.append(Entry(EventType.DEADLINE_CHANGED, now, data=data), now=now)
    write(session, book, now=now)


def _fire(
    session: Session, step: AlertStep, clock_id: int, complaint_id: int, now: datetime
) -> None:
    complaint = queries.complaint_for_update(session, complaint_id)
    session.refresh(step)
    if step.state is not StepState.PENDING:  # somebody answered while this waited for the lock
        return
    book = open_book(session, complaint)
    case = book.now_true
    row = session.get_one(SlaClock, clock_id)
    clock = case.clock(row.kind, row.cycle)
    if clock is None or not clock.is_ticking:
        step.state = StepState.CANCELLED
        return
    climb = climb_of(case, clock)
    found, following = ladder.due(climb, passed_of(row), now)
    known = {(s.level, s.repeat_no): s for s in due_queries.steps_of_clock(session, clock_id)}
    if found:
        _climb(session, known, row, found, now)
        _raise(session, complaint, climb, row, found[-1], now=now)
    if following is not None:
        put_step(session, known, clock_id, following)
    row.breached_at, complaint.breached_at = clock.breached_at(now), case.first_breach(now)


def _climb(
    session: Session,
    known: dict[tuple[Level, int], AlertStep],
    row: SlaClock,
    found: list[Step],
    now: datetime,
) -> None:
    """Of all due steps only the highest is sent; the lower ones are recorded as superseded."""
    for planned in found:
        put_step(session, known, row.id, planned)
    session.flush()  # new steps are read back by their names
    rows = {(s.level, s.repeat_no): s for s in due_queries.steps_of_clock(session, row.id)}
    for planned in found:
        step = rows[planned.level, planned.repeat_no]
        known[planned.level, planned.repeat_no] = step
        step.state = StepState.FIRED if planned is found[-1] else StepState.SUPERSEDED
        step.fired_at = now
    row.passed_level, row.passed_repeat = found[-1].level, found[-1].repeat_no


def _raise(
    session: Session,
    complaint: Complaint,
    climb: Climb,
    row: SlaClock,
    step: Step,
    *,
    now: datetime,
) -> None:
    cycle = climb.clock.complaint_cycle
    parties = ladder.audience(climb.policy, step.level, complaint_cycle=cycle)
    new = NewAlert(
        AlertKind.COMPLAINT,
        complaint.id,
        recipients(session, complaint, parties),
        step_base(row, step.level, step.repeat_no),
        level=step.level,
        repeat=step.repeat_no,
        severity=climb.severity,
        store_id=complaint.store_id,
        short_no=complaint.short_no,
        fire_at=step.fire_at,
    )
    alerts.raise_alert(session, new, now=now)
