"""Faults of a help desk with escalation, each shown to be none of ours."""

from datetime import UTC, timedelta

import pytest
from sqlalchemy import select

from crm.alerts.models import Alert
from crm.alerts.rules import AlertState
from crm.complaints import jobs, queries, service
from crm.complaints.queries.case import clock_rows, events_of
from crm.complaints.rules.commands import NewEvent
from crm.complaints.rules.words import Category, Channel, ClockKind, ClockState, EventType, State
from crm.integrations.rules import Level
from crm.stores import service as stores
from crm.stores.rules import HoursCommand
from tests.factories.alerts import attempts, make_channel, outbox
from tests.factories.desk import MINUTE
from tests.peers.crowd import at, every

E, K, S = EventType, ClockKind, ClockState
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("received", "due_at"),
    [
        ("2026-06-05 12:00", "2026-06-13 00:00"),
        ("2026-02-12 12:00", "2026-02-27 00:00"),
        ("2026-09-30 12:00", "2026-10-14 00:00"),
    ],
    ids=["F9", "make-up Saturday", "F10"],
)
def test_zm_1_a_weekend_make_up_day_is_a_workday_and_a_holiday_is_none(crowd, received, due_at):
    enquiry = crowd.private(at(received), category=Category.ENQUIRY)
    assert crowd.clock(enquiry, K.RESOLUTION).due_at == at(due_at)


def test_zm_2_warnings_come_to_the_second_at_the_fractions_of_the_policy(crowd, now):
    complaint = crowd.private(now)
    for share, level in ((0.5, Level.W1), (0.8, Level.W2), (1.0, Level.L0)):
        moment = now + share * 15 * MINUTE
        crowd.tick(moment - SECOND)
        assert level not in crowd.levels(complaint, K.FIRST_RESPONSE)
        crowd.tick(moment)
        assert level in crowd.levels(complaint, K.FIRST_RESPONSE)


def test_zm_3_nothing_repeats_because_the_day_changed(crowd, now):
    complaint = crowd.private(now.replace(hour=20, minute=0, second=0))
    evening = now.replace(hour=20, minute=0, second=0)
    for moment in every(5 * MINUTE, evening, evening + timedelta(hours=16)):
        crowd.tick(moment)
    hours = {a.created_at.astimezone(now.tzinfo).hour for a in crowd.told(complaint)}
    assert hours
    assert not hours & {22, 23, 0, 1, 2, 3, 4, 5, 6, 7, 8}


def test_zm_4_an_alert_that_was_under_way_when_its_sender_died_is_sent(
    crowd, session, fake, deliver, clock
):
    make_channel(session, crowd.owner, url=fake.wecom(), levels=(Level.L0,))
    crowd.private(clock(), reporter_name="小鹿")
    clock.forward(minutes=15)
    crowd.tick(clock())
    alarm = outbox(session)[-1]
    alarm.state, alarm.lease_owner = AlertState.LEASED, "worker that died"
    alarm.next_at = clock() + timedelta(seconds=30)
    deliver(queries.alert_subject)
    assert attempts(session, alarm) == []
    for _ten_seconds in range(30):
        clock.forward(seconds=10)
        deliver(queries.alert_subject)
    assert session.get_one(Alert, alarm.id).state is AlertState.SENT


def test_zm_5_two_pauses_that_begin_in_one_minute_both_count(crowd, now):
    complaint = crowd.private(now)
    crowd.record(complaint, E.PRIVATE_REPLY, now)
    due_at = crowd.clock(complaint, K.RESOLUTION).due_at
    for start, end in ((5, 12), (20, 47)):
        until = (now + HOUR).isoformat()
        data = {"reason": "等照片", "until": until}
        crowd.record(complaint, E.PAUSED, now + start * SECOND, by=crowd.lead, data=data)
        crowd.record(complaint, E.RESUMED, now + end * SECOND, by=crowd.lead)
    assert crowd.clock(complaint, K.RESOLUTION).due_at == due_at + (7 + 27) * SECOND


def test_zm_6_a_later_message_touches_no_first_answer(crowd, now):
    complaint = crowd.public(now)
    first = crowd.clock(complaint, K.FIRST_RESPONSE)
    due_at = first.due_at
    crowd.record(complaint, E.CUSTOMER_MESSAGE, now + MINUTE, data={"intent": "problem"})
    assert crowd.clock(complaint, K.FIRST_RESPONSE).due_at == due_at
    crowd.record(complaint, E.PUBLIC_REPLY, now + 2 * MINUTE)
    crowd.record(complaint, E.CUSTOMER_MESSAGE, now + 5 * MINUTE, data={"intent": "problem"})
    following = crowd.clock(complaint, K.NEXT_RESPONSE)
    first = crowd.clock(complaint, K.FIRST_RESPONSE)
    assert following.id != first.id
    assert (first.state, first.due_at) == (S.MET, due_at)
    assert following.started_at == now + 5 * MINUTE


