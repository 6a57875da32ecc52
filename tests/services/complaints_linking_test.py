"""Answers are linked: recorded on the complaint, quoting it, or picked from what staff said."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.complaints import service
from crm.complaints.models import Complaint
from crm.complaints.queries.case import clock_rows, events_of
from crm.complaints.rules.commands import NewEvent, PlatformStep
from crm.complaints.rules.words import (
    BadEvent,
    Channel,
    ClockKind,
    ClockState,
    EventType,
    IllegalTransition,
    State,
)
from crm.groups.models import GroupMessage
from crm.groups.rules import NewMessage
from tests.factories.desk import MINUTE, QUOTE

E, K, S = EventType, ClockKind, ClockState
OTHER = "我的洗面奶漏了，瓶盖都是裂的"


def _say(shop, now, *lines):
    return service.take_lines(shop.session, shop.group, list(lines), actor=shop.manager, now=now)


def _staff(at, text, quote=""):
    return NewMessage("王梅", at, text, quote, is_staff=True)


def test_with_two_complainers_a_quoting_answer_stops_exactly_the_quoted_one(shop, now):
    first = shop.log(now)
    second = shop.log(now, text=OTHER, reporter_name="小鹿")
    _say(shop, now + MINUTE, _staff(now + MINUTE, "是我们包错了，今天补发新的", f"小鹿：{OTHER}"))
    assert (first.state, second.state) == (State.OPEN, State.ANSWERED)
    assert shop.clocks(second)[K.FIRST_RESPONSE].met_at == now + MINUTE
    assert shop.clocks(first)[K.PUBLIC_ACK].state is S.RUNNING


def test_an_advertisement_and_an_automatic_reply_stop_nothing(shop, now):
    complaint = shop.log(now)
    _say(
        shop,
        now + MINUTE,
        _staff(now + MINUTE, "今晚八点直播上新，全场八折"),
        _staff(now + MINUTE, "[自动回复] 您好，请稍等", f"陈姐：{QUOTE}"),
    )
    assert {row.state for row in shop.clocks(complaint).values()} == {S.RUNNING}


def test_a_quoting_please_wait_is_a_holding_reply(shop, now):
    complaint = shop.log(now)
    _say(shop, now + MINUTE, _staff(now + MINUTE, "稍等，我们核对一下", f"陈姐：{QUOTE}"))
    clocks = shop.clocks(complaint)
    assert clocks[K.PUBLIC_ACK].state is S.MET
    assert clocks[K.FIRST_RESPONSE].state is S.RUNNING
    assert clocks[K.PROMISE].due_at == now + 31 * MINUTE


def test_a_quoted_answer_can_be_taken_back_by_who_brought_it(shop, now):
    complaint = shop.log(now)
    _say(shop, now + MINUTE, _staff(now + MINUTE, "是我们包错了，今天补发新的", f"陈姐：{QUOTE}"))
    reply = next(r for r in events_of(shop.session, complaint.id) if r.type is E.PUBLIC_REPLY)
    service.undo(shop.session, complaint, reply.seq, actor=shop.manager, now=now + 2 * MINUTE)
    assert complaint.state is State.OPEN


def test_a_reply_picked_from_the_chat_has_its_own_words_and_time_and_counts_once(shop, now):
    complaint = shop.log(now)
    _say(shop, now + 9 * MINUTE, _staff(now + 3 * MINUTE, "包错了，今天补发"))
    (line,) = _staff_lines(shop)
    for _tap in range(2):
        shop.record(complaint, E.PUBLIC_REPLY, now + 9 * MINUTE, message_id=line.id)
    (reply,) = (r for r in events_of(shop.session, complaint.id) if r.type is E.PUBLIC_REPLY)
    assert (reply.at, reply.text) == (now + 3 * MINUTE, "包错了，今天补发")
    assert shop.clocks(complaint)[K.PUBLIC_ACK].state is S.MET


def test_a_customers_line_cannot_be_picked_as_an_answer(shop, now):
    complaint = shop.log(now)
    _say(shop, now + MINUTE, NewMessage("陈姐", now + MINUTE, "在吗"))
    (line,) = _staff_lines(shop, is_staff=False)
    with pytest.raises(BadEvent):
        shop.record(complaint, E.PUBLIC_REPLY, now + MINUTE, message_id=line.id)


def _staff_lines(shop, *, is_staff=True):

    return list(
        shop.session.scalars(select(GroupMessage).where(GroupMessage.is_staff.is_(is_staff)))
    )


def test_a_reply_and_a_pause_of_one_form_are_two_events_the_reply_first(shop, now):
    complaint = shop.log(now)
    until = (now + timedelta(hours=5)).isoformat()
    pause = NewEvent(E.PAUSED, data={"reason": "等照片", "until": until})
    reply = NewEvent(E.PUBLIC_REPLY, text="请发照片，我们马上补发")
    service.record_together(shop.session, complaint, [pause, reply], actor=shop.manager, now=now)
    types = [row.type for row in events_of(shop.session, complaint.id)]
    assert types[1:] == [E.PUBLIC_REPLY, E.PAUSED]
    assert shop.clocks(complaint)[K.FIRST_RESPONSE].state is S.MET
    assert complaint.state is State.WAITING


def _closed(shop, now, **parts):
    complaint = shop.log(now, channel=Channel.PRIVATE, **parts)
    for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
        shop.record(complaint, kind, now)
    assert complaint.state is State.CLOSED
    return complaint


def test_a_problem_on_day_eight_is_a_new_complaint_that_names_the_old_one(shop, session, now):
    old = _closed(shop, now, order_no="3729")
    later = now + timedelta(days=7, seconds=1)
    for _tap in range(2):
        row = shop.record(
            old, E.CUSTOMER_MESSAGE, later, text="又漏了", data={"intent": "problem"}, version=9
        )
    assert old.state is State.CLOSED
    (new,) = session.scalars(select(Complaint).where(Complaint.previous_id == old.id))
    assert (new.id, new.text, new.order_ref) == (row.complaint_id, "又漏了", "3729")
    assert (new.state, new.occurred_at) == (State.OPEN, later)


def test_a_problem_on_day_seven_opens_the_old_one_again(shop, now):
    old = _closed(shop, now)
    later = now + timedelta(days=7)
    row = shop.record(old, E.CUSTOMER_MESSAGE, later, text="又漏了", data={"intent": "problem"})
    assert (row.complaint_id, old.state, old.cycle) == (old.id, State.OPEN, 2)


def test_every_step_of_a_platform_has_its_own_clock_and_takes_its_new_value(shop, session, now):
    hour = timedelta(hours=1)
    complaint = shop.log(now, channel=Channel.PLATFORM_AFTERSALE, external_due_at=now + 48 * hour)

    def step(due_at, **parts):
        command = PlatformStep(due_at, **parts)
        return service.set_platform_deadline(
            session, complaint, command, actor=shop.manager, now=now
        )

    row = step(now + 30 * hour, step="上传凭证")
    step(now + 40 * hour, cycle=1)
    externals = {r.cycle: r.due_at for r in _clock_rows(shop, complaint) if r.kind is K.EXTERNAL}
    assert externals == {1: now + 40 * hour, 2: now + 30 * hour}
    moves = [r.data for r in events_of(session, complaint.id) if "old" in r.data]
    assert [move["cause"] for move in moves] == ["platform"]
    shop.record(complaint, E.EXTERNAL_MET, now + hour, data={"cycle": 1})
    assert complaint.state is State.OPEN
    shop.record(complaint, E.EXTERNAL_MET, now + hour, data={"cycle": 2})
    assert complaint.state is State.ANSWERED
    service.undo(session, complaint, row.seq, actor=shop.manager, now=now + hour)
    assert complaint.state is State.ANSWERED


def test_a_platform_deadline_takes_the_place_of_our_own_clocks(shop, session, now):
    complaint = shop.log(now, channel=Channel.REGULATOR)
    assert K.FIRST_RESPONSE in shop.clocks(complaint)
    command = PlatformStep(now + timedelta(days=3))
    service.set_platform_deadline(session, complaint, command, actor=shop.manager, now=now)
    clocks = shop.clocks(complaint)
    assert clocks[K.FIRST_RESPONSE].state is S.CANCELLED
    assert clocks[K.EXTERNAL].due_at == now + timedelta(days=3)
    assert complaint.state is State.OPEN


@pytest.mark.parametrize(
    ("channel", "due_in", "cycle", "field"),
    [
        (Channel.PRIVATE, timedelta(days=1), None, "due_at"),
        (Channel.REGULATOR, timedelta(days=-1), None, "due_at"),
        (Channel.REGULATOR, timedelta(days=400), None, "due_at"),
        (Channel.REGULATOR, timedelta(days=1), 7, "cycle"),
    ],
)
def test_a_date_that_cannot_be_is_refused(shop, session, now, channel, due_in, cycle, field):
    complaint = shop.log(now, channel=channel)
    command = PlatformStep(now + due_in, cycle=cycle)
    with pytest.raises(BadEvent) as caught:
        service.set_platform_deadline(session, complaint, command, actor=shop.manager, now=now)
    assert caught.value.field == field


def test_a_closed_case_takes_no_further_date(shop, session, now):
    complaint = shop.log(now, channel=Channel.REGULATOR)
    shop.record(complaint, E.VOIDED, now, by=shop.lead, data={"reason": "登错了"})
    command = PlatformStep(now + timedelta(days=1))
    with pytest.raises(IllegalTransition):
        service.set_platform_deadline(session, complaint, command, actor=shop.manager, now=now)


def _clock_rows(shop, complaint):

    shop.session.flush()
    return clock_rows(shop.session, complaint.id)
