"""An answer takes alerts back; taking the answer back brings them again, never twice."""

from datetime import timedelta

import pytest

from crm.accounts.rules import Role
from crm.alerts import service
from crm.alerts.rules import AlertKind, AlertState
from crm.complaints import jobs as complaints
from crm.complaints.queries import alert_subject
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.words import Category, Channel, EventType
from crm.complaints.service import log_complaint, record_event, undo
from crm.integrations.rules import Level
from tests.factories.alerts import make_channel, outbox, raise_one
from tests.factories.groups import make_group
from tests.factories.stores import actor_of, make_staff, make_store

BASE = "clock-17:L0:0"


def test_what_was_taken_back_unsent_leaves_once_the_answer_is_gone(
    session, owner, robot, fake, deliver, clock
):
    raise_one(session, owner.id, base=BASE)
    service.suppress(session, dedupe_bases=[BASE], now=clock())
    assert deliver() == 0
    service.resume(session, dedupe_bases=[BASE], now=clock())
    assert deliver() == 1
    service.suppress(session, dedupe_bases=[BASE], now=clock())
    service.resume(session, dedupe_bases=[BASE], now=clock())
    assert deliver() == 0
    assert len(fake.accepted) == 1


@pytest.mark.parametrize("undone", [False, True])
def test_message_that_arrived_though_it_was_taken_back_is_never_sent_again(
    session, factory, owner, robot, fake, deliver, clock, undone
):
    raise_one(session, owner.id, base=BASE)

    def answered(_request):
        with factory() as other, other.begin():
            service.suppress(other, dedupe_bases=[BASE], now=clock())
            if undone:
                service.resume(other, dedupe_bases=[BASE], now=clock())

    fake.fail(before_answer=answered)
    deliver()
    service.resume(session, dedupe_bases=[BASE], now=clock())
    clock.forward(minutes=5)
    deliver()
    (alert,) = outbox(session)
    assert alert.state is AlertState.SENT
    assert len(fake.accepted) == 1


@pytest.fixture
def case(session, owner, clock):
    """A public complaint of a minute ago, and who answers it."""
    store = make_store(session)
    manager = actor_of(session, make_staff(session, Role.MANAGER, store))
    group = make_group(session, "老粉 1 群", store)
    session.flush()
    command = LogComplaint(
        channel=Channel.GROUP,
        text="这是假货吧",
        occurred_at=clock() - timedelta(minutes=1),
        store_id=store.id,
        group_id=group.id,
        category=Category.SUSPECTED_FAKE,
    )
    return log_complaint(session, command, actor=manager, now=clock()), manager


def test_undone_answer_brings_the_ladder_back_where_it_was(
    session, robot, fake, deliver, clock, case
):
    complaint, manager = case
    clock.forward(minutes=5)  # the public word is overdue
    complaints.tick(session, now=clock())
    reply = NewEvent(EventType.PUBLIC_REPLY, clock(), text="寄错了，马上补寄")
    row = record_event(session, complaint, reply, actor=manager, now=clock())
    deliver(alert_subject)
    assert fake.accepted == []
    clock.forward(minutes=1)
    undo(session, complaint, row.seq, actor=manager, now=clock())
    deliver(alert_subject)
    assert [r.text.split(" · ")[2] for r in fake.accepted] == ["期限到了，还没处理完"]
    clock.forward(minutes=10)
    complaints.tick(session, now=clock())
    deliver(alert_subject)
    told = [r.text.split(" · ")[2] for r in fake.accepted]
    assert told[0] == "期限到了，还没处理完"
    assert len(told) == len(set(told)) > 1


def test_alert_that_left_before_the_answer_is_not_repeated_by_undoing_it(
    session, robot, fake, deliver, clock, case
):
    complaint, manager = case
    clock.forward(minutes=5)
    complaints.tick(session, now=clock())
    deliver(alert_subject)
    assert len(fake.accepted) == 1
    reply = NewEvent(EventType.PUBLIC_REPLY, clock(), text="寄错了，马上补寄")
    row = record_event(session, complaint, reply, actor=manager, now=clock())
    undo(session, complaint, row.seq, actor=manager, now=clock())
    deliver(alert_subject)
    assert len(fake.accepted) == 1


def test_end_of_a_case_is_told_where_its_alerts_were_told_and_nowhere_else(
    session, owner, robot, fake, deliver, clock, case
):
    complaint, manager = case
    silent = make_channel(session, owner, url=fake.wecom(), levels=(Level.H,))
    clock.forward(minutes=5)
    complaints.tick(session, now=clock())
    deliver(alert_subject)
    for kind in (
        EventType.PUBLIC_REPLY,
        EventType.RESOLUTION_OFFERED,
        EventType.CUSTOMER_CONFIRMED,
        EventType.PUBLIC_CLOSURE,
    ):
        clock.forward(minutes=1)
        event = NewEvent(kind, clock(), text="已经补寄")
        record_event(session, complaint, event, actor=manager, now=clock())
    deliver(alert_subject)
    assert "已经结案" in fake.accepted[-1].text
    assert [a.kind for a in outbox(session, robot)].count(AlertKind.RECAP) == 1
    assert outbox(session, silent) == []
