"""A book is handed over with a result for each thing, and back; who leaves answers for nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.accounts import queries as accounts
from crm.accounts.models import ApiToken, Staff
from crm.accounts.rules import LastOwner, OwnSelf, Role, Scope
from crm.accounts.service import make_link, make_token, start_session
from crm.alerts.models import Alert
from crm.attention.models import FollowUp
from crm.campaigns.models import CampaignMember
from crm.campaigns.service import approve, issue
from crm.complaints import jobs
from crm.complaints.models import Complaint, ComplaintEvent
from crm.complaints.rules.words import Channel, EventType, State
from crm.complaints.service import undo
from crm.contacts.models import Contact
from crm.groups.models import ChatGroup
from crm.lifecycle.models import HandOverItem
from crm.lifecycle.queries.leaving import people, sums
from crm.lifecycle.rules.leaving import Back, NobodyThere, Obstacle, Rights, Thing, Wish
from crm.lifecycle.service.leaving import change_rights, end_access, hand_over, let_in_again
from crm.lifecycle.service.returning import take_back
from crm.stores.models import DutyShift
from crm.stores.rules.roster import DutyRole, Shift
from crm.stores.service import add_shifts
from tests.conftest import NOW
from tests.factories.attention import make_follow_up, make_touch
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_contact, make_noise
from tests.factories.groups import make_group
from tests.factories.stores import actor_of, make_staff, make_store

E = EventType
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def book(session, desk):
    """Three of hers, one of a colleague's, one of another store."""
    mine = [make_contact(session, name, store=desk.store, actor=desk.manager) for name in "甲乙丙"]
    make_contact(session, "丁", store=desk.other, actor=desk.stranger)
    make_noise(session)
    return mine


def owners(session):
    session.expire_all()
    return dict(session.execute(select(Contact.name, Contact.owner_id)).all())


def outcomes(session, act, thing):
    rows = session.scalars(
        select(HandOverItem).where(HandOverItem.hand_over_id == act.id, HandOverItem.thing == thing)
    )
    return {row.subject_id: row.to_id or row.obstacle for row in rows}


def test_everything_in_hand_goes_to_one_person_with_a_result_for_each(session, desk, heir, book):
    theirs = make_follow_up(session, book[0], desk.stranger.id)
    mine = make_follow_up(session, book[0], desk.manager.id)
    done = make_follow_up(session, book[1], desk.manager.id)
    make_touch(session, book[1], actor=desk.manager, follow_up_id=done.id)
    group = make_group(session, name="老粉 9 群", store=desk.store, owner_id=desk.manager.id)
    complaint = desk.log(NOW, by=desk.lead)
    desk.record(complaint, E.ACKNOWLEDGED, NOW)
    other = desk.log(NOW, by=desk.lead, reporter_name="梅子")
    desk.record(other, E.ACKNOWLEDGED, NOW, by=desk.lead)
    act = hand_over(session, desk.manager.id, Wish(heir.id), actor=desk.owner, now=LATER)
    assert [owners(session)[name] for name in "甲乙丙丁"] == [heir.id] * 3 + [desk.stranger.id]
    assert outcomes(session, act, Thing.CONTACT) == {one.id: heir.id for one in book}
    assert outcomes(session, act, Thing.FOLLOW_UP) == {mine.id: heir.id}
    assert outcomes(session, act, Thing.GROUP) == {group.id: heir.id}
    assert outcomes(session, act, Thing.COMPLAINT) == {complaint.id: heir.id}
    assert session.get_one(ChatGroup, group.id).owner_id == heir.id
    assert session.get_one(FollowUp, done.id).staff_id == desk.manager.id
    assert session.get_one(FollowUp, theirs.id).staff_id == desk.stranger.id
    assert session.get_one(Complaint, other.id).assignee_id == desk.lead.id
    case = session.get_one(Complaint, complaint.id)
    assert (case.assignee_id, case.state) == (heir.id, State.OPEN)
    told = select(Alert.staff_id).where(Alert.dedupe_base.like(f"handed-{complaint.id}:%"))
    assert session.scalars(told).all() == [heir.id]


