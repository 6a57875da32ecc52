"""Fire the steps of a complaint that are due: told, recorded, and the next ones planned."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from crm.alerts import service as alerts
from crm.alerts.rules import AlertKind, NewAlert
from crm.complaints.models import AlertStep, Complaint, SlaClock
from crm.complaints.queries import case as queries
from crm.complaints.queries.subjects import step_base
from crm.complaints.rules import ladder
from crm.complaints.rules.ladder import Climb, Step
from crm.complaints.rules.words import StepState
from crm.complaints.service import bundles
from crm.complaints.service.book import open_book
from crm.complaints.service.effects import cancel_others, climb_of, passed_of, put_step
from crm.complaints.service.recipients import crew_of
from crm.integrations.rules import Level

Known = dict[tuple[Level, int], AlertStep]


def fire(
    session: Session, complaint: Complaint, clock_ids: Collection[int], *, now: datetime
) -> None:
    """Fire what is due of these clocks of a complaint that the caller has locked."""
    case = open_book(session, complaint).now_true
    rows = {row.id: row for row in queries.clock_rows(session, complaint.id)}
    steps: dict[int, Known] = {clock_id: {} for clock_id in rows}
    for step in queries.step_rows(session, complaint.id):
        steps[step.clock_id][step.level, step.repeat_no] = step
    for clock_id in clock_ids:
        row, known = rows[clock_id], steps[clock_id]
        clock = case.clock(row.kind, row.cycle)
        if clock is None or not clock.is_ticking:
            cancel_others(known, None)
            continue
        climb = climb_of(case, clock)
        found, following = ladder.due(climb, passed_of(row), now)
        if found:
            _climb(session, known, row, found, now)
            _raise(session, complaint, climb, row, found[-1], now=now)
        cancel_others(known, following)
        if following is not None:
            put_step(session, known, clock_id, following)
        row.breached_at = clock.breached_at(now)
    complaint.breached_at = case.first_breach(now)


def _climb(session: Session, known: Known, row: SlaClock, found: list[Step], now: datetime) -> None:
    """Of all due steps only the highest is sent; the lower ones are recorded as superseded."""
    for planned in found:
        step = put_step(session, known, row.id, planned)
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
    crew = crew_of(session, complaint.store_id, now=now)
    told = crew.told(parties, complaint.assignee_id)
    told, channels = bundles.unbundled(session, complaint, crew, told)
    if not told:  # leaders alone, and they hear of the incident as a whole
        return
    new = NewAlert(
        AlertKind.COMPLAINT,
        complaint.id,
        told,
        step_base(row, step.level, step.repeat_no),
        level=step.level,
        repeat=step.repeat_no,
        severity=climb.severity,
        store_id=complaint.store_id,
        short_no=complaint.short_no,
        fire_at=step.fire_at,
        channels=channels,
    )
    alerts.raise_alert(session, new, now=now)
