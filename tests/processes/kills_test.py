"""The short form of the kill runs of tests/soak, and proof that their judge sees faults.

What must have arrived is reckoned from the log of events alone, not from the tables of alerts.
"""

import sys
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from crm import clock
from crm.alerts.models import Alert, AlertAttempt, AlertReceipt
from crm.alerts.rules import AlertState
from crm.complaints.models import AlertStep, SlaClock
from crm.complaints.rules.commands import NewEvent
from crm.complaints.rules.words import Channel, ClockKind, ClockState, EventType, StepState
from crm.complaints.service import record_event
from crm.db import transaction
from tests.fakes.robots import FakeRobots
from tests.processes.installation import environment, kill, wait_for
from tests.soak.desk import Desk, Killer, Writers
from tests.soak.expected import Auditor

POINTS = ("plan.commit", "claim.committed", "send.end", "mark.commit")
KILLS = 6
PATIENCE = 300.0

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there"),
    pytest.mark.timeout(2 * PATIENCE),
]


@pytest.fixture
def desk(fresh_database, tmp_path):
    with FakeRobots() as receiver:
        url = fresh_database()
        made = Desk(url, environment(url, tmp_path, receiver), receiver, webhooks=4)
        yield made
        made.close()


def _log_and_answer_when_told(desk):
    complaint = desk.log(Channel.LIVESTREAM_COMMENT, age=timedelta(seconds=3))
    told = select(AlertAttempt.id).join(Alert).where(Alert.subject_id == complaint.id)
    wait_for(lambda: desk.rows(told), PATIENCE)
    with transaction(desk.factory) as session:
        answer = NewEvent(EventType.PUBLIC_REPLY)
        record_event(session, complaint, answer, actor=desk.owner, now=clock.now())
    return complaint.id


def test_kills_lose_nothing_and_send_nothing_wrong(desk):
    desk.start_web()
    killer = Killer(desk, seed=4)
    with Writers(desk, people=2, every=3.0, seed=4) as writers:
        for point in POINTS:
            desk.start(point, "1", module="tests.soak.failing").wait(PATIENCE)
        desk.start_workers(2)
        answered = _log_and_answer_when_told(desk)
        killer.kill(KILLS)
    desk.drain(PATIENCE)
    for worker in desk.workers:
        kill(worker)
    found = desk.verdict(clock.now())
    assert writers.problems == [], desk.last_words()
    assert found.faults() == []
    assert found.outside_duplicates <= len(POINTS) + killer.kills["worker"]
    assert found.steps > 4 * len(writers.logged)
    _the_judge_sees_faults(desk, answered)


def _the_judge_sees_faults(desk, answered):
    """Each fault is planted, seen, and taken back."""
    step_id, clock_id, level, repeat_no = desk.rows(
        select(AlertStep.id, AlertStep.clock_id, AlertStep.level, AlertStep.repeat_no)
        .join(SlaClock, SlaClock.id == AlertStep.clock_id)
        .where(
            AlertStep.state == StepState.FIRED,
            SlaClock.kind == ClockKind.RESOLUTION,
            SlaClock.state == ClockState.RUNNING,
            SlaClock.offered_at.is_(None),
        )
        .order_by(AlertStep.id)
        .limit(1)
    )[0]
    told = Alert.dedupe_base == f"clock-{clock_id}.1:{level.value}:{repeat_no}"
    inbox = _one(desk, Alert.id, told, Alert.staff_id.is_not(None))
    sent = _one(desk, Alert.id, told, Alert.channel_id.is_not(None))
    stopped = _one(
        desk, SlaClock.id, SlaClock.complaint_id == answered, SlaClock.kind == ClockKind.PUBLIC_ACK
    )
    of_stopped = Alert.dedupe_base.startswith(f"clock-{stopped}.")
    late = _one(desk, Alert.id, of_stopped, Alert.channel_id.is_not(None))
    attempt = {"alert_id": late, "number": 99, "started_at": clock.now(), "code": ""}
    one_step, one_alert = AlertStep.id == step_id, Alert.id == sent
    faults = {
        "lost": [
            delete(AlertReceipt).where(AlertReceipt.alert_id == inbox),
            update(AlertStep).where(one_step).values(state=StepState.CANCELLED),
            update(Alert).where(one_alert).values(state=AlertState.DEAD, sent_at=None),
        ],
        "wrong": [
            insert(AlertAttempt).values(attempt),
            update(AlertStep).where(one_step).values(fired_at=clock.now() - timedelta(days=1)),
        ],
    }
    requests = desk.receiver.accepted
    for name, statements in faults.items():
        for statement in statements:
            with desk.engine.connect() as connection, connection.begin() as planted:
                connection.execute(statement)
                found = Auditor(connection, requests, clock.now()).verdict()
                assert getattr(found, name), str(statement)
                planted.rollback()
    with desk.engine.connect() as connection:
        clean = Auditor(connection, requests, clock.now()).verdict()
        twice = Auditor(connection, [*requests, requests[0]], clock.now()).verdict()
        unheard = Auditor(connection, [], clock.now()).verdict()
    assert clean.faults() == []
    assert twice.outside_duplicates == clean.outside_duplicates + 1
    assert unheard.lost


def _one(desk, column, *conditions):
    return desk.rows(select(column).where(*conditions).order_by(column).limit(1))[0][0]
