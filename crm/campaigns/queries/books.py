"""Whose tasks of which lists are not done yet."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from crm.attention.models import FollowUp
from crm.campaigns.models import Campaign, CampaignMember
from crm.campaigns.rules import Arm, State
from crm.contacts.models import Contact


def open_tasks_of(session: Session, staff_id: int, contact_id: int | None = None) -> list[Row[Any]]:
    """Return a person's tasks: of approved lists all, of issued ones those that wait.

    Only those for one contact if one is named. Each with its contact, store and follow-up, None
    where none was given out yet.
    """
    hers = () if contact_id is None else (CampaignMember.contact_id == contact_id,)
    waits = FollowUp.done_at.is_(None) & FollowUp.cancelled_at.is_(None) & FollowUp.id.is_not(None)
    statement = (
        select(
            CampaignMember.id,
            CampaignMember.contact_id,
            Contact.store_id,
            FollowUp.id.label("follow_up_id"),
        )
        .join(Campaign, Campaign.id == CampaignMember.campaign_id)
        .join(Contact, Contact.id == CampaignMember.contact_id)
        .outerjoin(FollowUp, FollowUp.dedupe_key == CampaignMember.task_key)
        .where(
            CampaignMember.assignee_id == staff_id,
            CampaignMember.arm == Arm.TREATED,
            or_(Campaign.state == State.APPROVED, waits),
            *hers,
        )
        .order_by(CampaignMember.id)
    )
    return list(session.execute(statement))


def follow_ups_of_tasks(session: Session, member_ids: Sequence[int]) -> dict[int, int]:
    """Return the follow-up of each of these tasks that was given out."""
    found: dict[int, int] = {}
    for start in range(0, len(member_ids), 500):
        some = member_ids[start : start + 500]
        rows = session.execute(
            select(CampaignMember.id, FollowUp.id.label("follow_up_id"))
            .join(FollowUp, FollowUp.dedupe_key == CampaignMember.task_key)
            .where(CampaignMember.id.in_(some))
        )
        found.update({row.id: row.follow_up_id for row in rows})
    return found
