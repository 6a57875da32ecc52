"""Faults of the one open engine for unanswered groups, each shown to be none of ours."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from crm.accounts import service as accounts
from crm.accounts.rules import Role
from crm.alerts.models import Alert, AlertReceipt
from crm.alerts.rules import AlertKind, AlertState, AttemptResult
from crm.complaints import queries, service
from crm.complaints.models import ComplaintEvent
from crm.complaints.rules.words import ClockKind, ClockState, EventType, State
from crm.groups.rules import NewMessage
from crm.integrations.rules import Level
from crm.reports.queries.deadlines import deadlines
from crm.reports.rules import Period
from tests.factories.alerts import attempts, make_channel, outbox
from tests.factories.desk import MINUTE, QUOTE
from tests.factories.groups import make_group
from tests.factories.stores import actor_of, make_staff
from tests.peers.crowd import every

E, K, S = EventType, ClockKind, ClockState
WEEK = range(7)


def test_lw_a_chasing_does_not_postpone_the_alarm(crowd, now):
    complaint = crowd.public(now)
    due_at = crowd.clock(complaint, K.PUBLIC_ACK).due_at
    for minute in (8, 16, 24, 32, 40):
        at = now + minute * MINUTE
        for moment in every(MINUTE, at - 8 * MINUTE, at):
            crowd.tick(moment)
        crowd.record(complaint, E.CUSTOMER_MESSAGE, at, data={"intent": "chase"})
    clock = crowd.clock(complaint, K.PUBLIC_ACK)
    assert clock.due_at == clock.breached_at == due_at == now + 10 * MINUTE
    alarm = next(a for a in crowd.told(complaint, K.PUBLIC_ACK) if a.level is Level.L0)
    assert alarm.created_at == now + 10 * MINUTE
    assert complaint.chase_count == 5


@pytest.mark.parametrize("who", ["manager", "lead", "owner", "assistant", "colleague"])
def test_lw_b_an_answer_by_any_staff_of_the_store_stops_the_clock(crowd, session, now, who):
    complaint = crowd.public(now)
    crowd.record(complaint, E.ACKNOWLEDGED, now)
    crowd.staff["assistant"] = make_staff(session, Role.ASSISTANT, crowd.store, name="小李")
    crowd.staff["colleague"] = make_staff(session, Role.MANAGER, crowd.store, name="孙燕")
    by = actor_of(session, crowd.staff[who])
    crowd.record(complaint, E.PUBLIC_REPLY, now + MINUTE, by=by)
    assert crowd.clock(complaint, K.FIRST_RESPONSE).state is S.MET
    assert complaint.state is State.ANSWERED


def test_lw_c_an_unlinked_line_stops_nothing_and_a_linked_one_exactly_its_complaint(crowd, now):
    older = crowd.public(now)
    newer = crowd.public(now, reporter_name="小鹿", text="我的洗面奶漏了，瓶盖都裂了")
    advertisement = NewMessage("王梅", now + MINUTE, "今晚八点上新，全场八折", is_staff=True)
    _say(crowd, now + MINUTE, advertisement)
    assert {older.state, newer.state} == {State.OPEN}
    answer = "是我们包错了，今天补发新的，旧的上门来取"
    _say(
        crowd, now + 2 * MINUTE, NewMessage("王梅", now + 2 * MINUTE, answer, QUOTE, is_staff=True)
    )
    assert (older.state, newer.state) == (State.ANSWERED, State.OPEN)
    assert crowd.clock(newer, K.PUBLIC_ACK).state is S.RUNNING


def _say(crowd, now, line):
    service.take_lines(crowd.session, crowd.group, [line], actor=crowd.manager, now=now)


@pytest.mark.parametrize("day", WEEK)
def test_lw_d_a_message_off_shift_has_a_deadline_next_morning(crowd, now, day):
    at = _at(now + timedelta(days=day), 23, 0)
    complaint = crowd.private(at)
    due_at = crowd.clock(complaint, K.FIRST_RESPONSE).due_at
    assert due_at == _at(at + timedelta(days=1), 10, 15)
    crowd.tick(due_at)
    assert Level.L0 in crowd.levels(complaint, K.FIRST_RESPONSE)


@pytest.mark.parametrize("day", WEEK)
def test_lw_d_shifts_cross_midnight_on_every_day_of_the_week(crowd, now, day):
    crowd.hours({weekday: [(1200, 1500)] for weekday in WEEK}, now)
    at = _at(now + timedelta(days=day), 0, 30)
    inside = crowd.private(at)
    assert crowd.clock(inside, K.FIRST_RESPONSE).due_at == _at(at, 0, 45)
    at_the_end = crowd.private(_at(at, 0, 55), reporter_name="小鹿")
    assert crowd.clock(at_the_end, K.FIRST_RESPONSE).due_at == _at(at, 20, 10)


def _at(day, hour, minute):
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


@pytest.mark.parametrize("seed", range(5))
def test_lw_e_a_poisoned_row_stops_no_other_and_is_alarmed(crowd, session, now, seed):
    chance = random.Random(seed)
    complaints = [
        crowd.private(now, reporter_name=f"顾客{n}", order_no=f"{n:04}") for n in range(12)
    ]
    poisoned = chance.sample(complaints, 3)
    damages = {
        "log": "UPDATE complaint_event SET data = '{}' WHERE complaint_id = :id",
        "names": "UPDATE complaint SET order_ref = '', reporter_alias = '' WHERE id = :id",
        "staff": "UPDATE complaint SET assignee_id = :staff WHERE id = :id",
    }
    session.flush()
    for complaint, damage in zip(poisoned, damages, strict=True):
        named = {"id": complaint.id} | ({"staff": crowd.manager.id} if damage == "staff" else {})
        session.execute(text(damages[damage]), named)
    accounts.disable(session, crowd.staff["manager"], actor=crowd.owner, now=now)
    session.expire_all()
    crowd.tick(now + 15 * MINUTE)
    broken = poisoned[0]
    for complaint in complaints:
        assert bool(crowd.levels(complaint)) is (complaint is not broken)
    people = {alert.staff_id for one in complaints for alert in crowd.told(one)}
    assert crowd.manager.id not in people
    alarmed = session.scalars(select(Alert.subject_id).where(Alert.kind == AlertKind.BROKEN)).all()
    assert set(alarmed) == {broken.id}


def test_lw_f_a_failed_send_is_tried_again_and_the_ladder_goes_up(
    crowd, session, fake, deliver, clock
):
    channel = make_channel(session, crowd.owner, url=fake.wecom(), levels=(Level.L0,))
    start = clock()
    complaint = crowd.public(start, reporter_name="小鹿")
    fake.fail(times=99, status=500)
    clock.forward(minutes=10)
    crowd.tick(clock())
    alarm = next(a for a in outbox(session, channel) if a.subject_id == complaint.id)
    while not attempts(session, alarm):
        deliver(queries.alert_subject)
        clock.forward(seconds=5)
    assert {one.result for one in attempts(session, alarm)} == {AttemptResult.TEMPORARY}
    assert alarm.state is AlertState.PENDING
    fake.faults.clear()
    for _second in range(60):
        clock.forward(seconds=10)
        deliver(queries.alert_subject)
    assert attempts(session, alarm)[-1].result is AttemptResult.DELIVERED
    assert alarm.state is AlertState.SENT
    for minutes in (15, 25):
        crowd.tick(start + minutes * MINUTE)
    by_level = {alert.level: alert.staff_id for alert in crowd.told(complaint, K.PUBLIC_ACK)}
    people = {Level.L0: crowd.lead.id, Level.L1: crowd.lead.id, Level.L2: crowd.owner.id}
    assert people.items() <= by_level.items()


def test_lw_g_event_and_outbox_are_one_transaction(crowd, session, now):
    complaint = crowd.public(now)
    session.commit()
    before = _counts(session)
    crowd.record(complaint, E.ONLOOKER_SIGNAL, now + MINUTE, data={"signal": "refund_ask"})
    session.flush()
    assert all(after > known for after, known in zip(_counts(session), before, strict=True))
    session.rollback()
    assert _counts(session) == before


def _counts(session):
    tables = (ComplaintEvent, Alert, AlertReceipt)
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_lw_h_rates_are_late_of_all_and_a_supervisor_sees_every_group(crowd, session, now):
    second = make_group(session, store=crowd.other, name="中山路 1 群")
    start = now - timedelta(days=2)
    waits = [(crowd.group, 5, 0), (crowd.group, 15, 0), (crowd.group, 20, 1), (second, 30, 1)]
    for number, (group, minutes, days) in enumerate(waits):
        at = start + timedelta(days=days)
        complaint = crowd.public(
            at,
            by=crowd.lead,
            group_id=group.id,
            store_id=group.store_id,
            reporter_name=f"顾客{number}",
            text=f"第{number}件坏了",
            occurred_at=at,
        )
        crowd.record(complaint, E.PUBLIC_REPLY, at + minutes * MINUTE, by=crowd.lead)
    for noise in crowd.noise:
        if noise.state is State.OPEN:
            crowd.record(noise, E.VOIDED, now, by=crowd.lead, data={"reason": "登错了"})
    session.commit()
    report = deadlines(session, crowd.lead, None, Period.MONTH, now=now)
    rate = dict(report.kinds)[K.PUBLIC_ACK]
    assert (rate.late, rate.total) == (3, 4)
    assert {crowd.group.name, second.name} <= {place for place, _rate in report.places}
