"""Repurchase lists: those that were sent, one that is blocked, one that waits to be issued."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from crm.campaigns import service
from crm.campaigns.models import Campaign, CampaignMember
from crm.campaigns.rules import (
    HOLDOUT_DEFAULT,
    Arm,
    NewCampaign,
    Purpose,
    State,
    held_out,
    parse_filter,
)
from crm.campaigns.service.wording import binding, copy_findings
from crm.claims.rules import Industry
from crm.contacts import service as contacts
from crm.contacts.queries import contact_for_update
from crm.demo.cast.lists import Sent
from crm.demo.seed import book, suppressed
from crm.demo.seed.stage import Stage

SALT_TRIES = 100_000
BOUGHT = {"field": "orders_count", "op": ">=", "value": 1}


def past_lists(stage: Stage, sent: list[Sent]) -> None:
    """Write the lists that were sent, with the members that make their results exact."""
    for line, one in zip(stage.story.get("past_lists", ()), sent, strict=True):
        at = stage.at("10:00", line["days_ago"])
        arms = ((Arm.TREATED, one.treated), (Arm.HOLDOUT, one.held_out))
        members = [(arm, stage.contact_ids[n]) for arm, numbers in arms for n in numbers]
        _issued(stage, line, members, at)


def blocked_list(stage: Stage) -> None:
    """Leave a draft whose words may not go out."""
    line = stage.story.get("blocked_list")
    if line:
        _draft(stage, line, stage.ago(days=2))


def ready_list(stage: Stage) -> None:
    """Prepare the people of the list that waits, then draw it up and approve it."""
    line = stage.story.get("ready_list")
    if line is None:
        return
    parts = suppressed.parts(stage, line)
    summer = sorted(contact_id for part in parts.values() for contact_id in part)
    tagged_at, asked_at = stage.ago(days=5), stage.ago(days=20)
    book.tag_contacts(stage.session, summer, line["tag"], actor=stage.owner, at=tagged_at)
    for contact_id in parts["opted_out"]:
        contact = contact_for_update(stage.session, contact_id, stage.owner)
        contacts.do_not_contact(stage.session, contact, actor=stage.owner, now=asked_at)
    suppressed.use_up_time(stage, parts["time_at_cap"])
    lately = [(Arm.TREATED, contact_id) for contact_id in parts["contacted_lately"]]
    for other in line["other_lists"]:
        _issued(stage, other, lately, stage.ago(days=other["days_ago"]))
    salt = _salt(parts["reachable"], stage.scaled(line["holdout"]))
    suppressed.share_out(stage, line, [i for i in parts["reachable"] if not _stays(salt, i)])
    tag = {"field": "tag", "op": "has", "value": line["tag"]}
    quiet = {"field": "days_since_last_order", "op": ">=", "value": line["days_since"]}
    ready = _draft(stage, line, stage.ago(hours=3), conditions=[BOUGHT, quiet, tag], seed=salt)
    service.approve(stage.session, ready.id, actor=stage.owner, now=stage.ago(minutes=2))


def _salt(contact_ids: list[int], wanted: int) -> str:
    """Return a salt with which the draw holds out exactly as many as the story says."""
    for number in range(SALT_TRIES):
        salt = f"summer-{number}"
        if sum(_stays(salt, contact_id) for contact_id in contact_ids) == wanted:
            return salt
    raise LookupError("no salt gives the hold-out of the story")


def _stays(salt: str, contact_id: int) -> bool:
    return held_out(salt, contact_id, HOLDOUT_DEFAULT)


def _draft(
    stage: Stage,
    line: dict[str, Any],
    at: datetime,
    *,
    conditions: list[dict[str, Any]] | None = None,
    seed: str | None = None,
) -> Campaign:
    command = NewCampaign(
        name=line["name"],
        conditions=parse_filter({"all": conditions or [BOUGHT]}),
        copy=line["copy"],
        industry=Industry(stage.story["industry"]),
        purpose=Purpose(line.get("purpose", Purpose.REPURCHASE.value)),
        seed=seed or f"{stage.seed}-{line['name']}",
    )
    made = service.create(stage.session, command, actor=stage.owner, now=at)
    stage.session.flush()
    return made


def _issued(
    stage: Stage, line: dict[str, Any], members: list[tuple[Arm, int]], at: datetime
) -> None:
    """Write a list of the past with the members it had, as approval and issue wrote them."""
    campaign = _draft(stage, line, at)
    stage.session.execute(
        insert(CampaignMember),
        [
            {
                "campaign_id": campaign.id,
                "contact_id": contact_id,
                "arm": arm,
                "assignee_id": stage.known[contact_id].owner_id,
                "planned_on": at.date(),
                "window_ends_on": at.date() + timedelta(days=campaign.attribution_days),
                "orders_count": 1,
            }
            for arm, contact_id in members
        ],
    )
    findings = copy_findings(stage.session, campaign)  # reads, so before the row is half written
    campaign.copy_hash = binding(campaign, findings)
    campaign.approved_at, campaign.approved_by = at, stage.owner.id
    campaign.state, campaign.issued_at = State.ISSUED, at
    stage.session.flush()