def test_tasks_of_lists_go_where_the_contact_goes(session, desk, heir, book):
    issued = make_campaign(session, desk.lead, ("orders_count", ">=", 0))
    approve(session, issued.id, actor=desk.lead, now=NOW)
    issue(session, issued.id, actor=desk.lead, now=NOW)
    first = session.scalars(
        select(FollowUp).where(FollowUp.contact_id == book[0].id).order_by(FollowUp.id)
    ).one()
    make_touch(session, book[0], actor=desk.manager, follow_up_id=first.id)
    act = hand_over(session, desk.manager.id, Wish(heir.id), actor=desk.owner, now=LATER)
    members = dict(
        session.execute(select(CampaignMember.contact_id, CampaignMember.assignee_id)).all()
    )
    assert members[book[0].id] == desk.manager.id  # done: it stays with who did it
    assert {members[book[1].id], members[book[2].id]} == {heir.id}
    waiting = select(FollowUp.staff_id).where(FollowUp.contact_id.in_([book[1].id, book[2].id]))
    assert set(session.scalars(waiting)) == {heir.id}
    assert len(outcomes(session, act, Thing.TASK)) == 2
    assert outcomes(session, act, Thing.FOLLOW_UP) == {}
    take_back(session, act.id, actor=desk.owner, now=LATER)
    session.expire_all()
    assert set(session.scalars(waiting)) == {desk.manager.id}


def test_spread_by_store_goes_round_and_says_who_could_not_take(session, desk, heir, book):
    second = make_staff(session, Role.MANAGER, desk.store, name="孙怡")
    elsewhere = make_contact(session, "戊", store=desk.other, actor=desk.manager)
    left = make_contact(session, "己", store=make_store(session, "第三家店"), actor=desk.manager)
    wish = Wish(by_store={desk.store.id: None, desk.other.id: heir.id})
    act = hand_over(session, desk.manager.id, wish, actor=desk.owner, now=LATER)
    found = outcomes(session, act, Thing.CONTACT)
    turns = [found[one.id] for one in book]
    assert sorted(turns) == sorted([heir.id, second.id, heir.id])
    assert found[elsewhere.id] is Obstacle.NOT_HERE
    assert found[left.id] is Obstacle.NOT_CHOSEN
    assert owners(session)["戊"] == owners(session)["己"] == desk.manager.id
    rows = {row.name: row.to_name or row.obstacle for row in people(session, act.id, after=0)}
    assert rows["戊"] is Obstacle.NOT_HERE
    assert {rows[name] for name in "甲乙丙"} == {"陈芳", "孙怡"}
    assert sum(one.count for one in sums(session, act.id)) == 5


def test_undo_gives_back_what_nobody_changed_and_names_the_rest(session, desk, heir, book):
    waits = make_follow_up(session, book[0], desk.manager.id)
    done = make_follow_up(session, book[1], desk.manager.id)
    case, taken = desk.log(NOW), desk.log(NOW, reporter_name="梅子")
    for one in (case, taken):
        desk.record(one, E.ACKNOWLEDGED, NOW)
    act = hand_over(session, desk.manager.id, Wish(heir.id), actor=desk.owner, now=LATER)
    make_touch(session, book[1], actor=actor_of(session, heir), follow_up_id=done.id)
    desk.record(taken, E.ACKNOWLEDGED, LATER, by=actor_of(session, heir))
    session.get_one(Contact, book[2].id).owner_id = desk.lead.id
    session.flush()
    take_back(session, act.id, actor=desk.owner, now=LATER)
    take_back(session, act.id, actor=desk.owner, now=LATER)  # a second tap
    assert (
        owners(session).items()
        >= {"甲": desk.manager.id, "乙": desk.manager.id, "丙": desk.lead.id}.items()
    )
    assert session.get_one(FollowUp, waits.id).staff_id == desk.manager.id
    assert session.get_one(FollowUp, done.id).staff_id == heir.id
    assert session.get_one(Complaint, case.id).assignee_id == desk.manager.id
    assert session.get_one(Complaint, taken.id).assignee_id == heir.id
    backs = select(HandOverItem.thing, HandOverItem.subject_id, HandOverItem.back).where(
        HandOverItem.back == Back.CHANGED
    )
    assert {row[:2] for row in session.execute(backs)} == {
        (Thing.CONTACT, book[2].id),
        (Thing.FOLLOW_UP, done.id),
        (Thing.COMPLAINT, taken.id),
    }


def managing(*stores):
    return Rights(Role.MANAGER, frozenset(store.id for store in stores))


