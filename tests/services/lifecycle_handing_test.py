"""One contact is handed on and back; a changed role leaves no complaint with who cannot see it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound

from crm.accounts.models import StaffStore
from crm.accounts.rules import LastOwner, Role
from crm.alerts.models import Alert
from crm.attention.models import FollowUp
from crm.audit.models import AuditEntry
from crm.campaigns.models import CampaignMember
from crm.campaigns.service import approve, issue
from crm.complaints import jobs
from crm.complaints.models import Complaint
from crm.complaints.rules.words import Channel, EventType
from crm.contacts.models import Contact
from crm.contacts.rules import Forgotten
from crm.lifecycle.models import HandOver, HandOverItem
from crm.lifecycle.rules.leaving import (
    HandedSince,
    NobodyThere,
    NotYourAct,
    OutOfReach,
    Rights,
    Thing,
    TooOldAct,
    Wish,
)
from crm.lifecycle.rules.merging import Merge
from crm.lifecycle.service.erasing import anonymise
from crm.lifecycle.service.handing import hand_on, take_back
from crm.lifecycle.service.leaving import change_rights, end_access
from crm.lifecycle.service.leaving import hand_over as hand_book_over
from crm.lifecycle.service.merging import merge
from crm.lifecycle.service.returning import take_back as take_book_back
from crm.stores.rules.roster import DutyRole, Shift
from crm.stores.service import add_shifts
from tests.client import counted
from tests.conftest import NOW
from tests.factories.attention import make_follow_up
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import actor_of

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def her(session, desk):
    make_noise(session)
    make_contact(session, "乙", store=desk.store, actor=desk.manager)
    return make_contact(session, "甲", store=desk.store, actor=desk.manager)


def hands(session):
    session.flush()
    session.expire_all()
    contacts = session.execute(select(Contact.name, Contact.owner_id).order_by(Contact.id)).all()
    planned = session.execute(select(FollowUp.id, FollowUp.staff_id).order_by(FollowUp.id)).all()
    tasks = select(CampaignMember.id, CampaignMember.assignee_id).order_by(CampaignMember.id)
    return [*contacts, *planned, *session.execute(tasks).all()]


def test_she_and_what_is_planned_for_her_go_and_come_back(session, desk, heir, her):
    make_follow_up(session, her, desk.manager.id)
    other = session.scalars(select(Contact).where(Contact.name == "乙")).one()
    theirs = make_follow_up(session, other, desk.manager.id)
    listed = make_campaign(session, desk.lead, ("orders_count", ">=", 0))
    approve(session, listed.id, actor=desk.lead, now=NOW)
    issue(session, listed.id, actor=desk.lead, now=NOW)
    before = hands(session)
    act = hand_on(session, her.id, heir.id, actor=desk.manager, now=LATER)
    session.expire_all()
    assert her.owner_id == heir.id
    hers = select(FollowUp.staff_id).where(FollowUp.contact_id == her.id)
    assert set(session.scalars(hers)) == {heir.id}
    assert session.get_one(FollowUp, theirs.id).staff_id == desk.manager.id
    assert other.owner_id == desk.manager.id
    task = select(CampaignMember.assignee_id).where(CampaignMember.contact_id == her.id)
    assert session.scalars(task).all() == [heir.id]
    noted = select(HandOverItem.thing, func.count()).group_by(HandOverItem.thing)
    assert dict(session.execute(noted).all()) == {
        Thing.CONTACT: 1,
        Thing.TASK: 1,
        Thing.FOLLOW_UP: 1,
    }
    assert hand_on(session, her.id, heir.id, actor=desk.manager, now=LATER) is None  # a second tap
    assert take_back(session, her.id, act.id, actor=desk.manager, now=LATER)
    assert hands(session) == before
    assert not take_back(session, her.id, act.id, actor=desk.manager, now=LATER)  # a second tap
    assert hands(session) == before
    wrote = select(AuditEntry.action).where(AuditEntry.subject == f"contact:{her.id}")
    acts = session.scalars(wrote.order_by(AuditEntry.id)).all()
    assert acts[-2:] == ["contact.handed_on", "contact.hand_on_undone"]


def test_only_what_is_planned_for_her_is_read(session, engine, desk, heir, her):
    """The rest of a book may be long; its rows are neither read nor locked."""
    with counted(engine) as statements:
        hand_on(session, her.id, heir.id, actor=desk.manager, now=LATER)
    books = [one for one in statements if "follow_up.staff_id = " in one or "assignee_id = " in one]
    read = [one for one in books if one.startswith("SELECT")]
    assert len(read) == 2
    assert all("contact_id = " in one.partition("WHERE")[2] for one in read), read


def test_whom_nobody_looked_after_goes_and_comes_back(session, desk, heir, her):
    her.owner_id = None
    session.flush()
    act = hand_on(session, her.id, heir.id, actor=desk.lead, now=LATER)
    session.expire_all()
    assert her.owner_id == heir.id
    take_back(session, her.id, act.id, actor=desk.lead, now=LATER)
    session.expire_all()
    assert her.owner_id is None


def test_only_somebody_who_is_here_takes_over(session, desk, heir, her):
    before = hands(session)
    end_access(session, heir.id, None, actor=desk.owner, now=NOW)
    for one in (heir.id, desk.stranger.id, 999_999):
        with pytest.raises(NobodyThere):
            hand_on(session, her.id, one, actor=desk.manager, now=LATER)
    with pytest.raises(NoResultFound):
        hand_on(session, her.id, desk.stranger.id, actor=desk.stranger, now=LATER)
    assert hands(session) == before


def test_taking_back_is_for_who_did_it_and_for_a_day(session, desk, heir, her):
    act = hand_on(session, her.id, heir.id, actor=desk.manager, now=NOW)
    with pytest.raises(NotYourAct):
        take_back(session, her.id, act.id, actor=actor_of(session, heir), now=LATER)
    with pytest.raises(TooOldAct):
        take_back(session, her.id, act.id, actor=desk.lead, now=NOW + timedelta(days=1, seconds=1))
    with pytest.raises(NoResultFound):  # the page of books knows no single one
        take_book_back(session, act.id, actor=desk.owner, now=LATER)
    other = session.scalars(select(Contact).where(Contact.name == "乙")).one()
    with pytest.raises(NoResultFound):
        take_back(session, other.id, act.id, actor=desk.lead, now=LATER)
    assert session.get_one(Contact, her.id).owner_id == heir.id


def test_nobody_gets_back_whom_she_sees_no_more(session, desk, heir, her):
    make_follow_up(session, her, desk.manager.id)
    act = hand_on(session, her.id, heir.id, actor=desk.lead, now=NOW)
    away = Rights(Role.MANAGER, frozenset({desk.other.id}))
    change_rights(session, desk.manager.id, away, actor=desk.owner, now=NOW)
    before = hands(session)
    with pytest.raises(OutOfReach):
        take_back(session, her.id, act.id, actor=desk.lead, now=LATER)
    assert hands(session) == before
    assert act.undone_at is None
    sees_all = Rights(Role.LEAD, frozenset())
    change_rights(session, desk.manager.id, sees_all, actor=desk.owner, now=NOW)
    assert take_back(session, her.id, act.id, actor=desk.lead, now=LATER)
    session.expire_all()
    assert her.owner_id == desk.manager.id


def test_who_went_on_with_a_book_since_does_not_come_back(session, desk, heir, her):
    act = hand_on(session, her.id, heir.id, actor=desk.manager, now=NOW)
    wish = Wish(desk.lead.id)
    book = hand_book_over(session, heir.id, wish, actor=desk.owner, now=NOW)
    before = hands(session)
    with pytest.raises(HandedSince):
        take_back(session, her.id, act.id, actor=desk.manager, now=LATER)
    assert hands(session) == before
    assert act.undone_at is None
    take_book_back(session, book.id, actor=desk.owner, now=LATER)
    session.expire_all()
    take_back(session, her.id, act.id, actor=desk.manager, now=LATER)  # nothing was used up
    session.expire_all()
    assert her.owner_id == desk.manager.id


def test_acts_are_taken_back_in_turn_the_latest_first(session, desk, heir, her):
    first = hand_on(session, her.id, heir.id, actor=desk.lead, now=NOW)
    second = hand_on(session, her.id, desk.lead.id, actor=desk.lead, now=NOW)
    with pytest.raises(HandedSince):
        take_back(session, her.id, first.id, actor=desk.lead, now=LATER)
    assert take_back(session, her.id, None, actor=desk.lead, now=LATER)
    assert second.undone_at == LATER
    assert not take_back(session, her.id, None, actor=desk.lead, now=LATER)
    session.expire_all()
    assert her.owner_id == heir.id
    assert take_back(session, her.id, first.id, actor=desk.lead, now=LATER)
    session.expire_all()
    assert her.owner_id == desk.manager.id


def merged_into_her(session, desk, her):
    other = session.scalars(select(Contact).where(Contact.name == "乙")).one()
    merge(session, Merge(her.id, other.id), actor=desk.owner, now=NOW)
    session.flush()
    return other


@pytest.mark.parametrize("number", [True, False])
def test_who_was_merged_since_stays_with_who_has_her_now(session, desk, heir, her, number):
    other = session.scalars(select(Contact).where(Contact.name == "乙")).one()
    act = hand_on(session, other.id, heir.id, actor=desk.manager, now=NOW)
    merged_into_her(session, desk, her)
    before = hands(session)
    number_of = act.id if number else None
    for one in (other, her):
        with pytest.raises(HandedSince):
            take_back(session, one.id, number_of, actor=desk.manager, now=LATER)
    assert hands(session) == before
    assert act.undone_at is None


@pytest.mark.parametrize("number", [True, False])
def test_handed_on_by_the_page_of_the_merged_one_comes_back_by_it(session, desk, heir, her, number):
    other = merged_into_her(session, desk, her)
    act = hand_on(session, other.id, heir.id, actor=desk.manager, now=NOW)
    number_of = act.id if number else None
    assert take_back(session, other.id, number_of, actor=desk.manager, now=LATER)
    session.expire_all()
    assert her.owner_id == desk.manager.id


def test_who_was_forgotten_is_not_handed_on(session, desk, heir, her):
    anonymise(session, her.id, actor=desk.owner, now=NOW)
    session.flush()
    with pytest.raises(Forgotten):
        hand_on(session, her.id, heir.id, actor=desk.manager, now=LATER)


def answered_by_her(session, desk):
    case = desk.log(NOW, by=desk.lead, channel=Channel.PRIVATE)
    desk.record(case, EventType.ACKNOWLEDGED, NOW)
    other = desk.log(NOW, by=desk.lead, reporter_name="梅子")
    desk.record(other, EventType.ACKNOWLEDGED, NOW, by=desk.lead)
    assert case.assignee_id == desk.manager.id
    return case


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ASSISTANT])
def test_complaints_of_a_store_she_leaves_find_somebody_at_once(session, desk, role):
    case = answered_by_her(session, desk)
    wish = Rights(role, frozenset({desk.other.id}))
    act = change_rights(session, desk.manager.id, wish, actor=desk.owner, now=LATER)
    session.expire_all()
    assert case.assignee_id not in {None, desk.manager.id}
    told = select(Alert.staff_id).where(Alert.dedupe_base.like(f"handed-{case.id}:%"))
    assert session.scalars(told).all() == [case.assignee_id]
    (noted,) = session.scalars(select(HandOverItem)).all()
    assert (noted.thing, noted.subject_id) == (Thing.COMPLAINT, case.id)
    assert (noted.hand_over_id, noted.to_id) == (act.id, case.assignee_id)


def test_complaints_she_still_sees_stay(session, desk):
    case = answered_by_her(session, desk)
    both = Rights(Role.MANAGER, frozenset({desk.store.id, desk.other.id}))
    assert change_rights(session, desk.manager.id, both, actor=desk.owner, now=LATER) is None
    lead = Rights(Role.LEAD, frozenset())
    assert change_rights(session, desk.manager.id, lead, actor=desk.owner, now=LATER) is None
    session.expire_all()
    assert case.assignee_id == desk.manager.id
    assert session.scalars(select(HandOver)).all() == []


def test_lead_who_becomes_manager_keeps_only_her_store(session, desk):
    here = desk.log(NOW, by=desk.owner, reporter_name="何敏")
    there = desk.log(NOW, by=desk.owner, channel=Channel.PRIVATE, store_id=desk.other.id)
    for case in (here, there):
        desk.record(case, EventType.ACKNOWLEDGED, NOW, by=desk.lead)
    wish = Rights(Role.MANAGER, frozenset({desk.store.id}))
    change_rights(session, desk.lead.id, wish, actor=desk.owner, now=LATER)
    session.flush()
    session.expire_all()
    assert here.assignee_id == desk.lead.id
    assert there.assignee_id not in {None, desk.lead.id}


def test_what_only_she_was_told_is_told_to_who_still_sees_it(session, factory, desk):
    duty = Shift(desk.manager.id, DutyRole.DUTY, desk.store.id, None, NOW.date(), 0, 1440)
    add_shifts(session, [duty], actor=desk.owner, now=NOW)
    case = desk.log(NOW - timedelta(minutes=3), by=desk.lead)
    session.commit()
    jobs.climb_ladders(factory, now=lambda: NOW)
    told = select(Alert.staff_id).where(Alert.subject_id == case.id)
    assert set(session.scalars(told)) == {desk.manager.id}
    wish = Rights(Role.MANAGER, frozenset({desk.other.id}))
    change_rights(session, desk.manager.id, wish, actor=desk.owner, now=NOW)
    assert set(session.scalars(told)) == {desk.manager.id, desk.lead.id}


def test_last_owner_stays_owner_and_nothing_moves(session, desk):
    with pytest.raises(LastOwner):
        change_rights(
            session, desk.owner.id, Rights(Role.LEAD, frozenset()), actor=desk.owner, now=LATER
        )
    assert session.scalars(
        select(StaffStore.store_id).where(StaffStore.staff_id == desk.manager.id)
    ).all() == [desk.store.id]
    assert session.scalars(select(Complaint)).all() == []
