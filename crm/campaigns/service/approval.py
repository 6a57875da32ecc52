"""Freeze a list and give out its tasks."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, insert, literal, update
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention.rules import FollowUpReason, NewFollowUp
from crm.attention.service import add_follow_ups
from crm.audit.service import record
from crm.campaigns import queries
from crm.campaigns.models import Campaign, CampaignMember
from crm.campaigns.queries import Audience, Person, Status
from crm.campaigns.rules import MINUTES_A_PERSON, Arm, ListFrozen, State
from crm.campaigns.service.wording import binding, copy_findings, refuse_bad_copy
from crm.contacts.queries import led_to

_ARMS = {Status.REACHABLE: Arm.TREATED, Status.HELD_OUT: Arm.HOLDOUT, Status.SUPPRESSED: None}
INSERT_BATCH = 1_000


def approve(session: Session, campaign_id: int, *, actor: Actor, now: datetime) -> Campaign:
    """Freezes who is on the list. Raises CopyRefused, and ListFrozen the second time."""
    queries.lock_approvals(session)
    campaign = queries.campaign_for_update(session, campaign_id, actor)
    if campaign.state is not State.DRAFT:
        raise ListFrozen
    _approve(session, campaign, actor=actor, now=now)
    return campaign


def freeze(session: Session, campaign_id: int, *, actor: Actor, now: datetime) -> Campaign:
    """Returns an approved list: a draft is approved first. Raises CopyRefused.

    The lock on approvals comes first, as everywhere: two pages at once wait, and none gets stuck.
    """
    queries.lock_approvals(session)
    campaign = queries.campaign_for_update(session, campaign_id, actor)
    if campaign.state is State.DRAFT:
        _approve(session, campaign, actor=actor, now=now)
    return campaign


def _approve(session: Session, campaign: Campaign, *, actor: Actor, now: datetime) -> None:
    findings = copy_findings(session, campaign)
    refuse_bad_copy(campaign, findings)
    audience = queries.audience(session, campaign, now=now)
    _freeze(session, campaign, audience)
    campaign.state = State.APPROVED
    campaign.approved_at, campaign.approved_by = now, actor.id
    campaign.copy_hash = binding(campaign, findings)
    session.flush()  # who reads the list next in this transaction reads the frozen one
    record(
        session,
        "campaign.approved",
        subject=f"campaign:{campaign.id}",
        actor=actor,
        now=now,
        after={"reachable": audience.reachable, "held_out": audience.held_out},
    )


def _freeze(session: Session, campaign: Campaign, audience: Audience) -> None:
    # Whom somebody is merging at this moment is frozen by neither of her names.
    leads = led_to(session, (person.contact_id for person in audience.people))
    stand = [one for one in audience.people if leads[one.contact_id] == one.contact_id]
    rows = [_member_row(campaign, person) for person in stand]
    for start in range(0, len(rows), INSERT_BATCH):
        session.execute(insert(CampaignMember), rows[start : start + INSERT_BATCH])


def _member_row(campaign: Campaign, person: Person) -> dict[str, Any]:
    window = timedelta(days=campaign.attribution_days)
    return {
        "campaign_id": campaign.id,
        "contact_id": person.contact_id,
        "arm": _ARMS[person.status],
        "reason": person.skip.reason if person.skip else None,
        "reason_until": person.skip.until if person.skip else None,
        "assignee_id": person.assignee_id,
        "planned_on": person.planned_on,
        "window_ends_on": person.planned_on + window if person.planned_on else None,
        "orders_count": person.orders_count,
        "last_order_on": person.last_order_on,
    }


def issue(session: Session, campaign_id: int, *, actor: Actor, now: datetime) -> Campaign:
    """Gives out the tasks of an approved list; approves a draft first. Twice changes nothing.

    Raises CopyRefused for a draft whose copy may not go out.
    """
    campaign = freeze(session, campaign_id, actor=actor, now=now)
    if campaign.state is State.ISSUED:
        return campaign
    audience = queries.audience(session, campaign, now=now)
    tasks = [_task(campaign, person) for person in audience.of(Status.REACHABLE)]
    _name_tasks(session, campaign.id)
    add_follow_ups(session, tasks, now=now)
    campaign.state, campaign.issued_at = State.ISSUED, now
    subject = f"campaign:{campaign.id}"
    after = {"tasks": len(tasks)}
    record(session, "campaign.issued", subject=subject, actor=actor, now=now, after=after)
    return campaign


def _name_tasks(session: Session, campaign_id: int) -> None:
    """Writes the key of her task to each member; for who is held meanwhile there is no task."""
    key = literal(_task_key(campaign_id, "")) + cast(CampaignMember.contact_id, String)
    session.execute(
        update(CampaignMember)
        .where(CampaignMember.campaign_id == campaign_id, CampaignMember.arm == Arm.TREATED)
        .values(task_key=key)
    )


def _task_key(campaign_id: int, contact_id: int | str) -> str:
    return f"campaign:{campaign_id}:{contact_id}"


def _task(campaign: Campaign, person: Person) -> NewFollowUp:
    assert person.planned_on is not None  # noqa: S101  whoever is reachable has a day
    return NewFollowUp(
        contact_id=person.contact_id,
        staff_id=person.assignee_id,
        due_on=person.planned_on,
        reason=FollowUpReason.CAMPAIGN,
        dedupe_key=_task_key(campaign.id, person.contact_id),
        words={"name": campaign.name},
        minutes=MINUTES_A_PERSON,
    )
