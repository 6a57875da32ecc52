"""Delivery: sent once, checked before, leased, at the vendors' pace; the robot is a real server."""

from dataclasses import replace
from datetime import timedelta

from crm.alerts import jobs, queries, service
from crm.alerts.rules import LEASE, AlertState, AttemptResult
from crm.integrations.gateways import posting
from crm.integrations.rules import ChannelKind, Delivery, Level, Verdict, webhook_signature
from tests.conftest import NOW
from tests.factories.alerts import SUBJECT, attempts, make_channel, outbox, raise_one, subject_of

ARRIVED = Delivery(Verdict.DELIVERED, "0")

# The good case


def test_alert_arrives_with_number_severity_occasion_place_and_link(
    session, owner, robot, fake, deliver
):
    raise_one(session, owner.id, repeat=2, level=Level.R)
    assert deliver() == 1
    (request,) = fake.accepted
    assert request.text.split("\n") == [
        "客诉 #17 · S1 紧急 · 超时后还没处理完 · 第 2 次提醒",
        "老粉 1 群",
        "https://shop.example/complaints/17",
    ]
    (alert,) = outbox(session)
    assert (alert.state, alert.sent_at, alert.lease_owner) == (AlertState.SENT, NOW, None)
    (attempt,) = attempts(session, alert)
    assert (attempt.result, attempt.code) == (AttemptResult.DELIVERED, "0")


def test_delivering_twice_sends_once(session, owner, robot, fake, deliver, clock):
    raise_one(session, owner.id)
    assert deliver() == 1
    clock.forward(hours=1)
    raise_one(session, owner.id)
    assert deliver() == 0
    assert len(fake.requests) == 1


def test_delivering_late_sends_what_was_due(session, owner, robot, fake, deliver, clock):
    raise_one(session, owner.id)
    clock.forward(hours=8)
    assert deliver() == 1


def test_every_robot_gets_its_own(session, owner, fake, deliver):
    make_channel(session, owner, url=fake.wecom())
    make_channel(session, owner, ChannelKind.DINGTALK_ROBOT, url=fake.dingtalk())
    make_channel(session, owner, ChannelKind.FEISHU_ROBOT, url=fake.feishu())
    raise_one(session, owner.id)
    assert deliver() == 3
    assert {request.path for request in fake.accepted} == {
        "/cgi-bin/webhook/send",
        "/robot/send",
        "/open-apis/bot/v2/hook/feishu-hook-0001",
    }


def test_webhook_gets_the_alert_as_signed_json(session, owner, fake, deliver):
    make_channel(session, owner, ChannelKind.WEBHOOK, url=fake.webhook(), secret="k")
    raise_one(session, owner.id)
    deliver()
    (request,), (alert,) = fake.accepted, outbox(session)
    assert request.headers["X-Shuke-Signature"] == webhook_signature(request.body, "k")
    assert request.headers["X-Shuke-Delivery"] == f"{alert.id}-1"
    assert request.json == {
        "id": alert.id,
        "complaint_id": 1,
        "level": "L0",
        "repeat": 0,
        "recipient": f"channel-{alert.channel_id}",
        "channel": "webhook",
        "state": "leased",
        "fire_at": "2025-06-18T12:22:18Z",
        "sent_at": None,
        "acknowledged_at": None,
        "text": "客诉 #17 · S1 紧急 · 期限到了，还没处理完 · 第 1 次提醒\n老粉 1 群\n"
        "https://shop.example/complaints/17",
    }


def test_urgent_goes_first(session, owner, robot, fake, deliver):
    for severity in (4, 2, 1):
        raise_one(session, owner.id, base=f"b{severity}", severity=severity)
    deliver()
    assert ["S1" in request.text for request in fake.accepted] == [True, False]


# The re-check


def test_alert_that_is_no_longer_needed_does_not_leave(session, owner, robot, fake, deliver):
    raise_one(session, owner.id)
    assert deliver(lambda *_: replace(SUBJECT, still_needed=False)) == 1
    assert fake.requests == []
    (alert,) = outbox(session)
    assert (alert.state, attempts(session, alert)) == (AlertState.SUPPRESSED, [])


def test_answer_while_the_message_is_under_way_stops_further_attempts(
    session, factory, owner, robot, fake, deliver, clock
):
    raise_one(session, owner.id)

    def answered(_request):
        with factory() as other, other.begin():
            service.suppress(other, dedupe_bases=["clock-17:L0:0"], now=clock())

    fake.fail(status=502, before_answer=answered)
    deliver()
    (alert,) = outbox(session)
    assert alert.state is AlertState.SUPPRESSED
    assert [a.code for a in attempts(session, alert)] == ["http_502"]
    clock.forward(hours=1)
    assert deliver() == 0


def test_alert_whose_subject_cannot_be_read_does_not_stop_the_others(
    session, owner, robot, fake, deliver
):
    raise_one(session, owner.id, base="bad", subject_id=1)
    raise_one(session, owner.id, base="good", subject_id=2)

    def broken(session, alert):
        if alert.subject_id == 1:
            raise LookupError("no such complaint")
        return subject_of(session, alert)

    assert deliver(broken) == 2
    bad, good = outbox(session)
    assert (bad.state, good.state) == (AlertState.PENDING, AlertState.SENT)
    assert [a.code for a in attempts(session, bad)] == ["subject_error"]


