"""Lists on a real database: who matches, who is left out and why, what leaves and what does not."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from crm.accounts.rules import Actor, Role
from crm.attention.models import FollowUp
from crm.audit.models import AuditEntry
from crm.campaigns import queries, rules, service
from crm.campaigns.models import Campaign, CampaignExport, CampaignMember
from crm.campaigns.queries import Audience, Status
from crm.campaigns.rules import (
    ChangeCopy,
    ChangePeople,
    ChangeTasks,
    CopyChanged,
    CopyRefused,
    Door,
    ListFrozen,
    NotApproved,
    Purpose,
    Reason,
    State,
    StoresRefused,
)
from crm.claims import service as claims
from crm.claims.rules import Industry, Level, NewWord
from crm.contacts import service as contacts
from crm.contacts.models import Contact
from crm.contacts.rules import MovedFrom, MoveKind
from crm.loyalty import service as loyalty
from crm.stores.models import Store
from tests.client import counted
from tests.conftest import NOW
from tests.factories.attention import make_touch
from tests.factories.campaigns import COPY, conditions, make_campaign
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
    for _number in range(5):
        buyer(session, store, 60)
    campaign = make_campaign(session, owner, ("store_id", "is", store.id), holdout_percent=50)
    campaign = service.change_tasks(
        session, campaign.id, ChangeTasks(2, campaign.version), actor=owner
    )
    found = people(session, campaign)
    assert sorted(p.planned_on.day for p in found.people if p.planned_on) == [18, 18, 19, 19, 20]
    assert found.held_out


def test_same_seed_draws_the_same_people(session: Session, store: Store, owner: Actor) -> None:
    ids = [buyer(session, store, 60).id for _number in range(30)]
    campaign = make_campaign(
        session, owner, ("store_id", "is", store.id), seed="7", holdout_percent=20
    )
    held = {person.contact_id for person in people(session, campaign).of(Status.HELD_OUT)}
    assert held == {contact_id for contact_id in ids if rules.held_out("7", contact_id, 20)}


# Changing a draft


def test_stale_change_is_refused(session: Session, owner: Actor) -> None:
    campaign = make_campaign(session, owner)
    change = ChangeCopy("新的", Industry.APPAREL, campaign.version)
    service.change_copy(session, campaign.id, change, actor=owner)
    session.flush()
    with pytest.raises(StaleDataError):
        service.change_copy(session, campaign.id, change, actor=owner)


def test_people_of_a_draft_are_changed(session: Session, store: Store, owner: Actor) -> None:
    contact = buyer(session, store, 60)
    campaign = make_campaign(session, owner, ("orders_count", ">=", 5))
    only = conditions(("store_id", "is", store.id))
    change = ChangePeople("冬装", only, 0, Purpose.ARRIVAL, campaign.version)
    campaign = service.change_people(session, campaign.id, change, actor=owner)
    assert {p.contact_id for p in people(session, campaign).people} == {contact.id}
    assert [row.store_id for row in queries.store_rows(session, campaign.id)] == [store.id]


def test_key_sent_twice_makes_one_list(session: Session, owner: Actor) -> None:
    first = make_campaign(session, owner, client_key="k")
    assert make_campaign(session, owner, client_key="k").id == first.id


def test_managers_list_is_limited_to_her_stores(session: Session, store: Store) -> None:
    manager = actor_of(session, make_staff(session, Role.MANAGER, store))
    mine = buyer(session, store, 60)
    campaign = make_campaign(session, manager, ("orders_count", ">=", 0))
    assert {p.contact_id for p in people(session, campaign).people} == {mine.id}
    other = make_store(session, "别处")
    session.flush()
    with pytest.raises(StoresRefused):
        make_campaign(session, manager, ("store_id", "is", other.id))


def test_list_is_seen_by_who_sees_all_its_stores(
    session: Session, store: Store, owner: Actor
) -> None:
    manager = actor_of(session, make_staff(session, Role.MANAGER, store))
    other = make_store(session, "别处")
    session.flush()
    hers = make_campaign(session, owner, ("store_id", "is", store.id))
    both = make_campaign(session, owner, ("store_id", "in", [store.id, other.id]))
    everywhere = make_campaign(session, owner)
    assert queries.visible_campaign(session, hers.id, manager).id == hers.id
    for foreign in (both, everywhere):
        with pytest.raises(NoResultFound):
            queries.visible_campaign(session, foreign.id, manager)
    assert [line.id for line in queries.lists(session, manager, today=NOW.date())] == [hers.id]


def test_filter_that_names_an_unknown_store_is_refused(session: Session, owner: Actor) -> None:
    with pytest.raises(StoresRefused):
        make_campaign(session, owner, ("store_id", "is", 999_999))


# Approval


@pytest.mark.parametrize("copy", ["", "   ", "全网最低价", "央视推荐的裙子"])
def test_copy_that_may_not_go_out_is_refused(session: Session, owner: Actor, copy: str) -> None:
    campaign = make_campaign(session, owner, copy=copy)
    with pytest.raises(CopyRefused) as refused:
        service.approve(session, campaign.id, actor=owner, now=NOW)
    assert bool(refused.value.findings) is bool(copy.strip())
    assert campaign.state is State.DRAFT


def test_list_is_frozen_with_everybody_and_the_reasons(
    session: Session, store: Store, owner: Actor
) -> None:
    kept, left_out = buyer(session, store, 60, 90), buyer(session, store, 3)
    campaign = make_campaign(session, owner, ("store_id", "is", store.id))
    service.approve(session, campaign.id, actor=owner, now=NOW)
    newcomer = buyer(session, store, 60)
    found = {p.contact_id: p for p in people(session, campaign).people}
    assert newcomer.id not in found
    assert found[kept.id].orders_count == 2
    assert found[left_out.id].skip.reason is Reason.JUST_BOUGHT
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "campaign.approved"))
    assert entry.after == {"reachable": 1, "held_out": 0}


def test_approved_list_is_neither_changed_nor_approved_again(
    session: Session, store: Store, owner: Actor
) -> None:
    campaign = make_campaign(session, owner)
    service.approve(session, campaign.id, actor=owner, now=NOW)
    session.flush()
    with pytest.raises(ListFrozen):
        service.approve(session, campaign.id, actor=owner, now=NOW)
    change = ChangeCopy("x", Industry.TEA, campaign.version)
    with pytest.raises(ListFrozen):
        service.change_copy(session, campaign.id, change, actor=owner)


def test_who_opts_out_after_approval_is_left_out(
    session: Session, store: Store, owner: Actor
) -> None:
    contact, other = buyer(session, store, 60), buyer(session, store, 60)
    campaign = make_campaign(session, owner, ("store_id", "is", store.id))
    service.approve(session, campaign.id, actor=owner, now=NOW)
    contacts.do_not_contact(session, contact, actor=owner, now=NOW)
    found = people(session, campaign)
    assert found.reasons == {Reason.OPTED_OUT: 1}
    assert [row.contact_id for row in export(session, campaign, owner)] == [other.id]


def test_who_buys_after_approval_stays(session: Session, store: Store, owner: Actor) -> None:
    contact = buyer(session, store, 60)
    campaign = make_campaign(session, owner, ("store_id", "is", store.id))
    service.approve(session, campaign.id, actor=owner, now=NOW)
    make_orders(session, contact, 0)
    assert people(session, campaign).reachable == 1


# Tasks


def tasks(session: Session) -> list[FollowUp]:
    return list(session.scalars(select(FollowUp).order_by(FollowUp.contact_id)))


def test_tasks_are_given_to_each_writer_once(session: Session, store: Store, owner: Actor) -> None:
    manager = make_staff(session, Role.MANAGER, store)
    one, two = buyer(session, store, 60), buyer(session, store, 60)
    campaign = make_campaign(session, owner, ("store_id", "is", store.id))
    service.issue(session, campaign.id, actor=owner, now=NOW)
    session.flush()
    service.issue(session, campaign.id, actor=owner, now=NOW)
    assert campaign.state is State.ISSUED
    assert [(t.contact_id, t.staff_id, t.due_on) for t in tasks(session)] == [
        (one.id, manager.id, NOW.date()),
        (two.id, manager.id, NOW.date()),
    ]
    assert tasks(session)[0].words == {"name": "夏装老客"}


def test_held_out_and_left_out_people_get_no_task(
    session: Session, store: Store, owner: Actor
) -> None:
    for _number in range(20):
        buyer(session, store, 60)
    buyer(session, store, 2)
    campaign = make_campaign(session, owner, ("store_id", "is", store.id), holdout_percent=50)
    service.issue(session, campaign.id, actor=owner, now=NOW)
    found = people(session, campaign)
    assert {t.contact_id for t in tasks(session)} == {
        person.contact_id for person in found.of(Status.REACHABLE)
    }


def test_list_with_blocked_copy_gives_out_nothing(
    session: Session, store: Store, owner: Actor
) -> None:
    buyer(session, store, 60)
    campaign = make_campaign(session, owner, copy="根治失眠")
    with pytest.raises(CopyRefused):
        service.issue(session, campaign.id, actor=owner, now=NOW)
    assert tasks(session) == []


# Export


def export(session: Session, campaign: Campaign, actor: Actor) -> list[rules.ExportRow]:
    session.flush()
    return service.export(session, campaign.id, actor=actor, now=NOW, door=Door.PAGE)


def test_draft_is_not_exported(session: Session, owner: Actor) -> None:
    with pytest.raises(NotApproved):
        export(session, make_campaign(session, owner), owner)


def test_export_holds_who_is_contacted_and_what_she_reads(
    session: Session, store: Store, owner: Actor
) -> None:
    contact = buyer(session, store, 46, 100, phone="13800000142")
    campaign = make_campaign(session, owner, ("store_id", "is", store.id))
    service.approve(session, campaign.id, actor=owner, now=NOW)
    [row] = export(session, campaign, owner)
    assert row == rules.ExportRow(
        contact.id,
        "陈姐",
        "138****0142",
        "人民路店",
        "阿俊",
        "买过 2 次，上次 46 天前",
        COPY.format(name="陈姐"),
    )
    [log] = session.scalars(select(CampaignExport))
    assert (log.exported_by, log.row_count, log.door) == (owner.id, 1, Door.PAGE)


def test_hold_out_is_never_exported(session: Session, store: Store, owner: Actor) -> None:
    for _number in range(40):
        buyer(session, store, 60)
    campaign = make_campaign(session, owner, ("store_id", "is", store.id), holdout_percent=50)
    service.approve(session, campaign.id, actor=owner, now=NOW)
    exported = {row.contact_id for row in export(session, campaign, owner)}
    held = set(
        session.scalars(
            select(CampaignMember.contact_id).where(CampaignMember.arm == rules.Arm.HOLDOUT)
        )
    )
    assert held
    assert not held & exported
    assert len(held) + len(exported) == 40


def test_new_word_that_the_copy_holds_stops_the_export(
    session: Session, store: Store, owner: Actor
) -> None:
    buyer(session, store, 60)
    campaign = make_campaign(session, owner, ("store_id", "is", store.id))
    service.approve(session, campaign.id, actor=owner, now=NOW)
    claims.add_word(session, NewWord("新色", Level.BLOCK), actor=owner, now=NOW)
    with pytest.raises(CopyChanged):
        export(session, campaign, owner)
    assert session.scalars(select(CampaignExport)).all() == []


def test_name_that_makes_the_copy_lie_stops_the_export(
    session: Session, store: Store, owner: Actor
) -> None:
    buyer(session, store, 60, name="全网最低")
    campaign = make_campaign(session, owner, ("store_id", "is", store.id))
    service.approve(session, campaign.id, actor=owner, now=NOW)
    with pytest.raises(CopyRefused):
        export(session, campaign, owner)


# Results


def approved(session: Session, store: Store, owner: Actor, count: int = 40) -> Campaign:
    for _number in range(count):
        buyer(session, store, 60)
    campaign = make_campaign(session, owner, ("store_id", "is", store.id), holdout_percent=50)
    return service.approve(session, campaign.id, actor=owner, now=NOW - timedelta(days=35))


def test_everybody_frozen_counts_in_the_arm_of_the_draw(
    session: Session, store: Store, owner: Actor
) -> None:
    campaign = approved(session, store, owner)
    found = people(session, campaign)
    treated, held = found.of(Status.REACHABLE), found.of(Status.HELD_OUT)
    for person in treated[:6]:
        make_orders(session, session.get_one(Contact, person.contact_id), 20, 21)
    make_orders(session, session.get_one(Contact, held[0].contact_id), 20)
    make_orders(session, session.get_one(Contact, held[1].contact_id), 1)  # after the window
    session.flush()
    result = queries.results(session, campaign.id, today=NOW.date())
    assert (result.treated.people, result.treated.buyers) == (len(treated), 6)
    assert result.treated.net_fen == 12 * 32_900
    assert (result.holdout.people, result.holdout.buyers) == (len(held), 1)
    assert result.ended
    assert result.difference == rules.newcombe(result.treated, result.holdout)


def test_nothing_is_said_before_the_window_has_ended(
    session: Session, store: Store, owner: Actor
) -> None:
    campaign = approved(session, store, owner)
    for person in people(session, campaign).of(Status.REACHABLE):
        make_orders(session, session.get_one(Contact, person.contact_id), 34)
    session.flush()
    result = queries.results(session, campaign.id, today=NOW.date() - timedelta(days=6))
    assert result.treated.buyers
    assert not result.ended
    assert (result.difference, result.verdict) == (None, rules.Verdict.UNCERTAIN)


def test_draft_has_no_result(session: Session, owner: Actor) -> None:
    result = queries.results(session, make_campaign(session, owner).id, today=NOW.date())
    assert (result.treated.people, result.ended, result.difference) == (0, False, None)


def test_base_rate_is_the_share_of_earlier_buyers_who_came_back(
    session: Session, store: Store
) -> None:
    assert queries.base_rate(session, today=NOW.date(), days=30) is None
    buyer(session, store, 60, 5)
    buyer(session, store, 60)
    buyer(session, store, 5)
    session.flush()
    assert queries.base_rate(session, today=NOW.date(), days=30) == pytest.approx(0.5)
