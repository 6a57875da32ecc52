"""Delivery when it fails: tried again, given up, handed to the next channel."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm import crypto
from crm.alerts import queries
from crm.alerts.models import AlertAttempt, AlertReceipt
from crm.alerts.rules import AlertKind, AlertState
from crm.integrations import service as integrations
from crm.integrations.models import Channel
from crm.integrations.rules import ChannelKind, ChannelState, Level
from tests.conftest import NOW
from tests.factories.alerts import attempts, make_channel, outbox, raise_one
from tests.factories.stores import make_store

# Failures


def test_failed_send_is_tried_again_with_growing_pauses(
    session, owner, robot, fake, deliver, clock
):
    raise_one(session, owner.id)
    fake.fail(times=6, status=502)
    moments = []
    for _ in range(1000):
        if deliver():
            moments.append((clock() - NOW).total_seconds())
        clock.forward(seconds=2)
    assert moments == [0, 10, 40, 100, 220, 520, 1120]
    (alert,) = outbox(session)
    assert (alert.state, alert.attempts) == (AlertState.SENT, 7)
    assert len(fake.accepted) == 1


def test_alert_is_given_up_after_a_day_and_the_owner_is_told(
    session, owner, robot, fake, deliver, clock
):
    raise_one(session, owner.id)
    fake.fail(times=500, code=-1)
    while clock() < NOW + timedelta(hours=25):
        deliver()
        clock.forward(minutes=5)
    (alert,) = outbox(session)
    assert alert.state is AlertState.DEAD
    assert alert.attempts > 100
    kinds = [line.alert.kind for line in queries.inbox(session, owner)]
    assert kinds == [AlertKind.ROBOT_REFUSED, AlertKind.COMPLAINT]


@pytest.mark.parametrize(
    ("code", "state"), [(93000, ChannelState.DISABLED), (40058, ChannelState.REFUSED)]
)
def test_permanent_refusal_ends_the_alert_and_tells_the_owner_once(
    session, owner, robot, fake, deliver, code, state
):
    raise_one(session, owner.id, base="first")
    raise_one(session, owner.id, base="second")
    fake.fail(times=2, code=code)
    assert deliver() == 2
    assert {alert.state for alert in outbox(session)} == {AlertState.DEAD}
    channel = session.get_one(Channel, robot.id)
    assert (channel.state, channel.last_code) == (state, str(code))
    told = [
        line.alert
        for line in queries.inbox(session, owner)
        if line.alert.kind is AlertKind.ROBOT_REFUSED
    ]
    assert [(a.subject_id, a.dedupe_base) for a in told if str(code) in a.dedupe_base] == [
        (robot.id, f"channel-{robot.id}:{code}:2025-06-18")
    ]


def test_disabled_channel_is_not_called_for_what_still_waits(session, owner, robot, fake, deliver):
    raise_one(session, owner.id, base="first")
    raise_one(session, owner.id, base="second")
    fake.fail(code=93000)
    deliver()
    assert len(fake.requests) == 1
    assert {alert.state for alert in outbox(session)} == {AlertState.DEAD}


def test_removed_channel_is_not_called_and_nobody_is_alarmed(
    session, owner, robot, fake, deliver, clock
):
    raise_one(session, owner.id)
    integrations.remove_channel(session, robot.id, actor=owner, now=clock())
    deliver()
    assert fake.requests == []
    assert [line.alert.kind for line in queries.inbox(session, owner)] == [AlertKind.COMPLAINT]


def test_channel_with_a_lost_key_is_a_refusal(session, owner, robot, fake, deliver, settings):
    raise_one(session, owner.id)
    crypto.configure("another key")
    try:
        deliver()
    finally:
        crypto.configure(settings.secret_key)
    (alert,) = outbox(session)
    assert (alert.state, attempts(session, alert)[0].code) == (AlertState.DEAD, "wrong_key")


@pytest.mark.parametrize(
    ("kind", "fault", "minutes"),
    [
        (ChannelKind.WECOM_ROBOT, {"code": 45009}, 1),
        (ChannelKind.DINGTALK_ROBOT, {"code": 130101}, 10),
        (ChannelKind.FEISHU_ROBOT, {"code": 11232}, 1),
        (ChannelKind.WECOM_ROBOT, {"status": 429, "headers": {"Retry-After": "300"}}, 5),
    ],
)
def test_robot_that_is_too_busy_rests_as_long_as_its_vendor_asks(
    session, owner, fake, deliver, clock, kind, fault, minutes
):
    url = {ChannelKind.DINGTALK_ROBOT: fake.dingtalk, ChannelKind.FEISHU_ROBOT: fake.feishu}
    make_channel(session, owner, kind, url=url.get(kind, fake.wecom)())
    raise_one(session, owner.id, base="first")
    raise_one(session, owner.id, base="second")
    fake.fail(**fault)
    deliver()
    clock.forward(minutes=minutes, seconds=-1)
    assert deliver() == 0
    clock.forward(seconds=1)
    assert deliver() == 2
    assert [alert.state for alert in outbox(session)] == [AlertState.SENT] * 2


def test_nothing_is_sent_inside_a_transaction(session, factory, owner, robot, fake, deliver):
    raise_one(session, owner.id)
    seen = []

    def look(_request):
        with factory() as other:
            seen.append(other.scalars(select(AlertAttempt.result)).all())

    fake.fail(before_answer=look)
    deliver()
    assert seen == [[None]]  # the attempt was committed before the message left


# Falling over


@pytest.fixture
def spare(session, owner, fake):
    """A channel that would not hear of this level."""
    channel = make_channel(
        session, owner, ChannelKind.FEISHU_ROBOT, url=fake.feishu(), levels=(Level.L2,)
    )
    session.commit()
    return channel


def test_top_severity_falls_over_at_once_and_the_first_goes_on_trying(
    session, owner, robot, spare, fake, deliver, clock
):
    raise_one(session, owner.id, severity=1)
    fake.fail(status=502)
    assert deliver() == 2
    (first,), (stand_in,) = outbox(session, robot), outbox(session, spare)
    assert (first.state, stand_in.state) == (AlertState.PENDING, AlertState.SENT)
    assert stand_in.fallback_for_id == first.id
    clock.forward(seconds=10)
    assert deliver() == 1
    assert len(fake.accepted) == 2


def test_lower_severity_falls_over_after_two_minutes(
    session, owner, robot, spare, fake, deliver, clock
):
    raise_one(session, owner.id, severity=2)
    fake.fail(times=4, status=502)
    handled = []
    for _ in range(121):
        handled += [(clock() - NOW).total_seconds()] * deliver()
        clock.forward(seconds=1)
    assert handled == [0, 10, 40, 100, 120]
    assert outbox(session, spare)[0].state is AlertState.SENT


def test_stand_in_is_called_off_when_the_first_arrives_in_time(
    session, owner, robot, spare, fake, deliver, clock
):
    raise_one(session, owner.id, severity=2)
    fake.fail(status=502)
    deliver()
    clock.forward(seconds=10)
    deliver()
    clock.forward(hours=1)
    assert deliver() == 0
    assert outbox(session, spare)[0].state is AlertState.SUPERSEDED
    assert len(fake.accepted) == 1


def test_permanent_failure_falls_over_at_once_whatever_the_severity(
    session, owner, robot, spare, fake, deliver
):
    raise_one(session, owner.id, severity=4)
    fake.fail(code=93000)
    assert deliver() == 2
    assert outbox(session, spare)[0].state is AlertState.SENT


def test_falling_over_goes_down_the_line_once_each(
    session, owner, robot, spare, fake, deliver, clock
):
    third = make_channel(
        session, owner, ChannelKind.WEBHOOK, url=fake.webhook(), levels=(Level.L2,)
    )
    raise_one(session, owner.id, severity=1)
    fake.fail(times=2, status=502)
    assert deliver() == 3
    assert outbox(session, third)[0].state is AlertState.SENT
    clock.forward(minutes=30)
    deliver()
    assert [len(outbox(session, c)) for c in (robot, spare, third)] == [1, 1, 1]


def test_channel_of_another_store_never_stands_in(session, owner, robot, fake, deliver):
    store, other = make_store(session), make_store(session)
    session.flush()
    stranger = make_channel(
        session, owner, ChannelKind.FEISHU_ROBOT, url=fake.feishu(), store_id=other.id
    )
    raise_one(session, owner.id, severity=1, store_id=store.id)
    fake.fail(status=502)
    assert deliver() == 1
    assert outbox(session, stranger) == []


def test_inbox_has_each_alert_once_whatever_happens_outside(
    session, owner, robot, spare, fake, deliver, clock
):
    raise_one(session, owner.id)
    fake.fail(times=3, reset=True)
    for _ in range(5):
        raise_one(session, owner.id)
        deliver()
        clock.forward(minutes=10)
    assert len(session.scalars(select(AlertReceipt)).all()) == 1
