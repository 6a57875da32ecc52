"""Faults and good ideas of nine other products, each as what ours does."""

import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from crm.alerts.models import Alert
from crm.alerts.rules import AlertKind, AlertState, AttemptResult
from crm.complaints import queries, service
from crm.complaints.models import AlertStep, SlaPolicyVersion
from crm.complaints.queries import due
from crm.complaints.queries.case import clock_rows, events_of
from crm.complaints.rules.policy import Preset
from crm.complaints.rules.words import (
    Channel,
    ClockKind,
    EventType,
    State,
    StepState,
)
from crm.db import make_engine, make_factory, transaction
from crm.integrations.rules import ChannelKind, Level
from crm.stores.models import Shop
from tests.factories.alerts import attempts, make_channel, outbox, raise_one, subject_of
from tests.factories.contacts import make_contact
from tests.factories.desk import MINUTE
from tests.peers.crowd import every

E, K = EventType, ClockKind
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def test_zn_1_one_question_finds_all_that_is_due_and_a_limit_starves_nobody(crowd, session, now):
    for number in range(25):
        crowd.private(now + number * SECOND, reporter_name=f"顾客{number}")
    session.flush()
    moment = now + 30 * MINUTE
    asked = []
    bind = session.get_bind().engine

    def note(_conn, _cursor, statement, *_rest):
        asked.append(statement)

    event.listen(bind, "before_cursor_execute", note)
    everything = due.due_steps(session, moment, 1000)
    event.remove(bind, "before_cursor_execute", note)
    assert len(asked) == 1
    assert len(everything) > 25
    few = due.due_steps(session, moment, 5)
    assert [step.id for step in few] == [step.id for step in everything[:5]]
    crowd.tick(moment)
    assert due.due_steps(session, moment, 5) == []


def test_zn_2_quiet_hours_hold_the_low_and_never_the_urgent(crowd, now):
    night = now.replace(hour=21, minute=58, second=0)
    private, urgent = crowd.private(night), crowd.log(night, reporter_name="小鹿")
    for moment in every(timedelta(minutes=10), night, night + timedelta(hours=14)):
        crowd.tick(moment)
    hours = {a.created_at.astimezone(now.tzinfo).hour for a in crowd.told(private)}
    assert hours
    assert not hours & {22, 23, *range(9)}
    assert {22, 23} <= {a.created_at.astimezone(now.tzinfo).hour for a in crowd.told(urgent)}


