"""What keeps people out of a list, read for all of them at once and never written upward.

A complaint that opens now is seen by the next reading, in whatever transaction it was opened.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm.attention.models import FollowUp, Touch
from crm.attention.queries import allowances
from crm.attention.rules import CHARGED, WINDOW, window_start
from crm.attention.rules import State as TimeState
from crm.campaigns.models import Campaign, CampaignMember
from crm.campaigns.rules import (
    REACH,
    SEND_FROM,
    Arm,
    Purpose,
    Reason,
    Skip,
    Standing,
    State,
    time_frees_on,
)
from crm.complaints.queries import group_holds, holds, onlooker_holds
from crm.complaints.rules.commands import Hold, HoldReason
from crm.groups.models import GroupMember
from crm.i18n import fmt

BATCH = 5_000
"""Ids in one statement: SQLite binds at most 32,766 values."""
ATTRIBUTION_MOST = timedelta(days=90)

_ON_OTHER_LISTS = (
    select(
        CampaignMember.contact_id,
        CampaignMember.arm,
        CampaignMember.planned_on,
        CampaignMember.window_ends_on,
        Campaign.purpose,
        Campaign.approved_at,
        FollowUp.done_at,
    )
    .join(Campaign, Campaign.id == CampaignMember.campaign_id)
    .outerjoin(FollowUp, FollowUp.dedupe_key == CampaignMember.task_key)
    .where(
        CampaignMember.contact_id.in_(bindparam("ids", expanding=True)),
        CampaignMember.planned_on >= bindparam("since"),
        Campaign.id != bindparam("campaign_id"),
        Campaign.state != State.DRAFT,
    )
)
_GROUPS = (
    select(GroupMember.contact_id, GroupMember.group_id)
    .where(
        GroupMember.contact_id.in_(bindparam("ids", expanding=True)),
        GroupMember.left_at.is_(None),
    )
    .distinct()
)
_TIME_SPENT = (
    select(Touch.contact_id, Touch.happened_at, Touch.seconds)
    .where(
        Touch.contact_id.in_(bindparam("ids", expanding=True)),
        Touch.happened_at > bindparam("since"),
        Touch.topic.in_(CHARGED),
        Touch.undone_at.is_(None),
    )
    .order_by(Touch.happened_at)
)


@dataclass
class _Lists:
    """What other lists do with one person."""

    sends: list[datetime] = field(default_factory=list)
    same_purpose: list[datetime] = field(default_factory=list)
    until: date | None = None


@dataclass(frozen=True)
class Asked:
    """A person as the matching statement gives her."""

    contact_id: int
    opted_out: bool
    last_order_on: date | None


def standings(
    session: Session,
    people: Sequence[Asked],
    *,
    campaign_id: int,
    purpose: Purpose,
    now: datetime,
) -> dict[int, Standing]:
    """How each of these people stands; the list itself does not count against her."""
    found: dict[int, Standing] = {}
    for batch in _batches(people):
        ids = [person.contact_id for person in batch]
        held = _held(session, ids, now=now)
        lists = _other_lists(session, ids, campaign_id=campaign_id, purpose=purpose, now=now)
        at_cap = _time_at_cap(session, ids, now=now)
        for person in batch:
            on = lists.get(person.contact_id, _Lists())
            found[person.contact_id] = Standing(
                hold=held.get(person.contact_id),
                sends=tuple(on.sends),
                same_purpose=tuple(on.same_purpose),
                time=at_cap.get(person.contact_id),
                opted_out=person.opted_out,
                last_order_on=person.last_order_on,
                other_list_until=on.until,
            )
    return found


def _batches(people: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    for start in range(0, len(people), BATCH):
        yield people[start : start + BATCH]


def _held(session: Session, ids: list[int], *, now: datetime) -> dict[int, Skip]:
    """Complaints of their own, of a thread they spoke in, or that hold a group they are in."""
    found = [*holds(session, ids, now=now).items(), *onlooker_holds(session, ids, now=now).items()]
    groups = session.execute(_GROUPS, {"ids": ids}).all()
    held_groups = group_holds(session, {row.group_id for row in groups}, now=now)
    found += [
        (row.contact_id, held_groups[row.group_id]) for row in groups if row.group_id in held_groups
    ]
    held: dict[int, Hold] = {}
    for contact_id, hold in found:
        known = held.setdefault(contact_id, hold)
        if known.reason is HoldReason.COOL_OFF and hold.reason is HoldReason.OPEN_COMPLAINT:
            held[contact_id] = hold
    return {contact_id: _skip(hold) for contact_id, hold in held.items()}


def _skip(hold: Hold) -> Skip:
    until = fmt.local(hold.until).date() if hold.until else None
    return Skip(Reason(hold.reason.value), until, hold.complaint_id)


def _other_lists(
    session: Session, ids: list[int], *, campaign_id: int, purpose: Purpose, now: datetime
) -> Mapping[int, _Lists]:
    today = fmt.local(now).date()
    since = today - max(REACH, ATTRIBUTION_MOST)
    values = {"ids": ids, "since": since, "campaign_id": campaign_id}
    found: dict[int, _Lists] = {}
    for row in session.execute(_ON_OTHER_LISTS, values):
        on = found.setdefault(row.contact_id, _Lists())
        same = row.purpose is purpose
        if row.arm is Arm.TREATED:
            sent_at = send_time(row.planned_on, row.approved_at, row.done_at)
            on.sends.append(sent_at)
            if same:
                on.same_purpose.append(sent_at)
        if same and row.window_ends_on >= today:
            on.until = max(on.until or today, row.window_ends_on + timedelta(days=1))
    return found


def send_time(planned_on: date, approved_at: datetime, done_at: datetime | None) -> datetime:
    """When a message counts: from the approval, at its planned time, or later when done later."""
    planned = datetime.combine(planned_on, SEND_FROM, fmt.zone())
    return max(planned, approved_at, done_at or approved_at)


def _time_at_cap(session: Session, ids: list[int], *, now: datetime) -> dict[int, Skip]:
    over = {
        contact_id: allowance
        for contact_id, allowance in allowances(session, ids, now=now).items()
        if allowance.state is TimeState.OVER
    }
    if not over:
        return {}
    spent: dict[int, list[tuple[datetime, int]]] = {}
    for row in session.execute(_TIME_SPENT, {"ids": sorted(over), "since": window_start(now)}):
        spent.setdefault(row.contact_id, []).append((row.happened_at, row.seconds))
    return {
        contact_id: Skip(
            Reason.TIME_AT_CAP,
            time_frees_on(
                spent.get(contact_id, []), 60 * allowance.cap_minutes, WINDOW, fmt.zone()
            ),
        )
        for contact_id, allowance in over.items()
    }
