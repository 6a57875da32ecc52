"""Whom a complaint holds out of lists, and until when: every line of the contract."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from crm.complaints import jobs
from crm.complaints.models import Complaint
from crm.complaints.queries import group_holds, holds, onlooker_holds
from crm.complaints.rules.commands import HoldReason
from crm.complaints.rules.words import Category, Channel, EventType
from tests.factories.contacts import make_contact
from tests.factories.desk import MINUTE, Desk
from tests.factories.groups import make_member, say

E = EventType
WEEK = timedelta(days=7)
ORDINARY = {"category": Category.QUALITY}


def close(shop: Desk, complaint: Complaint, at, reply: EventType = E.PUBLIC_REPLY) -> None:
    steps = [reply, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED]
    if reply is E.PUBLIC_REPLY:
        steps.append(E.PUBLIC_CLOSURE)
    for kind in steps:
        shop.record(complaint, kind, at)
    shop.session.flush()


def held_group(shop: Desk, session: Session, at) -> bool:
    session.flush()
    return shop.group.id in group_holds(session, [shop.group.id], now=at)


@pytest.mark.parametrize("channel", [c for c in Channel if c is not Channel.GROUP])
def test_every_channel_holds_its_contact(shop, session, now, channel):
    contact = make_contact(session, "陈姐", store=shop.store)
    session.flush()
    shop.log(now, channel=channel, contact_id=contact.id, reporter_name="")
    session.flush()
    assert holds(session, [contact.id], now=now)[contact.id].until is None


def test_contact_is_free_a_week_after_the_end(shop, session, now):
    contact = make_contact(session, "陈姐", store=shop.store)
    session.flush()
    private = {"channel": Channel.PRIVATE, "contact_id": contact.id, "reporter_name": ""}
    complaint = shop.log(now, **private, **ORDINARY)
    close(shop, complaint, now, E.PRIVATE_REPLY)
    held = holds(session, [contact.id], now=now + WEEK - MINUTE)[contact.id]
    assert (held.reason, held.until) == (HoldReason.COOL_OFF, now + WEEK)
    assert holds(session, [contact.id], now=now + WEEK) == {}


def test_taken_back_complaint_holds_nobody(shop, session, now):
    contact = make_contact(session, "陈姐", store=shop.store)
    session.flush()
    complaint = shop.log(now, contact_id=contact.id)
    shop.record(complaint, E.VOIDED, now, by=shop.lead, data={"reason": "记错了"})
    session.flush()
    assert holds(session, [contact.id], now=now) == {}
    assert not held_group(shop, session, now)


def test_urgent_complaint_holds_its_group_until_a_week_after_the_end(shop, session, now):
    complaint = shop.log(now)
    assert held_group(shop, session, now)
    close(shop, complaint, now)
    assert held_group(shop, session, now + WEEK - MINUTE)
    assert not held_group(shop, session, now + WEEK)


def test_ordinary_complaint_leaves_its_group_free(shop, session, now):
    shop.log(now, **ORDINARY)
    assert not held_group(shop, session, now)


def test_spread_holds_the_group_and_its_undo_frees_it(shop, session, now):
    complaint = shop.log(now, **ORDINARY)
    row = shop.spread(complaint, now)
    assert held_group(shop, session, now)
    shop.record(complaint, E.UNDONE, now, data={"seq": row.seq})
    assert not held_group(shop, session, now)


def test_spread_holds_the_group_while_a_lead_calls_it_less_grave(shop, session, factory, now):
    complaint = shop.log(now, **ORDINARY)
    shop.spread(complaint, now)
    shop.record(complaint, E.PUBLIC_REPLY, now + MINUTE)
    data = {"severity": 2, "reason": "已说清"}
    shop.record(complaint, E.SEVERITY_CHANGED, now + 2 * MINUTE, by=shop.lead, data=data)
    assert held_group(shop, session, now + 2 * MINUTE)
    contained = now + timedelta(hours=2, minutes=1)
    jobs.tell_incidents(factory, now=lambda: contained)
    session.expire_all()
    assert not held_group(shop, session, contained)


def test_known_onlookers_are_held_and_others_of_the_group_are_not(shop, session, now):
    spoke, silent = (make_contact(session, name, store=shop.store) for name in ("梅子", "苏苏"))
    session.flush()
    for contact in (spoke, silent):
        make_member(session, shop.group, contact.name, contact_id=contact.id)
    complaint = shop.log(now, **ORDINARY)
    say(session, shop.group, "梅子 我也要看看了", start=now + MINUTE)
    session.flush()
    ids = [spoke.id, silent.id]
    assert list(onlooker_holds(session, ids, now=now + 2 * MINUTE)) == [spoke.id]
    close(shop, complaint, now + 3 * MINUTE)
    assert list(onlooker_holds(session, ids, now=now + WEEK)) == [spoke.id]
    assert onlooker_holds(session, ids, now=now + WEEK + 3 * MINUTE) == {}
