"""What other parts ask of complaints: the board, holds, the promise in force."""

from datetime import timedelta

from crm.complaints import queries, service
from crm.complaints.rules.policy import LevelTimes, Preset
from crm.complaints.rules.words import Category, Channel, ClockKind, EventType
from crm.i18n import fmt
from tests.factories.contacts import make_contact
from tests.factories.desk import MINUTE
from tests.factories.groups import make_member, say

E = EventType


def test_the_board_has_the_most_urgent_first_and_counts(shop, session, now):
    late = shop.log(now, occurred_at=now - timedelta(hours=1), category=Category.QUALITY)
    urgent = shop.log(now)
    answered = shop.log(now)
    shop.record(answered, E.PUBLIC_REPLY, now)
    session.flush()
    found = queries.board(session, shop.manager, now)
    assert [card.id for card in found.waiting] == [late.id, urgent.id]
    assert [card.id for card in found.handling] == [answered.id]
    assert (found.waiting_count, found.handling_count, found.closed_count) == (2, 1, 0)
    assert queries.waiting_count(session, shop.stranger) == 0


def test_an_open_complaint_holds_its_contact_and_an_urgent_one_its_group(shop, session, now):
    contact = make_contact(session, store=shop.store)
    bystander = make_contact(session, store=shop.store)
    session.flush()
    complaint = shop.log(now, contact_id=contact.id)
    session.flush()
    held = queries.holds(session, [contact.id, bystander.id], now=now)
    assert list(held) == [contact.id]
    assert held[contact.id].until is None
    assert list(queries.group_holds(session, [shop.group.id], now=now)) == [shop.group.id]
    for kind in (E.PUBLIC_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED, E.PUBLIC_CLOSURE):
        shop.record(complaint, kind, now)
    session.flush()
    cooling = queries.holds(session, [contact.id], now=now + timedelta(days=7) - MINUTE)
    assert cooling[contact.id].reason.value == "complaint_cooloff"
    assert queries.holds(session, [contact.id], now=now + timedelta(days=7)) == {}


def test_onlookers_of_an_undecided_complaint_are_held_too(shop, session, now):
    contact = make_contact(session, name="小鹿", store=shop.store)
    session.flush()
    make_member(session, shop.group, "小鹿", contact_id=contact.id)
    complaint = shop.log(now - MINUTE, occurred_at=now - 30 * MINUTE)
    say(session, shop.group, "小鹿 我上周买的也要看看了", start=now - 20 * MINUTE)
    session.flush()
    held = queries.onlooker_holds(session, [contact.id], now=now)
    assert held[contact.id].complaint_id == complaint.id


def test_a_chosen_preset_is_for_complaints_logged_from_now_on(shop, session, now):
    before = shop.log(now)
    times = {1: LevelTimes(12, 4, 5), 2: LevelTimes(30, 24, 15)}
    service.choose_policy(session, Preset.TWO_LEVEL, times, actor=shop.owner, now=now)
    session.flush()
    after = shop.log(now)
    assert after.public_ack_due_at is None
    assert after.first_response_due_at == now + 12 * MINUTE
    assert before.first_response_due_at == now + 30 * MINUTE
    assert queries.policy_of(session, before.policy_version_id).preset is Preset.FULL


def test_an_enquiry_has_five_workdays_make_up_days_and_holidays_counted(shop, session, now):
    before_dragon_boat = now.replace(month=5, day=29, hour=11, minute=0)
    complaint = shop.log(before_dragon_boat, channel=Channel.PRIVATE, category=Category.ENQUIRY)
    clock = shop.clocks(complaint)[ClockKind.RESOLUTION]
    assert fmt.local(clock.due_at).date().isoformat() == "2025-06-07"
    assert not clock.provisional