# Leases


def test_leased_alert_is_left_alone_until_the_lease_ends(
    session, factory, owner, robot, fake, deliver, clock
):
    raise_one(session, owner.id)
    session.commit()
    with factory() as other, other.begin():
        parcel = service.claim(
            other, owner="killed", subject_of=subject_of, base_url="", now=clock()
        )
    clock.forward(seconds=LEASE.total_seconds() - 1)
    assert deliver() == 0
    clock.forward(seconds=1)
    assert deliver() == 1
    (alert,) = outbox(session)
    assert (alert.state, parcel.attempts[0][1], alert.attempts) == (AlertState.SENT, 1, 2)
    assert [a.result for a in attempts(session, alert)] == [None, AttemptResult.DELIVERED]


def test_late_outcome_of_a_lost_lease_changes_only_its_attempt(
    session, factory, owner, robot, fake, deliver, clock
):
    raise_one(session, owner.id)
    session.commit()
    with factory() as other, other.begin():
        parcel = service.claim(other, owner="slow", subject_of=subject_of, base_url="", now=clock())
    clock.forward(seconds=LEASE.total_seconds())
    deliver()
    with factory() as other, other.begin():
        service.mark(other, parcel.attempts, posting.TIMED_OUT, owner="slow", now=clock())
    session.expire_all()
    (alert,) = outbox(session)
    assert alert.state is AlertState.SENT
    assert [a.code for a in attempts(session, alert)] == ["timeout", "0"]


def test_message_that_arrived_after_its_lease_was_sent_whoever_tries_again_by_then(
    session, factory, owner, robot, deliver, clock
):
    raise_one(session, owner.id)
    session.commit()

    def claim(by):
        with factory() as other, other.begin():
            return service.claim(
                other, owner=by, subject_of=subject_of, base_url="", now=clock()
            ).attempts

    def mark(attempts, outcome, by):
        with factory() as other, other.begin():
            service.mark(other, attempts, outcome, owner=by, now=clock())
        session.expire_all()
        return outbox(session)[0]

    first = claim("first")
    clock.forward(seconds=LEASE.total_seconds())
    second = claim("second")
    clock.forward(seconds=2)
    assert mark(first, ARRIVED, "first").state is AlertState.SENT
    assert mark(second, posting.TIMED_OUT, "second").state is AlertState.SENT
    clock.forward(hours=1)
    assert deliver() == 0
    (alert,) = outbox(session)
    assert [a.code for a in attempts(session, alert)] == ["0", "timeout"]


def test_attempt_that_failed_while_its_alert_was_taken_back_and_given_again_pauses_as_any_other(
    session, factory, owner, robot, fake, deliver, clock
):
    spare = make_channel(
        session, owner, ChannelKind.FEISHU_ROBOT, url=fake.feishu(), levels=(Level.L2,)
    )
    raise_one(session, owner.id, severity=1)

    def answered_and_undone(_request):
        with factory() as other, other.begin():
            service.suppress(other, dedupe_bases=["clock-17:L0:0"], now=clock())
            service.resume(other, dedupe_bases=["clock-17:L0:0"], now=clock())

    fake.fail(status=502, before_answer=answered_and_undone)
    assert deliver() == 2
    (alert,), (stand_in,) = outbox(session, robot), outbox(session, spare)
    assert (alert.state, alert.next_at) == (AlertState.PENDING, NOW + timedelta(seconds=10))
    assert stand_in.state is AlertState.SENT


def test_busy_channel_delays_no_other(session, factory, owner, robot, fake, deliver, clock):
    other_robot = make_channel(session, owner, ChannelKind.FEISHU_ROBOT, url=fake.feishu())
    raise_one(session, owner.id)
    session.commit()
    with factory() as other, other.begin():
        held = service.claim(other, owner="hung", subject_of=subject_of, base_url="", now=clock())
    assert held.route.channel_id == robot.id
    raise_one(session, owner.id, base="next")
    assert deliver() == 2
    assert {a.state for a in outbox(session) if a.channel_id == other_robot.id} == {AlertState.SENT}
    assert {a.state for a in outbox(session) if a.channel_id == robot.id} == {
        AlertState.LEASED,
        AlertState.PENDING,
    }


# Rate


def test_queue_is_sent_at_the_vendors_pace_urgent_first_and_none_is_lost(
    session, owner, robot, fake, deliver, clock
):
    """Never more than five wait, so that each leaves alone."""
    raised = 0
    while clock() < NOW + timedelta(minutes=5):
        while raised < 60 and raised - len(fake.accepted) < 5:
            raise_one(session, owner.id, base=f"b{raised}", severity=1 + raised % 2)
            raised += 1
        deliver()
        clock.forward(seconds=1)
    moments = [request.at for request in fake.requests]
    assert len(moments) == len(fake.accepted) == 60
    assert max(sum(start <= at < start + 60 for at in moments) for start in moments) <= 20
    assert sum("S1" in request.text for request in fake.accepted) == 30
    assert "S1" in fake.accepted[0].text


# The sign of life


def test_heartbeat_run_twice_leaves_one_row(session):
    for seconds in (0, 10):
        at = NOW + timedelta(seconds=seconds)
        jobs.heartbeat(session, worker="host-1", started_at=NOW, now=at)
    assert queries.last_tick(session) == NOW + timedelta(seconds=10)
