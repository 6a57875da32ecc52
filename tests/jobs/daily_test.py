"""The morning's summary: once a day when waking hours begin, to lead and owner, with figures."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.accounts.rules import Role
from crm.alerts.models import Alert
from crm.alerts.queries import inbox
from crm.alerts.rules import AlertKind, AlertState
from crm.complaints import jobs
from crm.complaints.queries import alert_subject
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.words import Channel, EventType
from crm.complaints.service import log_complaint, record_event
from crm.integrations.rules import Level
from tests.factories.alerts import make_channel, outbox
from tests.factories.stores import actor_of, make_staff, make_store

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2025, 6, 19, 9, 0, tzinfo=ZONE)


@pytest.fixture
def people(session, owner):
    store = make_store(session)
    lead = actor_of(session, make_staff(session, Role.LEAD))
    manager = actor_of(session, make_staff(session, Role.MANAGER, store))
    return store, lead, manager


def log(session, people, at):
    store, lead, _manager = people
    command = LogComplaint(channel=Channel.COUNTER, text="坏了", occurred_at=at, store_id=store.id)
    return log_complaint(session, command, actor=lead, now=at)


def close(session, complaint, people, at):
    lead = people[1]
    for kind in (
        EventType.PRIVATE_REPLY,
        EventType.RESOLUTION_OFFERED,
        EventType.CUSTOMER_CONFIRMED,
    ):
        record_event(session, complaint, NewEvent(kind, at, text="好"), actor=lead, now=at)


@pytest.fixture
def summarise(session, factory, clock):
    def run(at):
        clock.moment = at
        session.commit()
        told = jobs.summarise_day(factory, now=clock)
        session.expire_all()
        return told

    return run


def lines(session, actor):
    found = inbox(session, actor)
    return [line.alert.data for line in found if line.alert.kind is AlertKind.DAILY]


def test_lead_and_owner_hear_what_is_open_late_due_and_closed(session, owner, people, summarise):
    log(session, people, MORNING - timedelta(days=3))  # late by now
    log(session, people, MORNING - timedelta(hours=40))  # its solution is due at 17:00
    close(
        session,
        log(session, people, MORNING - timedelta(hours=20)),
        people,
        MORNING - timedelta(hours=12),
    )
    log(session, people, MORNING + timedelta(minutes=1))  # not of this morning
    assert summarise(MORNING + timedelta(minutes=2))
    _store, lead, manager = people
    assert lines(session, owner) == lines(session, lead)
    (figures,) = lines(session, lead)
    assert (figures["open"], figures["closed"]) == (2, 1)
    assert 1 <= figures["late"] <= 2
    assert lines(session, manager) == []


def test_summary_is_told_once_a_day_whoever_asks_how_often(session, owner, people, summarise):
    log(session, people, MORNING - timedelta(days=1))
    asked = [summarise(MORNING + timedelta(minutes=minutes)) for minutes in range(-540, 900, 15)]
    assert asked.count(True) == 1
    assert asked.index(True) == 36  # nine in the morning, not midnight
    assert summarise(MORNING + timedelta(days=1))
    assert len(lines(session, owner)) == 2


def test_morning_that_was_missed_is_told_until_noon_and_not_later(
    session, owner, people, summarise
):
    log(session, people, MORNING - timedelta(days=1))
    assert not summarise(MORNING + timedelta(hours=3))
    assert summarise(MORNING + timedelta(days=1, hours=2, minutes=59))


def test_day_without_complaints_is_not_told_of(session, owner, people, summarise):
    assert not summarise(MORNING)
    log(session, people, MORNING + timedelta(minutes=30))
    assert not summarise(MORNING + timedelta(hours=1))


def test_summary_leaves_by_the_channels_of_the_whole_shop_that_carry_everything(
    session, owner, people, robot, fake, deliver, summarise
):
    make_channel(session, owner, url=fake.wecom(), levels=(Level.L2,))
    make_channel(session, owner, url=fake.wecom(), store_id=people[0].id)
    log(session, people, MORNING - timedelta(hours=1))
    assert summarise(MORNING)
    found = [alert for alert in outbox(session) if alert.kind is AlertKind.DAILY]
    assert [(alert.channel_id, alert.state) for alert in found] == [(robot.id, AlertState.PENDING)]
    deliver(alert_subject)
    text = fake.accepted[0].text
    assert text.startswith("今日小结 · 未结 1 件")
    assert text.endswith("https://shop.example/complaints")
    assert session.get_one(Alert, found[0].id).state is AlertState.SENT