def test_zm_7_after_the_answer_nothing_escalates_and_the_next_deadline_is_the_next_one(
    crowd, session, now
):
    complaint = crowd.private(now)
    crowd.record(complaint, E.PRIVATE_REPLY, now + 5 * MINUTE)
    assert complaint.next_due_at == crowd.clock(complaint, K.RESOLUTION).due_at
    crowd.tick(now + HOUR)
    assert crowd.levels(complaint, K.FIRST_RESPONSE) == []
    case = queries.case_of(session, complaint)
    stored = [(r.kind, r.state, r.due_at, r.met_at) for r in clock_rows(session, complaint.id)]
    assert stored == [(c.kind, c.state, c.due_at, c.met_at) for c in case.clocks]


@pytest.mark.parametrize(
    "channel", [c for c in Channel if c not in {Channel.GROUP, Channel.PRIVACY_REQUEST}]
)
def test_zm_8_channel_and_intent_start_clocks_not_the_kind_of_record(crowd, now, channel):
    complaint = crowd.log(now, channel=channel, category=Category.QUALITY)
    assert crowd.clock(complaint, K.FIRST_RESPONSE).started_at == now
    reply = E.PUBLIC_REPLY if channel is Channel.LIVESTREAM_COMMENT else E.PRIVATE_REPLY
    crowd.record(complaint, reply, now + MINUTE)
    crowd.record(complaint, E.CUSTOMER_MESSAGE, now + 2 * MINUTE, data={"intent": "info"})
    assert complaint.state is State.ANSWERED
    crowd.record(complaint, E.CUSTOMER_MESSAGE, now + 3 * MINUTE, data={"intent": "problem"})
    assert crowd.clock(complaint, K.NEXT_RESPONSE).started_at == now + 3 * MINUTE


def test_zm_9_an_answer_and_a_pause_in_one_form_are_both_kept_the_answer_first(crowd, now):
    complaint = crowd.public(now)
    data = {"reason": "等照片", "until": (now + HOUR).isoformat()}
    both = [NewEvent(E.PAUSED, data=data), NewEvent(E.PUBLIC_REPLY, text="请发照片，马上补发")]
    moment = now + MINUTE
    service.record_together(crowd.session, complaint, both, actor=crowd.manager, now=moment)
    first = crowd.clock(complaint, K.FIRST_RESPONSE)
    assert (first.state, first.met_at) == (S.MET, moment)
    assert crowd.clock(complaint, K.RESOLUTION).state is S.PAUSED
    assert [r.type for r in events_of(crowd.session, complaint.id)][1:] == [
        E.PUBLIC_REPLY,
        E.PAUSED,
    ]


def test_zm_10_changed_hours_move_open_deadlines_and_no_closed_one(crowd, session, now):
    evening = now.replace(hour=21, minute=50, second=0)
    running, ended = crowd.private(evening), crowd.private(evening, reporter_name="小鹿")
    for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
        crowd.record(ended, kind, evening)
    frozen = [(r.due_at, r.calendar_id) for r in clock_rows(session, ended.id)]
    hours = HoursCommand(11 * 60, 22 * 60)
    stores.set_hours(session, hours, actor=crowd.owner, now=evening)
    crowd.straighten(evening)
    morning = (evening + timedelta(days=1)).replace(hour=11, minute=5)
    assert crowd.clock(running, K.FIRST_RESPONSE).due_at == morning
    (move,) = (r.data for r in events_of(session, running.id) if "old" in r.data)
    assert (move["cause"], move["new"]) == ("calendar", morning.astimezone(UTC).isoformat())
    assert [(r.due_at, r.calendar_id) for r in clock_rows(session, ended.id)] == frozen


def test_zm_10_a_merged_complaint_escalates_no_more_and_what_it_owed_does(crowd, session, now):
    first, second = crowd.private(now), crowd.private(now + 5 * MINUTE)
    moment = now + 6 * MINUTE
    crowd.record(first, E.MERGED, moment, by=crowd.lead, data={"into_id": second.id})
    crowd.tick(now + 15 * MINUTE + SECOND)
    assert crowd.levels(first) == []
    assert Level.L0 in crowd.levels(second, K.FIRST_RESPONSE)
    assert crowd.clock(second, K.FIRST_RESPONSE).breached_at == now + 15 * MINUTE
    session.commit()
    assert jobs.climb_ladders(crowd.factory, now=lambda: now + 15 * MINUTE + SECOND) == 0
    assert session.scalars(select(Alert).where(Alert.subject_id == first.id)).all() == []
