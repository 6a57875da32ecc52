"""The day's plan: who is due, who is new, how many, once."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.accounts.rules import Role
from crm.attention import jobs
from crm.attention.models import FollowUp
from crm.attention.rules import PLAN_A_DAY, FollowUpReason
from crm.loyalty.service import recompute
from tests.factories.attention import make_follow_up, make_touch
from tests.factories.contacts import make_contact
from tests.factories.orders import make_orders
from tests.factories.stores import actor_of, make_staff, make_store


@pytest.fixture
def store(session):
    return make_store(session)


@pytest.fixture
def wang(session, store):
    return actor_of(session, make_staff(session, Role.MANAGER, store, name="王梅"))


def planned(session):
    session.expire_all()
    return list(session.scalars(select(FollowUp).order_by(FollowUp.id)))


def make_due(session, store, name="李晓燕", **overrides):
    contact = make_contact(session, name, store=store, **overrides)
    make_orders(session, contact, 60, 110, 160)
    return contact


def plan(session, factory, now, *contacts):
    recompute(session, {contact.id for contact in contacts}, now=now)
    session.commit()
    return jobs.plan_day(factory, now=now)


def test_due_buyer_is_planned_with_her_reason(session, factory, store, wang, now):
    li = make_due(session, store, actor=wang, now=now - timedelta(days=200))
    assert plan(session, factory, now, li) == 1
    (row,) = planned(session)
    assert (row.contact_id, row.staff_id, row.reason) == (li.id, wang.id, FollowUpReason.REPURCHASE)
    assert row.words == {"product": "碎花连衣裙", "last_on": "2025-04-19", "interval": 50}
    assert str(row.due_on) == "2025-06-18"


def test_who_has_moved_away_leaves_her_people_to_the_store(session, factory, store, now):
    moved = actor_of(session, make_staff(session, Role.MANAGER, make_store(session, "中山路店")))
    stayed = make_staff(session, Role.MANAGER, store)
    li = make_due(session, store, actor=moved, now=now - timedelta(days=200))
    assert plan(session, factory, now, li) == 1
    assert planned(session)[0].staff_id == stayed.id


def test_plan_runs_twice_with_the_same_result(session, factory, store, wang, now):
    li = make_due(session, store, now=now - timedelta(days=200))
    assert plan(session, factory, now, li) == 1
    assert jobs.plan_day(factory, now=now) == 0
    assert jobs.plan_day(factory, now=now + timedelta(days=1)) == 0
    assert len(planned(session)) == 1


def test_new_contact_is_greeted_the_day_after_and_not_later(session, factory, store, wang, now):
    he = make_contact(session, "何敏", store=store, now=now - timedelta(days=1))
    make_contact(session, "今天加的", store=store, now=now)
    make_contact(session, "早加的", store=store, now=now - timedelta(days=4))
    assert plan(session, factory, now) == 1
    (row,) = planned(session)
    assert (row.contact_id, row.reason, row.words) == (
        he.id,
        FollowUpReason.GREETING,
        {"added_on": "2025-06-17"},
    )


@pytest.mark.parametrize("why", ["opted out", "touched lately", "planned already"])
def test_who_is_not_to_be_planned_is_left_out(session, factory, store, wang, now, why):
    li = make_due(session, store, now=now - timedelta(days=200))
    if why == "opted out":
        li.do_not_contact_at = now
    elif why == "touched lately":
        make_touch(session, li, actor=wang, ago=timedelta(days=6))
    else:
        make_touch(session, li, actor=wang, ago=timedelta(days=20), next_step="发新款")
    assert plan(session, factory, now, li) == 0


def test_plan_fills_a_day_and_no_more(session, factory, store, wang, now):
    for n in range(PLAN_A_DAY + 3):
        make_contact(session, f"顾客{n}", store=store, now=now - timedelta(days=1))
    make_follow_up(session, make_contact(session, "约好的", store=store), wang.id)
    assert plan(session, factory, now) == PLAN_A_DAY - 1
    assert jobs.plan_day(factory, now=now + timedelta(minutes=5)) == 0


def test_people_left_from_yesterday_take_the_room_of_today(session, factory, store, wang, now):
    for n in range(3):
        make_contact(session, f"顾客{n}", store=store, now=now - timedelta(days=1))
    for n in range(PLAN_A_DAY - 1):
        left = make_contact(session, f"昨天的{n}", store=store)
        make_follow_up(session, left, wang.id, due_on=date(2025, 6, 17))
    assert plan(session, factory, now) == 1


def test_contact_without_anybody_to_look_after_her_is_not_planned(session, factory, store, now):
    make_contact(session, "何敏", store=store, now=now - timedelta(days=1))
    assert plan(session, factory, now) == 0
