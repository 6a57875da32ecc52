"""Repurchase lists: those whose result is known, and the one that waits to be issued."""

from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import insert

from crm.accounts.rules import Actor
from crm.attention import service as attention
from crm.attention.queries import policy
from crm.attention.rules import LogTouch, TouchKind
from crm.campaigns import service
from crm.campaigns.models import Campaign, CampaignMember
from crm.campaigns.rules import Arm, NewCampaign, Purpose, State, held_out, parse_filter
from crm.campaigns.service.wording import binding, copy_findings
from crm.claims.rules import Industry
from crm.contacts import service as contacts
from crm.demo.cast.orders import Sent, moment_of
from crm.demo.seed.stage import Stage
from crm.demo.seed.trade import last_bought
from crm.loyalty.queries import loyal_orders

SALT_TRIES = 100_000
BOUGHT = {"field": "orders_count", "op": ">=", "value": 1}


def _draft(stage: Stage, line: dict[str, Any], at: datetime, **more: Any) -> Campaign:
    command = NewCampaign(
        name=line["name"],
        conditions=parse_filter({"all": more.pop("conditions", [BOUGHT])}),
        copy=line["copy"],
        industry=Industry(stage.story["industry"]),
        **more,
    )
    made = service.create(stage.session, command, actor=stage.owner, now=at)
    stage.session.flush()
    return made


def past_lists(stage: Stage, sent: list[Sent]) -> None:
    """Write the lists that were sent, with the members that make their results exact."""
    for line, one in zip(stage.story.get("past_lists", ()), sent, strict=True):
        at = stage.at("10:00", line["days_ago"])
        campaign = _draft(stage, line, at)
        arms = ((Arm.TREATED, one.treated), (Arm.HOLDOUT, one.held_out))
        members = [(arm, stage.contact_ids[n]) for arm, numbers in arms for n in numbers]
        _freeze(stage, campaign, members, at)


