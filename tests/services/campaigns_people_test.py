"""Who is on a list: who matches, who is left out and why, on which day, by which draw."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor, Role
from crm.campaigns import queries, rules, service
from crm.campaigns.models import Campaign
from crm.campaigns.queries import Audience, Status
from crm.campaigns.rules import (
    ChangeTasks,
    Purpose,
    Reason,
)
from crm.contacts import service as contacts
from crm.contacts.models import Contact
from crm.contacts.rules import MovedFrom, MoveKind
from crm.loyalty import service as loyalty
from crm.stores.models import Store
from tests.client import counted
from tests.conftest import NOW
from tests.factories.attention import make_touch
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_contact, make_noise
from tests.factories.groups import make_group, make_member
from tests.factories.orders import make_orders
from tests.factories.stores import actor_of, make_staff, make_store


@pytest.fixture
def store(session: Session) -> Store:
    make_noise(session)
    return make_store(session)


@pytest.fixture
def owner(session: Session, store: Store) -> Actor:
    return actor_of(session, make_staff(session, Role.OWNER, name="阿俊"))


def buyer(
    session: Session, store: Store, *days_ago: int, name: str = "陈姐", **more: Any
) -> Contact:
    contact = make_contact(session, name, store=store, **more)
    if days_ago:
        make_orders(session, contact, *days_ago)
    return contact


def people(session: Session, campaign: Campaign, now: Any = NOW) -> Audience:
    session.flush()
    return queries.audience(session, campaign, now=now)


def matched(session: Session, owner: Actor, *rows: tuple[str, str, Any]) -> set[int]:
    return {p.contact_id for p in people(session, make_campaign(session, owner, *rows)).people}


def reason_of(session: Session, campaign: Campaign, contact: Contact) -> tuple[Any, Any]:
    [person] = [p for p in people(session, campaign).people if p.contact_id == contact.id]
    return (person.skip.reason, person.skip.until) if person.skip else (None, None)


# Who matches


@pytest.mark.parametrize(
    ("op", "value", "found"),
    [
        (">=", 14, {"a", "b"}),
        ("<=", 30, {"b"}),
        ("<=", 10**9, {"a", "b"}),
        (">=", 10**9, set()),
        ("is", 20, {"b"}),
        ("between", [20, 60], {"a", "b"}),
        ("between", [21, 59], set()),
    ],
)
def test_days_since_the_last_order(
    session: Session, store: Store, owner: Actor, op: str, value: Any, found: set[str]
) -> None:
    ids = {"a": buyer(session, store, 60, 90).id, "b": buyer(session, store, 20).id}
    buyer(session, store)
    got = matched(session, owner, ("days_since_last_order", op, value))
    assert got == {ids[name] for name in found}


@pytest.mark.parametrize(
    ("field", "op", "value", "found"),
    [
        ("orders_count", ">=", 2, {"a"}),
        ("orders_count", "is", 0, {"c"}),
        ("orders_count", "between", [1, 2], {"a", "b"}),
        ("net_spent_fen", ">=", 65_800, {"a"}),
        ("net_spent_fen", "<=", 32_900, {"b", "c"}),
        ("bought_category", "has", "裙", {"a", "b"}),
        ("bought_category", "in", ["壶", "茶"], set()),
        ("tag", "has", "夏装", {"a", "c"}),
        ("tag", "in", ["夏装", "new"], {"a", "b", "c"}),
        ("rhythm_state", "is", "new", {"b"}),
    ],
)
def test_each_field_finds_its_people(
    session: Session, store: Store, owner: Actor, field: str, op: str, value: Any, found: set[str]
) -> None:
    ids = {
        "a": buyer(session, store, 60, 90, tags=("夏装",)).id,
        "b": buyer(session, store, 5).id,
        "c": buyer(session, store, tags=("夏装",)).id,
    }
    loyalty.recompute(session, None, now=NOW)
    session.flush()
    got = matched(session, owner, ("store_id", "is", store.id), (field, op, value))
    assert got == {ids[name] for name in found}


def test_refunded_order_is_no_purchase(session: Session, store: Store, owner: Actor) -> None:
    contact = buyer(session, store)
    make_orders(session, contact, 20, refunded_fen=32_900)
    assert contact.id not in matched(session, owner, ("orders_count", ">=", 1))


def test_where_she_came_from_and_which_group_she_is_in(
    session: Session, store: Store, owner: Actor
) -> None:
    closed = make_store(session, "老店")
    session.flush()
    moved = buyer(session, store, moved_from=MovedFrom(MoveKind.STORE, store_id=closed.id))
    member, left = buyer(session, store), buyer(session, store)
    group = make_group(session, store=store)
    session.flush()
    make_member(session, group, "陈姐", contact_id=member.id)
    make_member(session, group, "旧人", contact_id=left.id, left_at=NOW)
    assert matched(session, owner, ("moved_from_store_id", "is", closed.id)) == {moved.id}
    assert matched(session, owner, ("group_id", "in", [group.id])) == {member.id}


def test_all_conditions_must_hold(session: Session, store: Store, owner: Actor) -> None:
    both = buyer(session, store, 60, tags=("夏装",))
    buyer(session, store, 60)
    buyer(session, store, tags=("夏装",))
    rows = (("tag", "has", "夏装"), ("orders_count", ">=", 1))
    assert matched(session, owner, *rows) == {both.id}


# Who is left out


def test_parts_make_the_whole_and_each_person_counts_once(
    session: Session, store: Store, owner: Actor
) -> None:
    for number in range(20):
        buyer(session, store, 60, name=f"顾客{number}")
    contacts.do_not_contact(session, buyer(session, store, 3), actor=owner, now=NOW)
    buyer(session, store, 3)
    campaign = make_campaign(session, owner, ("store_id", "is", store.id), holdout_percent=50)
    found = people(session, campaign)
    assert found.matched == 22
    assert found.matched == found.reachable + found.held_out + found.suppressed
    assert found.reasons == {Reason.OPTED_OUT: 1, Reason.JUST_BOUGHT: 1}
    assert 0 < found.held_out < 20
    assert len({person.contact_id for person in found.people}) == 22


def test_just_bought_ends_after_seven_days(session: Session, store: Store, owner: Actor) -> None:
    campaign = make_campaign(session, owner, ("store_id", "is", store.id))
    fresh, older = buyer(session, store, 3), buyer(session, store, 7)
    assert reason_of(session, campaign, fresh) == (Reason.JUST_BOUGHT, date(2025, 6, 22))
    assert reason_of(session, campaign, older) == (None, None)


def test_time_at_cap_says_when_it_frees(session: Session, store: Store, owner: Actor) -> None:
    campaign = make_campaign(session, owner, ("store_id", "is", store.id))
    contact, calm = buyer(session, store, 60), buyer(session, store, 60)
    make_touch(session, contact, actor=owner, minutes=20, ago=timedelta(days=20))
    make_touch(session, contact, actor=owner, minutes=20, ago=timedelta(days=5))
    make_touch(session, calm, actor=owner, minutes=5)
    reason, until = reason_of(session, campaign, contact)
    assert (reason, until) == (Reason.TIME_AT_CAP, NOW.date() + timedelta(days=10))
    assert reason_of(session, campaign, calm) == (None, None)


def test_approved_list_keeps_its_people_from_the_next_one(
    session: Session, store: Store, owner: Actor
) -> None:
    contact = buyer(session, store, 60)
    rows = ("store_id", "is", store.id)
    first = make_campaign(session, owner, rows)
    second = make_campaign(session, owner, rows)
    assert reason_of(session, second, contact) == (None, None)
    service.approve(session, first.id, actor=owner, now=NOW)
    assert reason_of(session, second, contact) == (Reason.CONTACTED_LATELY, date(2025, 7, 18))


def test_held_out_person_is_kept_from_a_list_of_the_same_purpose_only(
    session: Session, store: Store, owner: Actor
) -> None:
    contact = buyer(session, store, 60)
    rows = ("store_id", "is", store.id)
    salt = next(str(n) for n in range(99) if rules.held_out(str(n), contact.id, 90))
    first = make_campaign(session, owner, rows, seed=salt, holdout_percent=90)
    service.approve(session, first.id, actor=owner, now=NOW)
    same = make_campaign(session, owner, rows)
    other = make_campaign(session, owner, rows, purpose=Purpose.ARRIVAL)
    assert reason_of(session, same, contact) == (Reason.IN_OTHER_LIST, date(2025, 7, 19))
    assert reason_of(session, other, contact) == (None, None)


def test_list_is_read_in_a_bounded_number_of_statements(
    session: Session, store: Store, owner: Actor, engine: Engine
) -> None:
    campaign = make_campaign(session, owner, ("store_id", "is", store.id))
    counts = []
    for _round in range(2):
        for _number in range(15):
            buyer(session, store, 60)
        session.flush()
        with counted(engine) as statements:
            queries.audience(session, campaign, now=NOW)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 16


# Days and writers


def test_each_is_written_to_by_who_looks_after_her(
    session: Session, store: Store, owner: Actor
) -> None:
    manager, helper = (
        make_staff(session, Role.MANAGER, store),
        make_staff(session, Role.ASSISTANT, store),
    )
    gone = make_staff(session, Role.ASSISTANT, store)
    gone.disabled_at = NOW
    own = buyer(session, store, 60, owner_id=helper.id)
    nobodys, orphan = buyer(session, store, 60), buyer(session, store, 60, owner_id=gone.id)
    elsewhere = buyer(session, make_store(session, "新店"), 60)
    campaign = make_campaign(session, owner, ("orders_count", ">=", 1))
    writers = {p.contact_id: p.assignee_id for p in people(session, campaign).people}
    assert writers == {
        own.id: helper.id,
        nobodys.id: manager.id,
        orphan.id: manager.id,
        elsewhere.id: owner.id,
    }


def test_daily_cap_spreads_people_over_days_hold_out_too(
    session: Session, store: Store, owner: Actor
) -> None:
    ids = [buyer(session, store, 60).id for _number in range(5)]
    seed = next(str(n) for n in range(99) if sum(rules.held_out(str(n), i, 50) for i in ids) == 2)
    campaign = make_campaign(
        session, owner, ("store_id", "is", store.id), seed=seed, holdout_percent=50
    )
    campaign = service.change_tasks(
        session, campaign.id, ChangeTasks(2, campaign.version), actor=owner, now=NOW
    )
    found = people(session, campaign)
    assert sorted(p.planned_on.day for p in found.people if p.planned_on) == [18, 18, 19, 19, 20]
    assert found.held_out == 2


def test_same_seed_draws_the_same_people(session: Session, store: Store, owner: Actor) -> None:
    ids = [buyer(session, store, 60).id for _number in range(30)]
    campaign = make_campaign(
        session, owner, ("store_id", "is", store.id), seed="7", holdout_percent=20
    )
    held = {person.contact_id for person in people(session, campaign).of(Status.HELD_OUT)}
    assert held == {contact_id for contact_id in ids if rules.held_out("7", contact_id, 20)}
