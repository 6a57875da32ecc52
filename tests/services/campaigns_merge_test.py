"""A person who was two contacts on one list counts once; drawn into both arms, in neither."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.attention.models import FollowUp
from crm.campaigns import queries, service
from crm.campaigns.models import CampaignMember
from crm.campaigns.rules import Arm, Door, Reason, Seat, seat_of
from crm.lifecycle.rules.merging import Merge
from crm.lifecycle.service import merging
from tests.conftest import NOW
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_contact
from tests.factories.stores import actor_of, make_shop, make_staff, make_store

LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("own", "other", "seat"),
    [
        (Arm.TREATED, Arm.TREATED, Seat.OWN),
        (Arm.HOLDOUT, Arm.HOLDOUT, Seat.OWN),
        (Arm.TREATED, Arm.HOLDOUT, Seat.NEITHER),
        (Arm.HOLDOUT, Arm.TREATED, Seat.NEITHER),
        (Arm.TREATED, None, Seat.OWN),
        (None, Arm.HOLDOUT, Seat.OTHER),
        (None, None, Seat.OWN),
    ],
)
def test_seat_is_that_of_the_draw_and_none_where_both_arms_drew_her(own, other, seat) -> None:
    assert seat_of(own, other) is seat


@pytest.fixture
def issued(session: Session):
    """An issued list of twenty, half of them held out."""
    make_shop(session)
    store = make_store(session)
    owner = actor_of(session, make_staff(session, Role.OWNER))
    for number in range(20):
        make_contact(session, f"客{number}", store=store)
    campaign = make_campaign(session, owner, ("orders_count", ">=", 0), holdout_percent=50)
    service.issue(session, campaign.id, actor=owner, now=NOW)
    session.flush()
    return campaign, owner


def _members(session: Session, campaign, arm: Arm) -> list[CampaignMember]:
    return list(
        session.scalars(
            select(CampaignMember)
            .where(CampaignMember.campaign_id == campaign.id, CampaignMember.arm == arm)
            .order_by(CampaignMember.id)
        )
    )


def _sides(session: Session, campaign) -> tuple[int, int]:
    got = queries.results(session, campaign.id, today=NOW.date())
    return got.treated.people, got.holdout.people


def _merge(session: Session, kept: int, other: int, owner) -> int:
    made = merging.merge(session, Merge(kept, other), actor=owner, now=LATER)
    session.expire_all()
    return made.id


@pytest.mark.parametrize("kept_arm", [Arm.TREATED, Arm.HOLDOUT])
def test_who_was_in_both_arms_counts_in_neither_and_is_not_exported(
    session: Session, issued, kept_arm: Arm
) -> None:
    campaign, owner = issued
    treated, held = (_members(session, campaign, arm) for arm in (Arm.TREATED, Arm.HOLDOUT))
    pair = (treated[0].contact_id, held[0].contact_id)
    kept, other = pair if kept_arm is Arm.TREATED else pair[::-1]
    before = _sides(session, campaign)
    merge_id = _merge(session, kept, other, owner)
    assert _sides(session, campaign) == (before[0] - 1, before[1] - 1)
    audience = queries.audience(session, campaign, now=LATER)
    assert audience.matched == 19
    assert [one.contact_id for one in audience.left_out_for(Reason.IN_BOTH_ARMS)] == [kept]
    rows = service.export(session, campaign.id, actor=owner, now=LATER, door=Door.PAGE)
    assert not {row.contact_id for row in rows} & set(pair)
    open_tasks = select(FollowUp.contact_id).where(FollowUp.cancelled_at.is_(None))
    assert not set(session.scalars(open_tasks)) & set(pair)
    merging.undo(session, merge_id, actor=owner, now=LATER)
    session.expire_all()
    assert _sides(session, campaign) == before
    assert treated[0].contact_id in session.scalars(open_tasks).all()


def test_two_of_one_arm_count_once_and_leave_one_task(session: Session, issued) -> None:
    campaign, owner = issued
    first, second, *_others = _members(session, campaign, Arm.TREATED)
    kept, other = first.contact_id, second.contact_id
    before = _sides(session, campaign)
    _merge(session, kept, other, owner)
    assert _sides(session, campaign) == (before[0] - 1, before[1])
    tasks = select(FollowUp.dedupe_key).where(
        FollowUp.contact_id == kept, FollowUp.cancelled_at.is_(None)
    )
    assert session.scalars(tasks).all() == [f"campaign:{campaign.id}:{kept}"]


def test_who_was_left_out_takes_the_place_of_her_other_entry(session: Session, issued) -> None:
    campaign, owner = issued
    drawn = _members(session, campaign, Arm.TREATED)[0]
    out = _members(session, campaign, Arm.HOLDOUT)[0]
    out.arm = out.planned_on = out.window_ends_on = None
    out.reason = Reason.OPTED_OUT
    session.flush()
    key, kept = drawn.task_key, out.contact_id
    before = _sides(session, campaign)
    merge_id = _merge(session, kept, drawn.contact_id, owner)
    assert _sides(session, campaign) == before
    assert (out.arm, out.reason, out.task_key) == (Arm.TREATED, None, key)
    merging.undo(session, merge_id, actor=owner, now=LATER)
    session.expire_all()
    assert (out.arm, out.reason, out.task_key) == (None, Reason.OPTED_OUT, None)
    assert drawn.task_key == key