def _freeze(stage: Stage, campaign: Campaign, members: list[tuple[Arm, int]], at: datetime) -> None:
    """Give a past list the members it had, as its approval would have written them."""
    planned_on = at.date()
    stage.session.execute(
        insert(CampaignMember),
        [
            {
                "campaign_id": campaign.id,
                "contact_id": contact_id,
                "arm": arm,
                "assignee_id": stage.known[contact_id].owner_id,
                "planned_on": planned_on,
                "window_ends_on": planned_on + timedelta(days=campaign.attribution_days),
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


def blocked_list(stage: Stage) -> None:
    """Leave a draft whose words may not go out."""
    line = stage.story.get("blocked_list")
    if line:
        _draft(stage, line, stage.ago(days=2))


def ready_list(stage: Stage) -> None:
    """Prepare the people of the list that waits, then draw it up and approve it."""
    line = stage.story.get("ready_list")
    if line is None or stage.share < 1:
        return
    rng = stage.stream("ready list")
    parts = _parts(stage, line, rng)
    summer = [contact_id for part in parts.values() for contact_id in part]
    for contact_id in summer:
        contacts.tag(
            stage.session,
            stage.known[contact_id],
            line["tag"],
            actor=stage.owner,
            now=stage.ago(days=5),
        )
    for contact_id in parts["opted_out"]:
        contact = stage.known[contact_id]
        contacts.do_not_contact(stage.session, contact, actor=stage.owner, now=stage.ago(days=20))
    _use_up_time(stage, parts["time_at_cap"])
    other = line["other_list"]
    at = stage.ago(days=other["days_ago"])
    campaign = _draft(stage, other, at, purpose=Purpose.ARRIVAL)
    _freeze(stage, campaign, [(Arm.TREATED, i) for i in parts["contacted_lately"]], at)
    stage.session.flush()
    salt = _salt(parts["reachable"], line["holdout"])
    _share_out(stage, line, parts["reachable"], salt)
    tag = {"field": "tag", "op": "has", "value": line["tag"]}
    quiet = {"field": "days_since_last_order", "op": ">=", "value": line["days_since"]}
    ready = _draft(stage, line, stage.ago(hours=3), conditions=[BOUGHT, quiet, tag], seed=salt)
    service.approve(stage.session, ready.id, actor=stage.owner, now=stage.ago(hours=1))


def _parts(stage: Stage, line: dict[str, Any], rng: Random) -> dict[str, list[int]]:
    """Choose who matches, and what becomes of each."""
    complaining = [
        stage.people[person["key"]] for person in stage.story["people"] if person.get("summer")
    ]
    by_hand, held = (
        set(stage.people.values()),
        stage.members.get(stage.story["live"]["group"], set()),
    )
    edge = stage.as_of - timedelta(days=line["days_since"] + 1)
    assignees = {stage.actors[login].id for login in line["assigned"]}
    pool = [
        contact_id
        for contact_id, last in sorted(last_bought(stage).items())
        if contact_id not in by_hand
        and contact_id not in held
        and stage.known[contact_id].owner_id in assignees
        and moment_of(last.day, stage.as_of) < edge
    ]
    rng.shuffle(pool)
    parts = {"open_complaint": complaining}
    for name in ("contacted_lately", "time_at_cap", "opted_out"):
        parts[name] = [pool.pop() for _ in range(line[name])]
    left = line["matched"] - sum(map(len, parts.values()))
    parts["reachable"] = sorted(pool.pop() for _ in range(left))
    return parts


def _use_up_time(stage: Stage, contact_ids: list[int]) -> None:
    limits, loyal = policy(stage.session), loyal_orders(stage.session, contact_ids)
    keys = count()
    for contact_id in contact_ids:
        cap = limits.loyal_cap_minutes if contact_id in loyal else limits.cap_minutes
        owner = next(a for a in stage.actors.values() if a.id == stage.known[contact_id].owner_id)
        for part, days_ago in ((cap // 2, 12), (cap - cap // 2, 6)):
            log_touch(stage, contact_id, owner, part, stage.ago(days=days_ago, hours=4), next(keys))


def log_touch(  # noqa: PLR0913  a touch has these parts
    stage: Stage,
    contact_id: int,
    actor: Actor,
    minutes: int,
    at: datetime,
    number: int,
    kind: TouchKind = TouchKind.CHAT,
    note: str = "",
) -> None:
    """Log a touch at the time when it happened."""
    command = LogTouch(contact_id, kind, minutes, at, f"demo-{contact_id}-{number}", note)
    attention.log_touch(stage.session, command, actor=actor, now=at)


def _salt(contact_ids: list[int], wanted: int) -> str:
    """Return a salt with which the draw holds out exactly as many as the story says."""
    for number in range(SALT_TRIES):
        salt = f"summer-{number}"
        if sum(held_out(salt, contact_id, 20) for contact_id in contact_ids) == wanted:
            return salt
    raise LookupError("no salt gives the hold-out of the story")


def _share_out(stage: Stage, line: dict[str, Any], contact_ids: list[int], salt: str) -> None:
    """Hand contacts over until each manager has as many to contact as the story says."""
    treated = [i for i in contact_ids if not held_out(salt, i, 20)]
    wanted = {stage.actors[login].id: n for login, n in line["assigned"].items()}
    have: dict[int, list[int]] = {staff_id: [] for staff_id in wanted}
    for contact_id in treated:
        have[stage.known[contact_id].owner_id or 0].append(contact_id)
    spare = [i for staff_id, n in wanted.items() for i in have[staff_id][n:]]
    homes = {
        stage.actors[s["login"]].id: stage.stores[s["owns"]].id
        for s in stage.story["staff"]
        if s["login"] in line["assigned"]
    }
    for staff_id, n in wanted.items():
        for _ in range(n - len(have[staff_id][:n])):
            contact = stage.known[spare.pop()]
            contact.owner_id = staff_id
            contact.store_id = homes[staff_id]
    stage.session.flush()
