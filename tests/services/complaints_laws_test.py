"""Stored rows against the log, after every event of random scripts with the worker between."""

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.complaints import jobs, queries
from crm.complaints.models import AlertStep, Complaint, SlaClock
from crm.complaints.queries.case import clock_rows, events_of
from crm.complaints.rules import machine
from crm.complaints.rules.words import BadEvent, Category, EventType, IllegalTransition, StepState
from tests.factories.desk import Desk

E = EventType
WORDS = [
    (E.CUSTOMER_MESSAGE, {"intent": "problem"}),
    (E.HOLDING_REPLY, {}),
    (E.PUBLIC_REPLY, {}),
    (E.PRIVATE_REPLY, {}),
    (E.ONLOOKER_SIGNAL, {"signal": "doubt"}),
    (E.ACKNOWLEDGED, {}),
    (E.PAUSED, {"reason": "photos"}),
    (E.RESUMED, {}),
    (E.RESOLUTION_OFFERED, {}),
    (E.CUSTOMER_CONFIRMED, {}),
    (E.PUBLIC_CLOSURE, {}),
    (E.SEVERITY_CHANGED, {"severity": 1, "reason": "grave"}),
    (E.REOPENED, {}),
    (E.UNDONE, {}),
]


@pytest.mark.parametrize("seed", range(10))
def test_stored_rows_are_what_the_log_says_and_each_running_clock_has_one_step(session, now, seed):
    chance, desk = random.Random(seed), Desk(session)
    category = chance.choice([Category.SUSPECTED_FAKE, Category.QUALITY])
    complaint = desk.log(now, by=desk.lead, category=category)
    for _step in range(14):
        kind, data = chance.choice(WORDS)
        now += timedelta(seconds=chance.randrange(1, 4 * 3600))
        if chance.random() < 0.5:
            jobs.tick(session, now=now)
        _record(desk, complaint, kind, now, dict(data))
        _check(session, complaint, now)


def _record(desk: Desk, complaint: Complaint, kind: EventType, now: datetime, data: dict) -> None:
    if kind is E.UNDONE:
        mine = [r for r in events_of(desk.session, complaint.id) if r.type in machine.COUNT_AS_WORK]
        data = {"seq": mine[-1].seq if mine else 0}
    if kind is E.PAUSED:
        data["until"] = (now + timedelta(hours=2)).isoformat()
    try:
        with desk.session.begin_nested():
            desk.record(complaint, kind, now, by=desk.lead, data=data)
    except (IllegalTransition, BadEvent):
        desk.session.refresh(complaint)


def _check(session: Session, complaint: Complaint, now: datetime) -> None:
    session.flush()
    rows = clock_rows(session, complaint.id)
    case = queries.case_of(session, complaint)
    stored = {(r.kind, r.cycle, r.state, r.due_at, r.met_at) for r in rows if not _gone(r, case)}
    assert stored == {(c.kind, c.cycle, c.state, c.due_at, c.met_at) for c in case.clocks}
    assert all(row.ended_at for row in rows if _gone(row, case))
    assert (complaint.state, complaint.next_due_at) == (case.state, case.next_due_at)
    assert [row.seq for row in events_of(session, complaint.id)] == list(
        range(1, complaint.version + 1)
    )
    pending = set()
    for step in session.scalars(
        select(AlertStep)
        .join(SlaClock)
        .where(SlaClock.complaint_id == complaint.id, AlertStep.state == StepState.PENDING)
    ):
        assert step.clock_id not in pending
        pending.add(step.clock_id)
    ticking = {(c.kind, c.cycle) for c in case.clocks if c.is_ticking}
    assert pending == {r.id for r in rows if (r.kind, r.cycle) in ticking}


def _gone(row: SlaClock, case: object) -> bool:
    return case.clock(row.kind, row.cycle) is None