def test_things_of_a_store_she_sees_no_more_stay_and_say_so(session, desk, heir, book):
    for one in (desk.manager.id, heir.id):
        change_rights(session, one, managing(desk.store, desk.other), actor=desk.owner, now=NOW)
    there = make_contact(session, "戊", store=desk.other, actor=desk.manager)
    listed = make_campaign(session, desk.lead, ("orders_count", ">=", 0))
    approve(session, listed.id, actor=desk.lead, now=NOW)
    planned = [make_follow_up(session, one, desk.manager.id) for one in (book[0], there)]
    groups = [
        make_group(session, name=store.name, store=store, owner_id=desk.manager.id)
        for store in (desk.store, desk.other)
    ]
    act = hand_over(session, desk.manager.id, Wish(heir.id), actor=desk.owner, now=NOW)
    change_rights(session, desk.manager.id, managing(desk.other), actor=desk.owner, now=NOW)
    take_back(session, act.id, actor=desk.owner, now=LATER)
    whose = {**dict.fromkeys("甲乙丙", heir.id), "戊": desk.manager.id}
    assert owners(session).items() >= whose.items()
    assert [one.staff_id for one in planned] == [heir.id, desk.manager.id]
    assert [one.owner_id for one in groups] == [heir.id, desk.manager.id]
    tasks = select(Contact.name, CampaignMember.assignee_id).join(Contact)
    assert dict(session.execute(tasks).all()).items() >= whose.items()
    came = {(one.thing, one.back): one.count for one in sums(session, act.id)}
    assert came == {
        (Thing.CONTACT, Back.OUT_OF_REACH): 3,
        (Thing.CONTACT, Back.RETURNED): 1,
        (Thing.TASK, Back.OUT_OF_REACH): 3,
        (Thing.TASK, Back.RETURNED): 1,
        (Thing.FOLLOW_UP, Back.OUT_OF_REACH): 1,
        (Thing.FOLLOW_UP, Back.RETURNED): 1,
        (Thing.GROUP, Back.OUT_OF_REACH): 1,
        (Thing.GROUP, Back.RETURNED): 1,
    }


def test_whoever_is_disabled_gets_nothing_and_gets_nothing_back(session, desk, heir, book):
    gone = make_staff(session, Role.MANAGER, desk.store, name="赵敏")
    end_access(session, gone.id, None, actor=desk.owner, now=NOW)
    with pytest.raises(NobodyThere):
        hand_over(session, desk.manager.id, Wish(gone.id), actor=desk.owner, now=NOW)
    with pytest.raises(NobodyThere):
        hand_over(session, desk.manager.id, Wish(desk.manager.id), actor=desk.owner, now=NOW)
    act = hand_over(session, desk.manager.id, Wish(heir.id), actor=desk.owner, now=NOW)
    end_access(session, desk.manager.id, None, actor=desk.owner, now=NOW)
    with pytest.raises(NobodyThere):
        take_back(session, act.id, actor=desk.owner, now=LATER)
    assert owners(session)["甲"] == heir.id
    let_in_again(session, desk.manager.id, actor=desk.owner, now=LATER)
    take_back(session, act.id, actor=desk.owner, now=LATER)
    assert owners(session)["甲"] == desk.manager.id


def test_end_of_access_ends_sessions_links_and_tokens(session, desk):
    staff = desk.staff["manager"]
    token = start_session(session, staff, now=NOW)
    link = make_link(session, staff, actor=desk.owner, now=NOW)
    secret = make_token(session, staff, "till", Scope.WRITE, actor=desk.owner, now=NOW)
    theirs = make_token(session, desk.staff["lead"], "till", Scope.READ, actor=None, now=NOW)
    session.flush()
    end_access(session, staff.id, None, actor=desk.owner, now=LATER)
    session.flush()
    assert accounts.actor_of_session(session, token, LATER) is None
    let_in_again(session, staff.id, actor=desk.owner, now=LATER)
    session.flush()
    assert accounts.actor_of_session(session, token, LATER) is None
    assert accounts.token_by_secret(session, secret) is None
    assert accounts.token_by_secret(session, theirs) is not None
    assert accounts.link_for_update(session, link).spent_at is not None
    assert session.scalar(select(func.count(ApiToken.id))) == 2
    assert accounts.actor_of_staff(session, staff.id) is not None