def test_fs_1_a_killed_process_leaves_no_lock_behind(fresh_database):
    url = fresh_database()
    code = (
        "import sys, time\n"
        "from sqlalchemy import text\n"
        "from crm.db import make_engine, make_factory, transaction\n"
        "with transaction(make_factory(make_engine(sys.argv[1]))) as session:\n"
        "    session.execute(text('UPDATE shop SET name = name'))\n"
        "    print('locked', flush=True)\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"locked\n"
        holder.send_signal(signal.SIGKILL)
    engine = make_engine(url)
    started = time.monotonic()
    with transaction(make_factory(engine)) as session:
        assert session.scalar(select(func.count()).select_from(Shop)) == 0
    assert time.monotonic() - started < 5
    engine.dispose()


def test_oc_1_taking_it_holds_the_ladder_only_for_a_while(crowd, session, now):
    complaint = crowd.log(now, reporter_name="小鹿")
    crowd.tick(now + 5 * MINUTE)
    crowd.record(complaint, E.ACKNOWLEDGED, now + 6 * MINUTE)
    crowd.tick(now + 15 * MINUTE)
    assert Level.L1 not in crowd.levels(complaint, K.PUBLIC_ACK)
    crowd.tick(now + 16 * MINUTE)
    assert complaint.state is State.OPEN
    assert Level.L1 in crowd.levels(complaint, K.PUBLIC_ACK)
    session.flush()
    unkept = session.scalars(select(Alert).where(Alert.kind == AlertKind.UNKEPT)).one()
    assert unkept.staff_id == crowd.manager.id


def test_oc_1_a_running_escalation_keeps_the_promise_it_began_with(crowd, session, now):
    complaint = crowd.log(now, reporter_name="小鹿")
    before = [(row.kind, row.due_at) for row in clock_rows(session, complaint.id)]
    service.choose_policy(session, Preset.TWO_LEVEL, actor=crowd.owner, now=now + MINUTE)
    crowd.tick(now + 10 * MINUTE)
    assert [(row.kind, row.due_at) for row in clock_rows(session, complaint.id)] == before
    assert crowd.levels(complaint, K.PUBLIC_ACK) == [Level.L1]


def test_oc_2_downtime_shifts_no_later_step(crowd, session, now):
    complaint = crowd.private(now)
    due_at = crowd.clock(complaint, K.FIRST_RESPONSE).due_at
    crowd.tick(due_at + 11 * MINUTE)
    steps = {
        (step.level, step.repeat_no): step.fire_at
        for step in crowd.steps(crowd.clock(complaint, K.FIRST_RESPONSE))
    }
    assert steps[Level.L1, 1] == due_at + 5 * MINUTE
    assert steps[Level.L2, 1] == due_at + 15 * MINUTE


def test_oc_3_a_lost_step_is_planned_again_and_goes_on(crowd, session, now):
    complaint = crowd.private(now)
    crowd.tick(now + 8 * MINUTE)
    session.flush()
    for step in session.scalars(select(AlertStep)):
        if step.state is StepState.PENDING:
            step.state = StepState.CANCELLED
    crowd.straighten(now + 9 * MINUTE)
    crowd.tick(now + 15 * MINUTE)
    assert Level.L0 in crowd.levels(complaint, K.FIRST_RESPONSE)


def test_oc_3_what_was_answered_meanwhile_is_not_sent(crowd, session, fake, deliver, clock):
    channel = make_channel(session, crowd.owner, url=fake.wecom())
    complaint = crowd.private(clock(), reporter_name="小鹿")
    clock.forward(minutes=15)
    crowd.tick(clock())
    mine = [a.id for a in outbox(session, channel) if a.subject_id == complaint.id]
    crowd.record(complaint, E.PRIVATE_REPLY, clock())
    for _second in range(20):
        deliver(queries.alert_subject)
        clock.forward(seconds=10)
    assert {session.get_one(Alert, one).state for one in mine} == {AlertState.SUPPRESSED}
    assert all(f"#{complaint.short_no} " not in request.text for request in fake.requests)


def test_am_1_the_recap_goes_through_the_outbox_once_to_all_who_were_told(crowd, session, now):
    complaint = crowd.private(now)
    for minutes in (15, 20, 30):
        crowd.tick(now + minutes * MINUTE)
    told = {alert.staff_id for alert in crowd.told(complaint)}
    for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
        crowd.record(complaint, kind, now + 40 * MINUTE)
    crowd.tick(now + HOUR)
    recaps = session.scalars(
        select(Alert.staff_id).where(
            Alert.kind == AlertKind.RECAP, Alert.subject_id == complaint.id
        )
    ).all()
    assert sorted(recaps) == sorted(told)


def test_se_1_nothing_is_marked_as_sent_before_it_was(crowd, session, fake, deliver, clock):
    channel = make_channel(session, crowd.owner, url=fake.wecom())
    raise_one(session, crowd.owner.id, base="one")
    fake.fail(reset=True)
    deliver(subject_of)
    (alert,) = (a for a in outbox(session, channel) if a.dedupe_base == "one")
    assert alert.state is not AlertState.SENT
    assert alert.sent_at is None
    clock.forward(minutes=2)
    deliver(subject_of)
    assert session.get_one(Alert, alert.id).state is AlertState.SENT


def test_gt_1_an_alert_is_a_row_that_stays_until_it_was_sent_and_reminders_repeat(
    crowd, session, fake, deliver, clock
):
    channel = make_channel(session, crowd.owner, url=fake.wecom())
    raise_one(session, crowd.owner.id, base="one")
    fake.fail(times=6, status=503)
    for _minute in range(6):
        deliver(subject_of)
        clock.forward(minutes=5)
    (alert,) = (a for a in outbox(session, channel) if a.dedupe_base == "one")
    results = [one.result for one in attempts(session, alert)]
    assert results[0] is AttemptResult.TEMPORARY
    while not fake.accepted:
        deliver(subject_of)
        clock.forward(minutes=5)
    complaint = crowd.log(clock(), reporter_name="小鹿")
    start = clock()
    for minutes in (5, 10, 20, 50, 80):
        crowd.tick(start + minutes * MINUTE)
    repeats = {a.repeat for a in crowd.told(complaint, K.PUBLIC_ACK) if a.level is Level.R}
    assert repeats == {1, 2}


def test_yq_1_a_failed_card_goes_another_way_and_a_complaint_has_order_owner_and_a_second_life(
    crowd, session, fake, deliver, clock
):
    make_channel(session, crowd.owner, url=fake.wecom())
    second = make_channel(session, crowd.owner, ChannelKind.FEISHU_ROBOT, url=fake.feishu())
    fake.fail(status=404)
    raise_one(session, crowd.owner.id, base="card")
    for _ten_seconds in range(20):
        deliver(subject_of)
        clock.forward(seconds=10)
    assert any(request.path.startswith("/open-apis/bot") for request in fake.accepted)
    assert second.id
    contact = make_contact(session, store=crowd.store)
    complaint = crowd.private(clock(), order_no="3729 8812", contact_id=contact.id)
    crowd.record(complaint, E.ACKNOWLEDGED, clock())
    assert (complaint.order_ref, complaint.assignee_id) == ("3729 8812", crowd.manager.id)
    for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED, E.REOPENED):
        crowd.record(complaint, kind, clock())
    assert (complaint.state, complaint.cycle) == (State.OPEN, 2)
    assert events_of(session, complaint.id)[0].type is E.LOGGED


