"""Lists on a real database: changed, approved, given out, exported, measured."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.rules import Actor, Role
from crm.attention.models import FollowUp
from crm.audit.models import AuditEntry
from crm.campaigns import queries, rules, service
from crm.campaigns.models import Campaign, CampaignExport, CampaignMember
from crm.campaigns.queries import Audience, Status
from crm.campaigns.rules import (
    ChangeCopy,
    ChangePeople,
    CopyChanged,
    CopyRefused,
    Door,
    ListChanged,
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
from crm.stores.models import Store
from tests.conftest import NOW
from tests.factories.campaigns import COPY, conditions, make_campaign
from tests.factories.contacts import make_contact, make_noise
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


# Changing a draft


def test_change_is_noted_and_a_stale_one_refused(session: Session, owner: Actor) -> None:
    campaign = make_campaign(session, owner)
    change = ChangeCopy("新的", Industry.APPAREL, campaign.version)
    service.change_copy(session, campaign.id, change, actor=owner, now=NOW)
    session.flush()
    [noted] = session.scalars(select(AuditEntry).where(AuditEntry.action == "campaign.changed"))
    assert (noted.subject, noted.actor_id) == (f"campaign:{campaign.id}", owner.id)
    assert noted.after == {"step": "copy"}
    with pytest.raises(ListChanged):
        service.change_copy(session, campaign.id, change, actor=owner, now=NOW)


def test_list_that_another_page_approved_meanwhile_is_read_anew(
    session: Session, factory: sessionmaker[Session], store: Store, owner: Actor
) -> None:
    buyer(session, store, 60)
    campaign = make_campaign(session, owner)
    session.commit()
    with factory() as other:
        service.approve(other, campaign.id, actor=owner, now=NOW)
        other.commit()
    assert campaign.state is State.DRAFT
    service.issue(session, campaign.id, actor=owner, now=NOW)
    assert campaign.state is State.ISSUED


def test_people_of_a_draft_are_changed(session: Session, store: Store, owner: Actor) -> None:
    contact = buyer(session, store, 60)
    campaign = make_campaign(session, owner, ("orders_count", ">=", 5))
    only = conditions(("store_id", "is", store.id))
    change = ChangePeople("冬装", only, 0, Purpose.ARRIVAL, campaign.version)
    campaign = service.change_people(session, campaign.id, change, actor=owner, now=NOW)
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
        service.change_copy(session, campaign.id, change, actor=owner, now=NOW)


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
