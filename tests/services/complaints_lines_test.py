"""Chat lines that read like complaints: opened, joined, asked about, dismissed."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound

from crm.complaints import jobs, queries, service
from crm.complaints.models import Complaint, Suspicion
from crm.complaints.queries.case import events_of
from crm.complaints.rules.commands import NewEvent, TooLate
from crm.complaints.rules.words import (
    Category,
    EventType,
    State,
    SuspicionState,
    Visibility,
)
from crm.complaints.service.scoring import shop_scorer
from crm.groups.models import GroupMessage, UnansweredItem
from crm.groups.rules import Detection, ItemState
from tests.factories.contacts import make_contact
from tests.factories.desk import MINUTE
from tests.factories.groups import chat, make_member

FAKE = "收到的裙子吊牌不对，是不是假货？太失望了，要求退款"
ANGRY = "三天了没人理，质量太差，我要投诉，退款！"
CHAT = "今天天气真好"


def _take(shop, now, script, ago=8, **overrides):
    lines = chat(script, start=now - ago * MINUTE, **overrides)
    return service.take_lines(shop.session, shop.group, lines, actor=shop.manager, now=now)


def _complaints(session):
    session.flush()
    return list(session.scalars(select(Complaint).order_by(Complaint.id)))


def test_the_examples_score_as_the_tests_below_need(session):
    scorer = shop_scorer(session)
    assert scorer.score(FAKE).value >= 0.7
    assert scorer.score(ANGRY).value >= 0.7
    assert (scorer.score(CHAT).value or 0) < 0.3


def test_a_clear_complaint_is_opened_with_its_clocks_at_the_time_of_the_message(shop, session, now):
    taken = _take(shop, now, f"陈姐 {FAKE}")
    complaint = _complaints(session)[0]
    assert taken.complaint_ids == (complaint.id,)
    assert [found.index for found in taken.suspected] == [0]
    assert complaint.occurred_at == now - 8 * MINUTE
    assert complaint.first_response_due_at == now + 22 * MINUTE
    assert (complaint.visibility, complaint.category) == (
        Visibility.PUBLIC,
        Category.SUSPECTED_FAKE,
    )
    assert complaint.reporter_alias == "陈姐"
    assert complaint.logged_by is None


def test_talk_opens_nothing(shop, session, now):
    taken = _take(shop, now, f"陈姐 {CHAT} / 小鹿 {CHAT}")
    assert (taken.accepted, taken.suspected, taken.complaint_ids) == (2, (), ())
    assert _complaints(session) == []


def test_pasting_again_opens_nothing_twice(shop, session, now):
    _take(shop, now, f"陈姐 {FAKE}")
    again = _take(shop, now, f"陈姐 {FAKE}")
    assert (again.accepted, again.duplicates) == (0, 1)
    assert len(_complaints(session)) == 1


def test_a_further_line_of_the_same_person_joins_her_complaint(shop, session, now):
    _take(shop, now, f"陈姐 {FAKE}")
    joined = _take(shop, now, f"陈姐 {ANGRY}", ago=4)
    complaint = _complaints(session)[0]
    assert joined.complaint_ids == (complaint.id,)
    assert complaint.chase_count == 1
    assert complaint.public_ack_due_at == now - 3 * MINUTE


def test_somebody_elses_complaint_is_another_one(shop, session, now):
    _take(shop, now, f"陈姐 {FAKE} / 郑洁 {ANGRY}")
    assert [one.reporter_alias for one in _complaints(session)] == ["陈姐", "郑洁"]


def test_staff_lines_are_never_complaints_and_stop_no_clock(shop, session, now):
    make_member(session, shop.group, "王梅", staff_id=shop.manager.id)
    _take(shop, now, f"陈姐 {FAKE} / 王梅 {ANGRY}")
    complaint = _complaints(session)[0]
    assert len(_complaints(session)) == 1
    assert complaint.state is State.OPEN


def test_a_known_member_makes_it_her_complaint_and_holds_her(shop, session, now):
    contact = make_contact(session, name="陈姐", store=shop.store)
    session.flush()
    make_member(session, shop.group, "陈姐", contact_id=contact.id)
    _take(shop, now, f"陈姐 {FAKE}")
    complaint = _complaints(session)[0]
    assert complaint.contact_id == contact.id
    assert list(queries.holds(session, [contact.id], now=now)) == [contact.id]


def test_onlookers_and_me_toos_are_counted_as_later_lines_come_in(shop, session, now):
    _take(shop, now, f"陈姐 {FAKE}")
    _take(shop, now, "小鹿 我上周买的也要看看了 / 梅子 +1", ago=4)
    complaint = _complaints(session)[0]
    assert (complaint.onlooker_count, complaint.me_too_count) == (2, 1)
    assert complaint.spread_at is None


@pytest.mark.parametrize(
    ("detection", "suspected", "opened"),
    [(Detection.OFF, 0, 0), (Detection.SUGGEST, 1, 0), (Detection.OPEN, 1, 1)],
)
def test_the_group_decides_what_a_score_may_do(shop, session, now, detection, suspected, opened):
    shop.group.complaint_detection = detection
    taken = _take(shop, now, f"陈姐 {FAKE}")
    assert (len(taken.suspected), len(taken.complaint_ids)) == (suspected, opened)


def test_what_was_said_too_long_ago_is_asked_about_and_not_opened(shop, session, now):
    taken = _take(shop, now, f"陈姐 {FAKE}", ago=31 * 24 * 60)
    assert taken.complaint_ids == ()
    assert len(taken.suspected) == 1


def test_one_tap_opens_a_suspected_line_at_its_time_and_a_second_finds_it(shop, session, now):
    shop.group.complaint_detection = Detection.SUGGEST
    taken = _take(shop, now, f"陈姐 {FAKE}")
    message_id = taken.suspected[0].message_id
    session.flush()
    assert list(queries.suspicions(session, [shop.group.id])) == [message_id]
    first = service.open_suspected(session, message_id, actor=shop.manager, now=now)
    again = service.open_suspected(session, message_id, actor=shop.manager, now=now)
    assert first.id == again.id
    assert first.occurred_at == now - 8 * MINUTE
    assert queries.suspicions(session, [shop.group.id]) == {}
    assert queries.complaints_of_messages(session, [message_id]) == {message_id: first.id}


def test_opening_takes_the_item_off_the_unanswered_board(shop, session, now):
    _take(shop, now, f"陈姐 {FAKE}")
    states = set(session.scalars(select(UnansweredItem.state)))
    assert states == {ItemState.COMPLAINT}


def test_dismissing_an_untouched_complaint_takes_it_back(shop, session, now):
    taken = _take(shop, now, f"陈姐 {FAKE}")
    message_id = taken.suspected[0].message_id
    service.dismiss_suspected(session, message_id, actor=shop.manager, now=now)
    complaint = _complaints(session)[0]
    assert (complaint.state, complaint.next_due_at) == (State.VOIDED, None)
    assert session.scalars(select(Suspicion.state)).one() is SuspicionState.DISMISSED
    assert jobs.tick(session, now=now + timedelta(days=1)) == 0


def test_what_somebody_worked_on_is_not_taken_back(shop, session, now):
    taken = _take(shop, now, f"陈姐 {FAKE}")
    shop.record(_complaints(session)[0], EventType.PUBLIC_REPLY, now)
    with pytest.raises(TooLate):
        service.dismiss_suspected(
            session, taken.suspected[0].message_id, actor=shop.manager, now=now
        )


def test_a_line_that_was_dismissed_can_still_be_opened(shop, session, now):
    taken = _take(shop, now, f"陈姐 {FAKE}")
    message_id = taken.suspected[0].message_id
    service.dismiss_suspected(session, message_id, actor=shop.manager, now=now)
    complaint = service.open_suspected(session, message_id, actor=shop.manager, now=now)
    assert complaint.state is State.OPEN
    assert session.scalar(select(func.count()).select_from(Complaint)) == 2


def test_any_line_can_be_opened_by_hand(shop, session, now):
    lines = chat(f"陈姐 {CHAT}", start=now - 8 * MINUTE)
    service.take_lines(session, shop.group, lines, actor=shop.manager, now=now)
    session.flush()
    message_id = session.scalars(select(GroupMessage.id)).one()
    complaint = service.open_suspected(session, message_id, actor=shop.manager, now=now)
    assert complaint.text == CHAT


def test_another_stores_line_is_not_found(shop, session, now):
    taken = _take(shop, now, f"陈姐 {FAKE}")
    message_id = taken.suspected[0].message_id
    for act in (service.open_suspected, service.dismiss_suspected):
        with pytest.raises(NoResultFound):
            act(session, message_id, actor=shop.stranger, now=now)


def test_an_old_reply_is_still_judged_by_its_own_time(shop, session, now):
    _take(shop, now, f"陈姐 {FAKE}", ago=40)
    complaint = _complaints(session)[0]
    late = NewEvent(EventType.PUBLIC_REPLY, at=now - 20 * MINUTE)
    service.record_event(session, complaint, late, actor=shop.manager, now=now)
    assert complaint.first_response_at == now - 20 * MINUTE
    assert events_of(session, complaint.id)[1].recorded_at == now


def test_an_old_line_of_somebody_with_an_open_complaint_stops_no_import(shop, session, now):
    complaint = shop.log(now - timedelta(days=29))
    later = now + timedelta(days=12)
    taken = _take(shop, later, f"陈姐 {ANGRY}", ago=11 * 24 * 60 + 29 * 24 * 60)
    assert taken.accepted == 1
    assert complaint.chase_count == 0


def test_a_new_line_long_after_the_solution_is_no_error(shop, session, now):
    complaint = shop.log(now)
    shop.record(complaint, EventType.PUBLIC_REPLY, now)
    shop.record(complaint, EventType.RESOLUTION_OFFERED, now)
    shop.record(complaint, EventType.CUSTOMER_CONFIRMED, now)
    taken = _take(shop, now + timedelta(days=9), f"陈姐 {ANGRY}")
    assert taken.accepted == 1
    assert len(_complaints(session)) == 2


def _closed(shop, now):
    complaint = shop.log(now)
    ends = (EventType.PUBLIC_REPLY, EventType.RESOLUTION_OFFERED, EventType.CUSTOMER_CONFIRMED)
    for kind in (*ends, EventType.PUBLIC_CLOSURE):
        shop.record(complaint, kind, now)
    return complaint


def test_a_clear_line_of_the_same_person_within_a_week_opens_her_closed_complaint_again(
    shop, session, now
):
    complaint = _closed(shop, now)
    taken = _take(shop, now + timedelta(days=3), f"陈姐 {FAKE}")
    assert taken.complaint_ids == (complaint.id,)
    assert (complaint.state, complaint.cycle) == (State.OPEN, 2)


def test_a_clear_line_after_that_week_is_a_complaint_that_follows_the_old_one(shop, session, now):
    complaint = _closed(shop, now)
    taken = _take(shop, now + timedelta(days=9), f"陈姐 {FAKE}")
    following = _complaints(session)[-1]
    assert taken.complaint_ids == (following.id,)
    assert (following.previous_id, complaint.state) == (complaint.id, State.CLOSED)


def test_a_line_that_may_be_one_opens_nothing_that_is_closed(shop, session, now):
    complaint = _closed(shop, now)
    shop.group.complaint_detection = Detection.SUGGEST
    _take(shop, now + timedelta(days=3), f"陈姐 {FAKE}")
    assert complaint.state is State.CLOSED
