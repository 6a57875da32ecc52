"""Spread over all complaints of one matter: each child's own log, and what an undo takes back."""

from datetime import timedelta

from sqlalchemy import select

from crm.alerts.models import Alert
from crm.alerts.rules import AlertKind
from crm.complaints import queries, service
from crm.complaints.models import Complaint, Incident
from crm.complaints.queries.case import case_of, events_of
from crm.complaints.rules.words import Category, Channel, ClockKind, EventType, State
from tests.factories.desk import MINUTE, Desk
from tests.factories.groups import make_group

E = EventType


def doubt(shop: Desk, complaint: Complaint, now, member: str, kind: str = "doubt"):
    data = {"signal": kind, "member": member}
    return shop.record(complaint, E.ONLOOKER_SIGNAL, now, data=data)


def ordinary(shop: Desk, now, who: str, **parts) -> Complaint:
    return shop.log(now, **{"reporter_name": who, "category": Category.QUALITY, **parts})


def test_doubts_on_two_complaints_of_one_matter_add_up(shop, session, now):
    first, second = ordinary(shop, now, "陈姐"), ordinary(shop, now + MINUTE, "小鹿")
    doubt(shop, first, now + 2 * MINUTE, "梅子")
    assert (first.severity, second.severity) == (2, 2)
    doubt(shop, second, now + 3 * MINUTE, "苏苏")
    assert (first.severity, second.severity) == (1, 1)
    assert first.incident_id == second.incident_id is not None
    for complaint in (first, second):
        clocks = shop.clocks(complaint)
        assert clocks[ClockKind.PUBLIC_ACK].due_at == now + 8 * MINUTE
        assert clocks[ClockKind.FIRST_RESPONSE].due_at == now + 8 * MINUTE


def test_what_happened_by_itself_is_told_of_whoever_finds_it_first(shop, session, now):
    first, second = ordinary(shop, now, "陈姐"), ordinary(shop, now, "小鹿")
    shop.record(first, E.ACKNOWLEDGED, now + MINUTE, by=shop.lead)
    doubt(shop, second, now + 25 * MINUTE, "梅子")
    doubt(shop, second, now + 26 * MINUTE, "苏苏")  # spread reaches the first before a tick does
    assert [row.type for row in events_of(session, first.id)].count(E.ACK_TIMED_OUT) == 1
    told = session.scalars(select(Alert).where(Alert.kind == AlertKind.UNKEPT)).all()
    assert {(alert.subject_id, alert.staff_id) for alert in told} == {(first.id, shop.lead.id)}


def test_another_product_or_another_group_is_another_matter(shop, session, now):
    """P15 over the service."""
    here = ordinary(shop, now, "陈姐", product_ref="碎花连衣裙")
    there = ordinary(shop, now, "小鹿", product_ref="针织上衣")
    group = make_group(session, "另一个群", store=shop.store)
    session.flush()
    elsewhere = ordinary(shop, now, "阿玲", product_ref="碎花连衣裙", group_id=group.id)
    doubt(shop, here, now + MINUTE, "梅子")
    doubt(shop, there, now + 2 * MINUTE, "苏苏")
    doubt(shop, elsewhere, now + 3 * MINUTE, "安安")
    assert [c.severity for c in (here, there, elsewhere)] == [2, 2, 2]
    assert session.scalar(select(Incident.id)) is None


def test_talk_of_another_hour_is_another_matter(shop, now):
    first = ordinary(shop, now, "陈姐")
    later = now + timedelta(minutes=61)
    second = ordinary(shop, later, "小鹿")
    doubt(shop, second, later, "梅子", "refund_ask")
    assert (second.severity, first.severity) == (1, 2)


def test_livestream_comment_that_names_the_order_joins(shop, session, now):
    first = ordinary(shop, now, "陈姐", order_no="WX-2025-0618")
    comment = ordinary(
        shop, now, "直播间小鹿", channel=Channel.LIVESTREAM_COMMENT, text="WX-2025-0618 什么时候退"
    )
    other = ordinary(shop, now, "路过", channel=Channel.LIVESTREAM_COMMENT, text="几点开播")
    doubt(shop, first, now + MINUTE, "梅子", "refund_ask")
    assert (first.severity, comment.severity, other.severity) == (1, 1, 2)
    assert comment.incident_id == first.incident_id
    assert other.incident_id is None


def test_who_joins_a_spreading_matter_is_urgent_from_her_start(shop, session, now):
    first = ordinary(shop, now, "陈姐")
    doubt(shop, first, now + MINUTE, "梅子", "refund_ask")
    late = ordinary(shop, now + 20 * MINUTE, "小鹿", occurred_at=now + 18 * MINUTE)
    assert (late.severity, late.incident_id) == (1, first.incident_id)
    clocks = shop.clocks(late)
    assert clocks[ClockKind.PUBLIC_ACK].due_at == now + 23 * MINUTE
    assert clocks[ClockKind.FIRST_RESPONSE].due_at == now + 48 * MINUTE
    assert clocks[ClockKind.RESOLUTION].due_at == now + timedelta(hours=24, minutes=18)


