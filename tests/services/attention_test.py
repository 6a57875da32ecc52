"""Touches over a real database: limits, repeated keys, undo, what comes next."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound

from crm.accounts.rules import Role
from crm.alerts.models import Alert
from crm.attention import queries, service
from crm.attention.models import FollowUp, Touch
from crm.attention.rules import (
    FollowUpReason,
    LogTouch,
    MoreTime,
    NewFollowUp,
    NotYours,
    OverReason,
    Policy,
    State,
    TooLate,
    Topic,
    TouchKind,
)
from crm.contacts.models import Contact
from crm.contacts.rules import DuplicateIdentity, IdentityKind, NewContact
from tests.factories.attention import make_follow_up, make_touch
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import actor_of, make_staff, make_store


@pytest.fixture
def store(session):
    return make_store(session)


@pytest.fixture
def owner(session):
    return actor_of(session, make_staff(session, Role.OWNER, name="阿俊"))


@pytest.fixture
def wang(session, store, owner):
    return actor_of(session, make_staff(session, Role.MANAGER, store, name="王梅"))


@pytest.fixture
def zhang(session, store, wang, owner):
    make_touch(session, make_noise(session), actor=owner, minutes=60)
    return make_contact(session, "张阿姨", store=store)


def standing(session, contact, now):
    return queries.allowance(session, contact.id, now=now)


def count_touches(session):
    return session.scalar(select(func.count()).select_from(Touch))


def over_alerts(session, contact):
    return list(
        session.scalars(
            select(Alert).where(Alert.kind == "attention_over", Alert.subject_id == contact.id)
        )
    )


def test_allowance_sums_charged_minutes_of_thirty_days(session, zhang, wang, now):
    make_touch(session, zhang, actor=wang, minutes=10)
    make_touch(session, zhang, actor=wang, minutes=5, ago=timedelta(days=30) - timedelta(seconds=1))
    make_touch(session, zhang, actor=wang, minutes=20, ago=timedelta(days=30))
    make_touch(session, zhang, actor=wang, minutes=8, topic=Topic.COMPLAINT)
    found = standing(session, zhang, now)
    assert (found.cap_minutes, found.used_minutes, found.exempt_minutes) == (30, 15, 8)
    assert (found.remaining_minutes, found.state) == (15, State.OK)


def test_allowances_answer_for_everybody_asked(session, zhang, store, wang, now):
    other = make_contact(session, "何敏", store=store)
    make_touch(session, zhang, actor=wang, minutes=24)
    found = queries.allowances(session, [zhang.id, other.id, other.id], now=now)
    assert found[zhang.id].state is State.NEAR
    assert found[other.id].used_minutes == 0
    assert queries.allowances(session, [], now=now) == {}


def test_log_past_the_limit_is_taken_asked_about_and_told(session, zhang, wang, owner, now):
    make_touch(session, zhang, actor=wang, minutes=30)
    assert over_alerts(session, zhang) == []
    logged = service.log_touch(
        session, LogTouch(zhang.id, TouchKind.CHAT, 12, now, "k1"), actor=wang, now=now
    )
    session.flush()
    assert logged.ask_reason
    assert logged.allowance.used_minutes == 42
    assert [alert.staff_id for alert in over_alerts(session, zhang)] == [owner.id]
    service.give_reason(session, logged.touch, OverReason.ORDER_IN_PROGRESS, actor=wang, now=now)
    assert not logged.ask_reason
    assert queries.unanswered_over(session, wang.id, now=now) == []


def test_an_owner_is_not_told_what_she_did_herself(session, zhang, owner, now):
    touch = make_touch(session, zhang, actor=owner, minutes=40)
    assert touch.over_asked_at is not None
    assert over_alerts(session, zhang) == []


def test_owner_is_told_once_a_day_of_one_contact(session, zhang, wang, owner, now):
    make_touch(session, zhang, actor=wang, minutes=40)
    make_touch(session, zhang, actor=wang, minutes=3)
    session.flush()
    assert len(over_alerts(session, zhang)) == 1
    assert len(queries.unanswered_over(session, wang.id, now=now)) == 2


def test_complaint_time_never_passes_a_limit(session, zhang, wang, owner, now):
    make_touch(session, zhang, actor=wang, minutes=30)
    touch = make_touch(session, zhang, actor=wang, minutes=90, topic=Topic.AFTER_SALES)
    assert touch.over_asked_at is None
    assert standing(session, zhang, now).used_minutes == 30
    assert over_alerts(session, zhang) == []


def test_same_key_is_the_same_touch(session, zhang, wang, now):
    command = LogTouch(zhang.id, TouchKind.CHAT, 3, now, "k1")
    first = service.log_touch(session, command, actor=wang, now=now)
    before = count_touches(session)
    again = service.log_touch(session, command, actor=wang, now=now + timedelta(minutes=1))
    assert (first.created, again.created) == (True, False)
    assert again.touch.id == first.touch.id
    assert count_touches(session) == before


def test_same_key_of_two_people_is_two_touches(session, zhang, wang, owner, now):
    command = LogTouch(zhang.id, TouchKind.CHAT, 3, now, "k1")
    first = service.log_touch(session, command, actor=wang, now=now)
    assert service.log_touch(session, command, actor=owner, now=now).touch.id != first.touch.id


def test_key_of_an_undone_touch_brings_nothing_back(session, zhang, wang, now):
    command = LogTouch(zhang.id, TouchKind.CHAT, 3, now, "k1")
    touch = service.log_touch(session, command, actor=wang, now=now).touch
    service.undo_touch(session, touch, actor=wang, now=now)
    assert service.log_touch(session, command, actor=wang, now=now).created is False
    assert standing(session, zhang, now).used_minutes == 0


def test_new_contact_and_touch_are_one_act(session, store, wang, now):
    contact = NewContact(
        store_id=store.id, name="新来", identities=((IdentityKind.PHONE, "10012340199"),)
    )
    command = LogTouch(0, TouchKind.STORE, 10, now, "k1")
    logged = service.log_first_touch(session, contact, command, actor=wang, now=now)
    again = service.log_first_touch(session, contact, command, actor=wang, now=now)
    assert again.touch.id == logged.touch.id
    assert session.scalar(select(func.count()).where(Contact.name == "新来")) == 1
    with pytest.raises(DuplicateIdentity):
        service.log_first_touch(
            session, contact, LogTouch(0, TouchKind.STORE, 10, now, "k2"), actor=wang, now=now
        )


def test_touch_of_another_stores_contact_is_refused(session, wang, now):
    other = make_contact(session, store=make_store(session, name="中山路店"))
    with pytest.raises(NoResultFound):
        service.log_touch(
            session, LogTouch(other.id, TouchKind.CHAT, 3, now, "k1"), actor=wang, now=now
        )


def test_undo_takes_back_the_touch_and_what_it_did(session, zhang, wang, now):
    task = make_follow_up(session, zhang, wang.id)
    touch = make_touch(
        session,
        zhang,
        actor=wang,
        follow_up_id=task.id,
        next_step="发新款",
        next_on=date(2025, 6, 20),
    )
    session.refresh(task)
    assert task.touch_id == touch.id
    service.undo_touch(session, touch, actor=wang, now=now)
    session.flush()
    assert standing(session, zhang, now).used_minutes == 0
    assert [row.id for row in queries.next_follow_ups(session, zhang.id)] == [task.id]
    service.undo_touch(session, touch, actor=wang, now=now)  # repeated: nothing more happens


def test_undo_is_refused_after_a_day_and_for_others(session, zhang, store, wang, owner, now):
    colleague = actor_of(session, make_staff(session, Role.ASSISTANT, store, name="小林"))
    touch = make_touch(session, zhang, actor=wang)
    with pytest.raises(NotYours):
        service.undo_touch(session, touch, actor=colleague, now=now)
    with pytest.raises(TooLate):
        service.undo_touch(session, touch, actor=wang, now=now + timedelta(hours=24, seconds=1))
    service.undo_touch(session, touch, actor=owner, now=now)
    assert touch.undone_at == now


def test_minutes_are_corrected_within_a_day(session, zhang, wang, now):
    touch = make_touch(session, zhang, actor=wang, minutes=3)
    service.change_minutes(session, touch, 20, actor=wang, now=now)
    session.flush()
    assert standing(session, zhang, now).used_minutes == 20
    with pytest.raises(TooLate):
        service.change_minutes(session, touch, 5, actor=wang, now=now + timedelta(days=2))


def test_correcting_past_the_limit_asks_and_tells_as_logging_does(session, zhang, wang, now):
    touch = make_touch(session, zhang, actor=wang, minutes=3)
    service.change_minutes(session, touch, 40, actor=wang, now=now)
    session.flush()
    assert touch.over_asked_at == now
    assert len(over_alerts(session, zhang)) == 1
    service.change_minutes(session, touch, 4, actor=wang, now=now)
    assert touch.over_asked_at is None


def test_next_step_becomes_a_follow_up(session, zhang, wang, now):
    make_touch(session, zhang, actor=wang, next_step="发新款", next_on=date(2025, 6, 20))
    make_touch(session, zhang, actor=wang, next_step="问尺码")
    planned = queries.next_follow_ups(session, zhang.id)
    assert [(row.due_on, row.words) for row in planned] == [
        (date(2025, 6, 19), {"text": "问尺码"}),
        (date(2025, 6, 20), {"text": "发新款"}),
    ]


def test_follow_ups_are_ones_own_due_by_that_day(session, zhang, store, wang, owner, now):
    due = make_follow_up(session, zhang, wang.id, due_on=date(2025, 6, 17))
    make_follow_up(session, zhang, wang.id, due_on=date(2025, 6, 19))
    other = make_follow_up(session, zhang, owner.id)
    quiet = make_contact(session, "别打扰", store=store)
    quiet.do_not_contact_at = now
    make_follow_up(session, quiet, wang.id)
    today = date(2025, 6, 18)
    assert [row.id for row in queries.follow_ups(session, wang.id, today)] == [due.id]
    assert [row.id for row in queries.follow_ups_in_scope(session, wang, today)] == [due.id]
    assert [row.id for row in queries.follow_ups_in_scope(session, owner, today)] == [
        due.id,
        other.id,
    ]


def test_follow_up_is_planned_once_by_its_key(session, zhang, wang, now):
    plan = [
        NewFollowUp(
            zhang.id,
            wang.id,
            now.date(),
            FollowUpReason.CAMPAIGN,
            f"campaign:1:{n}",
            {"name": "夏装"},
        )
        for n in range(3)
    ]
    assert service.add_follow_ups(session, plan, now=now) == 3
    assert service.add_follow_ups(session, [*plan, *plan], now=now) == 0
    assert service.add_follow_ups(session, [], now=now) == 0
    assert session.scalar(select(func.count()).select_from(FollowUp)) == 3


def test_follow_up_of_somebody_else_is_not_found(session, zhang, store, wang, now):
    other = make_contact(session, "何敏", store=store)
    task = make_follow_up(session, other, wang.id)
    with pytest.raises(NoResultFound):
        make_touch(session, zhang, actor=wang, follow_up_id=task.id)


def test_staff_day_counts_ones_own_charged_minutes_of_today(session, zhang, wang, owner, now):
    make_touch(session, zhang, actor=wang, minutes=5)
    make_touch(session, zhang, actor=wang, minutes=7, ago=timedelta(hours=20))
    make_touch(
        session, zhang, actor=wang, minutes=9, ago=timedelta(hours=21)
    )  # 23:22 the day before
    make_touch(session, zhang, actor=owner, minutes=11)
    make_touch(session, zhang, actor=wang, minutes=13, topic=Topic.COMPLAINT)
    day = queries.staff_day(session, wang.id, now=now)
    assert (day.used_minutes, day.limit_minutes) == (12, 90)


def test_granted_time_raises_the_limit_until_it_ends(session, zhang, wang, now):
    more = MoreTime(15, "大单", now + timedelta(days=7))
    service.raise_cap(session, zhang, more, actor=wang, now=now)
    session.flush()
    assert standing(session, zhang, now).cap_minutes == 45
    assert standing(session, zhang, now + timedelta(days=7)).cap_minutes == 30


def test_limits_of_the_shop_hold_for_everybody(session, zhang, wang, owner, now):
    service.set_policy(session, Policy(20, 40, 60, 50), actor=owner, now=now)
    session.flush()
    make_touch(session, zhang, actor=wang, minutes=10)
    assert standing(session, zhang, now).state is State.NEAR
    assert queries.staff_day(session, wang.id, now=now).limit_minutes == 60
    service.set_policy(session, Policy(10, 40, 60, 50), actor=owner, now=now)
    session.flush()
    assert standing(session, zhang, now).state is State.OVER


def test_recent_contacts_are_the_last_touched_first(session, zhang, store, wang, now):
    other = make_contact(session, "何敏", store=store)
    make_touch(session, zhang, actor=wang, ago=timedelta(hours=2))
    make_touch(session, other, actor=wang, ago=timedelta(hours=1))
    assert queries.recent_contacts(session, wang.id, now=now, most=6) == [other.id, zhang.id]
    assert queries.recent_contacts(session, wang.id, now=now, most=1) == [other.id]


def test_lately_over_names_who_passed_her_limit_in_scope(session, zhang, store, wang, now):
    make_touch(session, zhang, actor=wang, minutes=42)
    make_touch(session, make_contact(session, "何敏", store=store), actor=wang, minutes=30)
    assert queries.lately_over(session, wang, now=now, most=3) == {zhang.id: "张阿姨"}
    later = now + timedelta(days=30)
    assert queries.lately_over(session, wang, now=later, most=3) == {}