def test_open_complaints_find_who_is_on_duty_and_contacts_wait(session, desk, heir, book):
    add_shifts(
        session,
        [Shift(heir.id, DutyRole.DUTY, desk.store.id, None, NOW.date(), 0, 1440)],
        actor=desk.owner,
        now=NOW,
    )
    mine, waiting, over = (
        desk.log(NOW, channel=Channel.PRIVATE, reporter_name=str(n)) for n in range(3)
    )
    for one in (mine, waiting, over):
        desk.record(one, E.ACKNOWLEDGED, NOW)
    desk.record(waiting, E.PRIVATE_REPLY, NOW)
    desk.record(over, E.PRIVATE_REPLY, NOW)
    desk.record(over, E.RESOLUTION_OFFERED, NOW)
    desk.record(over, E.CUSTOMER_CONFIRMED, NOW)
    act = end_access(session, desk.manager.id, None, actor=desk.owner, now=LATER)
    again = end_access(session, desk.manager.id, None, actor=desk.owner, now=LATER)
    assert again.id == act.id
    session.expire_all()
    assert {one.id: one.assignee_id for one in session.scalars(select(Complaint))} == {
        mine.id: heir.id,
        waiting.id: heir.id,
        over.id: desk.manager.id,  # closed: history
    }
    assert session.get_one(Complaint, waiting.id).state is State.ANSWERED
    assert owners(session)["甲"] == desk.manager.id
    assert outcomes(session, act, Thing.CONTACT) == {}
    hand_over(session, desk.manager.id, Wish(heir.id), actor=desk.owner, now=LATER)
    assert owners(session)["甲"] == heir.id


def test_book_goes_with_the_end_of_access_if_wished(session, desk, heir, book):
    complaint = desk.log(NOW)
    desk.record(complaint, E.ACKNOWLEDGED, NOW)
    act = end_access(session, desk.manager.id, Wish(heir.id), actor=desk.owner, now=LATER)
    assert {owners(session)[name] for name in "甲乙丙"} == {heir.id}
    assert session.get_one(Complaint, complaint.id).assignee_id == heir.id
    assert act.is_leaving


def test_complaint_finds_somebody_where_the_heir_cannot_see_it(session, desk, heir):
    far = desk.log(NOW, by=desk.stranger, store_id=desk.other.id, channel=Channel.PRIVATE)
    desk.record(far, E.ACKNOWLEDGED, NOW, by=desk.lead)
    another = make_staff(session, Role.LEAD, name="第二值班")
    end_access(session, desk.lead.id, Wish(heir.id), actor=desk.owner, now=LATER)
    session.expire_all()
    assert session.get_one(Complaint, far.id).assignee_id == another.id


def test_what_only_she_was_told_is_told_to_who_is_here(session, factory, desk):
    duty = Shift(desk.manager.id, DutyRole.DUTY, desk.store.id, None, NOW.date(), 0, 1440)
    add_shifts(session, [duty], actor=desk.owner, now=NOW)
    complaint = desk.log(NOW - timedelta(minutes=3), by=desk.lead)
    session.commit()
    jobs.climb_ladders(factory, now=lambda: NOW)
    told = select(Alert.staff_id).where(Alert.subject_id == complaint.id)
    assert set(session.scalars(told)) == {desk.manager.id}
    end_access(session, desk.manager.id, None, actor=desk.owner, now=NOW)
    assert set(session.scalars(told)) == {desk.manager.id, desk.lead.id}
    session.expire_all()
    assert session.scalars(select(DutyShift.removed_at)).one() == NOW
    let_in_again(session, desk.manager.id, actor=desk.owner, now=LATER)
    session.expire_all()
    assert session.scalars(select(DutyShift.removed_at)).one() is None


@pytest.mark.parametrize("how", ["reopened", "undone"])
def test_what_comes_back_to_her_goes_to_who_is_here(session, desk, how):
    complaint = desk.log(NOW, channel=Channel.PRIVATE)
    desk.record(complaint, E.ACKNOWLEDGED, NOW)
    if how == "reopened":
        for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
            desk.record(complaint, kind, NOW)
    end_access(session, desk.manager.id, None, actor=desk.owner, now=LATER)
    session.expire_all()
    complaint = session.get_one(Complaint, complaint.id)
    if how == "reopened":
        assert complaint.assignee_id == desk.manager.id
        desk.record(complaint, E.REOPENED, LATER, by=desk.owner)
    else:
        last = select(func.max(ComplaintEvent.seq)).where(
            ComplaintEvent.complaint_id == complaint.id
        )
        undo(session, complaint, session.scalar(last), actor=desk.owner, now=LATER)
    session.expire_all()
    assert session.get_one(Complaint, complaint.id).assignee_id == desk.lead.id


def test_nobody_ends_her_own_access_nor_that_of_the_last_owner(session, desk):
    with pytest.raises(OwnSelf):
        end_access(session, desk.owner.id, None, actor=desk.owner, now=NOW)
    with pytest.raises(LastOwner):
        end_access(session, desk.owner.id, None, actor=desk.lead, now=NOW)
    assert session.get_one(Staff, desk.owner.id).disabled_at is None