def test_who_joins_a_contained_matter_keeps_her_own_targets(shop, session, now):
    first = ordinary(shop, now, "陈姐", order_no="77")
    doubt(shop, first, now + MINUTE, "梅子", "refund_ask")
    shop.record(first, E.PUBLIC_REPLY, now + 2 * MINUTE)
    after = now + timedelta(hours=3)
    late = ordinary(shop, after, "小鹿", order_no="77")
    assert (late.severity, late.incident_id) == (2, first.incident_id)
    doubt(shop, late, after + MINUTE, "苏苏", "refund_ask")
    assert late.severity == 1
    told = session.scalars(select(Alert.subject_id).where(Alert.kind == AlertKind.SPREAD))
    assert set(told) == {first.id, late.id}


def test_returning_spread_reaches_children_that_were_never_answered(shop, session, now):
    first, second = ordinary(shop, now, "陈姐", order_no="77"), None
    second = ordinary(shop, now, "小鹿", order_no="77")
    doubt(shop, first, now + MINUTE, "梅子", "refund_ask")
    shop.record(first, E.PUBLIC_REPLY, now + 2 * MINUTE)
    again = now + timedelta(hours=3)
    doubt(shop, first, again, "苏苏", "refund_ask")
    assert second.spread_at == again


def test_undoing_the_crossing_signal_undoes_it_for_every_child(shop, session, now):
    first, second = ordinary(shop, now, "陈姐"), ordinary(shop, now, "小鹿")
    before = {c.id: (c.severity, c.next_due_at, c.resolution_due_at) for c in (first, second)}
    doubt(shop, first, now + MINUTE, "梅子")
    crossing = doubt(shop, second, now + 2 * MINUTE, "苏苏")
    late = ordinary(shop, now + 3 * MINUTE, "阿玲")
    assert [c.severity for c in (first, second, late)] == [1, 1, 1]
    service.undo(session, second, crossing.seq, actor=shop.manager, now=now + 4 * MINUTE)
    after = {c.id: (c.severity, c.next_due_at, c.resolution_due_at) for c in (first, second)}
    assert after == before
    assert late.severity == 2
    assert {c.incident_id for c in (first, second, late)} == {None}
    assert queries.group_holds(session, [shop.group.id], now=now + 5 * MINUTE) == {}


def test_undoing_one_doubt_of_three_leaves_the_later_crossing(shop, session, now):
    first, second = ordinary(shop, now, "陈姐"), ordinary(shop, now, "小鹿")
    doubt(shop, first, now + MINUTE, "梅子")
    undone = doubt(shop, second, now + 2 * MINUTE, "苏苏")
    doubt(shop, second, now + 6 * MINUTE, "安安")
    service.undo(session, second, undone.seq, actor=shop.manager, now=now + 7 * MINUTE)
    assert (first.severity, second.severity) == (1, 1)
    assert first.spread_at == second.spread_at == now + 6 * MINUTE
    assert shop.clocks(first)[ClockKind.FIRST_RESPONSE].due_at == now + 11 * MINUTE


def test_taking_a_complaint_back_takes_back_what_its_doubts_did(shop, session, now):
    first, second = ordinary(shop, now, "陈姐"), ordinary(shop, now, "小鹿")
    doubt(shop, first, now + MINUTE, "梅子")
    doubt(shop, second, now + 2 * MINUTE, "苏苏")
    shop.record(second, E.VOIDED, now + 3 * MINUTE, by=shop.lead, data={"reason": "不是客诉"})
    assert (first.severity, first.incident_id) == (2, None)


def test_what_the_incident_did_stands_in_the_childs_own_log(shop, session, now):
    first, second = ordinary(shop, now, "陈姐"), ordinary(shop, now, "小鹿")
    doubt(shop, first, now + MINUTE, "梅子", "refund_ask")
    row = next(r for r in events_of(session, second.id) if r.type is E.SEVERITY_CHANGED)
    assert (row.actor_id, row.recorded_at) == (None, now + MINUTE)
    alone = case_of(session, second)
    assert (alone.severity, alone.spread_at) == (1, now + MINUTE)
    assert alone.next_due_at == second.next_due_at


def test_resolved_sibling_keeps_its_end_and_owes_the_group_sooner(shop, session, now):
    first, second = (
        ordinary(shop, now, "陈姐", order_no="7"),
        ordinary(shop, now, "小鹿", order_no="7"),
    )
    shop.record(first, E.PUBLIC_REPLY, now + MINUTE)
    shop.record(first, E.RESOLUTION_OFFERED, now + 2 * MINUTE)
    shop.record(first, E.CUSTOMER_CONFIRMED, now + 3 * MINUTE)
    assert first.public_closure_due_at == now + timedelta(hours=48, minutes=3)
    doubt(shop, second, now + 4 * MINUTE, "梅子", "refund_ask")
    assert first.state is State.RESOLVED
    assert first.public_closure_due_at == now + timedelta(hours=24, minutes=3)


def test_doubt_on_a_resolved_complaint_that_reaches_the_threshold_reopens_it(shop, session, now):
    first, second = (
        ordinary(shop, now, "陈姐", order_no="7"),
        ordinary(shop, now, "小鹿", order_no="7"),
    )
    shop.record(first, E.PUBLIC_REPLY, now + MINUTE)
    shop.record(first, E.RESOLUTION_OFFERED, now + 2 * MINUTE)
    shop.record(first, E.CUSTOMER_CONFIRMED, now + 3 * MINUTE)
    doubt(shop, second, now + 4 * MINUTE, "梅子")
    doubt(shop, first, now + 5 * MINUTE, "苏苏")
    assert (first.state, first.cycle, first.severity) == (State.OPEN, 2, 1)
