"""Many alerts for one channel: one message, nothing lost, the pace of the vendors kept."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound

from crm.alerts import queries, service
from crm.alerts.models import AlertReceipt
from crm.alerts.rules import DIGEST_ABOVE, LEASE, AlertKind, AlertState
from crm.integrations.rules import ChannelKind, Level
from tests.conftest import NOW
from tests.factories.alerts import SUBJECT, attempts, make_channel, outbox, raise_one, subject_of


def storm(session, owner, count, *, start=1, now=NOW, **fields):
    """Alerts about so many complaints, the lower half of the numbers top severity."""
    for number in range(start, start + count):
        severity = 1 if number < start + count // 2 else 2
        fields_of_it = {"severity": severity} | fields
        raise_one(
            session,
            owner.id,
            base=f"clock-{number}:L0:0",
            subject_id=number,
            short_no=number,
            now=now,
            **fields_of_it,
        )


def numbered(_session, alert):
    words = replace(SUBJECT.words, short_no=str(alert.subject_id), severity=alert.severity)
    return replace(SUBJECT, words=words)


def states(session):
    return {alert.state for alert in outbox(session)}


@pytest.mark.parametrize(("waiting", "messages"), [(DIGEST_ABOVE, 5), (DIGEST_ABOVE + 1, 1)])
def test_more_than_five_waiting_leave_as_one_message(
    session, owner, fake, deliver, clock, waiting, messages
):
    make_channel(session, owner, url=fake.wecom())
    storm(session, owner, waiting)
    for _ in range(60):
        deliver(numbered)
        clock.forward(seconds=1)
    assert len(fake.accepted) == messages
    assert states(session) == {AlertState.SENT}


def test_digest_says_how_many_names_the_urgent_first_and_leads_to_the_board(
    session, owner, robot, fake, deliver
):
    storm(session, owner, 6)
    deliver(numbered)
    lines = fake.accepted[0].text.split("\n")
    assert lines[0] == "汇总 · 6 件等着处理 · S1 紧急 3 件 · S2 一般 3 件"
    assert lines[1] == "客诉 #1 · S1 紧急 · 期限到了，还没处理完 · 第 1 次提醒 · 老粉 1 群"
    assert [line.split(" ")[1] for line in lines[1:7]] == ["#1", "#2", "#3", "#4", "#5", "#6"]
    assert lines[7] == "https://shop.example/complaints"


def test_five_hundred_at_once_are_one_message_a_channel_and_one_line_each_in_the_inbox(
    session, owner, fake, deliver, clock
):
    make_channel(session, owner, url=fake.wecom())
    make_channel(session, owner, ChannelKind.FEISHU_ROBOT, url=fake.feishu())
    storm(session, owner, 500)
    for _ in range(60):
        deliver(numbered)
        clock.forward(seconds=1)
    assert len(fake.requests) == len(fake.accepted) == 2
    assert {len([r for r in fake.accepted if r.path == p.path]) for p in fake.accepted} == {1}
    assert states(session) == {AlertState.SENT}
    assert session.scalar(select(func.count(AlertReceipt.id))) == 500
    short = next(r.text for r in fake.accepted if "webhook" in r.path)
    assert len(short.encode()) <= 2048
    told = short.count("客诉 #")
    assert f"还有 {500 - told} 件" in short
    assert short.startswith("汇总 · 500 件等着处理 · S1 紧急 250 件")


def test_complaint_with_several_alerts_is_one_line_of_a_digest(
    session, owner, robot, fake, deliver
):
    for number in range(8):
        raise_one(session, owner.id, base=f"clock-{number}:L0:0", subject_id=1 + number % 2)
    deliver(numbered)
    assert fake.accepted[0].text.startswith("汇总 · 2 件等着处理 · S1 紧急 2 件")
    assert fake.accepted[0].text.count("客诉 #") == 2


def test_channel_is_quiet_for_a_minute_after_a_digest_but_for_what_is_new_and_urgent(
    session, owner, robot, fake, deliver, clock
):
    storm(session, owner, 6)
    deliver(numbered)
    clock.forward(seconds=10)
    storm(session, owner, 1, start=100, severity=2)
    storm(session, owner, 1, start=101, severity=1, level=Level.R, repeat=2)
    storm(session, owner, 1, start=102, severity=1)
    deliver(numbered)
    assert [r.text.split(" ")[1] for r in fake.accepted[1:]] == ["#102"]
    clock.forward(seconds=49)
    deliver(numbered)
    assert len(fake.accepted) == 2
    clock.forward(seconds=5)
    deliver(numbered)
    clock.forward(seconds=5)
    deliver(numbered)
    assert [r.text.split(" ")[1] for r in fake.accepted[2:]] == ["#101", "#100"]


def test_answered_complaints_are_left_out_and_few_that_remain_leave_one_by_one(
    session, owner, robot, fake, deliver, clock
):
    storm(session, owner, 8)

    def answered(session, alert):
        return replace(numbered(session, alert), still_needed=alert.subject_id in {2, 7})

    for _ in range(10):
        deliver(answered)
        clock.forward(seconds=1)
    assert [r.text.split(" ")[1] for r in fake.accepted] == ["#2", "#7"]
    assert [alert.state for alert in outbox(session)].count(AlertState.SUPPRESSED) == 6


def test_digest_that_fails_is_tried_again_and_handed_over_as_one(
    session, owner, robot, fake, deliver, clock
):
    spare = make_channel(
        session, owner, ChannelKind.FEISHU_ROBOT, url=fake.feishu(), levels=(Level.L2,)
    )
    storm(session, owner, 10, severity=1)
    fake.fail(status=502)
    deliver(numbered)
    assert [r.path.split("/")[1] for r in fake.accepted] == ["open-apis"]
    assert {alert.state for alert in outbox(session, spare)} == {AlertState.SENT}
    clock.forward(seconds=10)  # no quiet before anything was said
    deliver(numbered)
    assert [r.path.split("/")[1] for r in fake.accepted] == ["open-apis", "cgi-bin"]
    assert states(session) == {AlertState.SENT}
    assert {len(attempts(session, alert)) for alert in outbox(session, robot)} == {2}


def test_bad_rows_are_set_aside_and_all_others_leave(session, owner, robot, fake, deliver):
    storm(session, owner, 12)

    def broken(session, alert):
        if alert.subject_id == 3:
            raise NoResultFound("complaint deleted")
        if alert.subject_id == 4:
            raise ValueError("unreadable")
        return numbered(session, alert)

    deliver(broken)
    found = {alert.subject_id: alert for alert in outbox(session)}
    assert (found[3].state, found[4].state) == (AlertState.DEAD, AlertState.PENDING)
    assert {found[n].state for n in found if n not in {3, 4}} == {AlertState.SENT}
    assert fake.accepted[0].text.startswith("汇总 · 10 件")
    alarms = [
        line.alert.subject_id
        for line in queries.inbox(session, owner)
        if line.alert.kind is AlertKind.BROKEN
    ]
    assert sorted(alarms) == sorted([found[3].id, found[4].id])


def test_program_gets_every_alert_of_a_digest(session, owner, fake, deliver, clock):
    make_channel(session, owner, ChannelKind.WEBHOOK, url=fake.webhook(), secret="k")
    storm(session, owner, 7)
    deliver(numbered)
    storm(session, owner, 1, start=50, severity=3)
    clock.forward(seconds=1)
    deliver(numbered)
    digest, single = (request.json for request in fake.accepted)
    assert [alert["complaint_id"] for alert in digest["alerts"]] == [1, 2, 3, 4, 5, 6, 7]
    assert digest["id"] == digest["alerts"][0]["id"]
    assert single["complaint_id"] == 50  # a program needs no quiet minute


def test_digest_of_a_killed_sender_leaves_again_whole(
    session, factory, owner, robot, fake, deliver, clock
):
    storm(session, owner, 9)
    session.commit()
    with factory() as other, other.begin():
        parcel = service.claim(
            other, owner="killed", subject_of=subject_of, base_url="", now=clock()
        )
    assert len(parcel.attempts) == 9
    clock.forward(seconds=LEASE.total_seconds() - 1)
    assert deliver(numbered) == 0
    clock.forward(seconds=1)
    deliver(numbered)
    assert fake.accepted[0].text.startswith("汇总 · 9 件")
    assert states(session) == {AlertState.SENT}


def test_two_hundred_in_eight_minutes_keep_the_limit_urgent_first_and_none_is_lost(
    session, owner, robot, fake, deliver, clock
):
    raised = 0
    while states(session) != {AlertState.SENT} or raised < 200:
        if raised < 200 and (clock() - NOW).total_seconds() * 25 / 60 >= raised:
            raised += 1
            severity = 1 + raised % 2
            storm(session, owner, 1, start=raised, severity=severity)
        deliver(numbered)
        clock.forward(seconds=1)
        assert (clock() - NOW).total_seconds() < 1200
    moments = [request.at for request in fake.requests]
    assert len(moments) == len(fake.accepted)
    assert max(sum(start <= at < start + 60 for at in moments) for start in moments) <= 20
    waits = [
        [a.sent_at - a.created_at for a in outbox(session) if a.severity == severity]
        for severity in (1, 2)
    ]
    assert [len(found) for found in waits] == [100, 100]
    assert sum(waits[0], timedelta()) < sum(waits[1], timedelta())


def test_nothing_leaves_while_the_ladders_catch_up_and_then_all_as_one(
    session, owner, robot, fake, deliver, clock
):
    def more(_session, _now):
        return clock() < NOW + timedelta(seconds=20)

    for start in range(1, 41, 4):
        storm(session, owner, 4, start=start, now=clock())
        deliver(numbered, more)
        clock.forward(seconds=2)
    deliver(numbered, more)
    assert [request.text[:10] for request in fake.accepted] == ["汇总 · 40 件等"]


def test_ladders_that_are_stuck_hold_nothing_up_for_long(
    session, owner, robot, fake, deliver, clock
):
    storm(session, owner, 1)
    for _ in range(12):
        deliver(numbered, lambda _session, _now: True)
        clock.forward(seconds=1)
    assert [request.at for request in fake.accepted] == [(NOW + timedelta(seconds=10)).timestamp()]


def test_what_waits_for_half_a_minute_leaves_though_the_ladders_go_on_raising(
    session, owner, robot, fake, deliver, clock
):
    for second in range(31):
        assert fake.accepted == []
        storm(session, owner, 1, start=second + 1, now=clock(), severity=1)
        deliver(numbered, lambda _session, _now: True)
        clock.forward(seconds=1)
    assert [request.text[:10] for request in fake.accepted] == ["汇总 · 31 件等"]


def test_alert_that_was_left_over_ends_no_hold(session, owner, robot, fake, deliver, clock):
    storm(session, owner, 1, start=1)
    clock.forward(minutes=480)
    for start in range(2, 32, 3):
        storm(session, owner, 3, start=start, now=clock())
        deliver(numbered, lambda _session, _now: True)
        assert fake.accepted == []
        clock.forward(seconds=2)
    deliver(numbered)
    assert [request.text[:10] for request in fake.accepted] == ["汇总 · 31 件等"]


def test_alert_that_is_tried_again_ends_no_hold(session, owner, robot, fake, deliver, clock):
    storm(session, owner, 1, start=1)
    fake.fail(status=502)
    deliver(numbered)
    clock.forward(minutes=5)
    storm(session, owner, 9, start=2, now=clock())
    deliver(numbered, lambda _session, _now: True)
    assert fake.accepted == []
    clock.forward(seconds=2)
    deliver(numbered)
    assert [request.text[:10] for request in fake.accepted] == ["汇总 · 10 件等"]