def test_bc_1_a_shop_that_chose_nothing_has_the_shipped_promise_and_is_told_so(
    crowd, session, page, now
):
    complaint = crowd.private(now)
    session.flush()
    assert session.scalar(select(func.count()).select_from(SlaPolicyVersion)) == 1
    crowd.tick(now + 8 * MINUTE)
    crowd.tick(now + 12 * MINUTE)
    assert crowd.levels(complaint, K.FIRST_RESPONSE) == [Level.W1, Level.W2]
    page.sign_in(crowd.staff["manager"])
    text = page.get(f"/complaints/{complaint.id}/deadlines").text
    assert "方案「完整」" in text


def test_wo_1_a_full_queue_waits_and_drops_nothing(crowd, session, fake, deliver, clock):
    channel = make_channel(session, crowd.owner, url=fake.wecom())
    for number in range(200):
        raise_one(session, crowd.owner.id, base=f"b{number}", severity=1 + number % 2)
    for _second in range(240):
        deliver(subject_of)
        clock.forward(seconds=1)
    moments = [request.at for request in fake.requests]
    assert max(sum(start <= at < start + 60 for at in moments) for start in moments) <= 20
    states = [a.state for a in outbox(session, channel) if a.dedupe_base.startswith("b")]
    assert states == [AlertState.SENT] * 200
    assert "S1" in fake.accepted[0].text


@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.COUNTER])
def test_yq_1_every_way_of_complaining_has_a_deadline_and_a_reminder(crowd, now, channel):
    complaint = crowd.private(now, channel=channel)
    crowd.tick(now + 8 * MINUTE)
    assert crowd.levels(complaint, K.FIRST_RESPONSE) == [Level.W1]
