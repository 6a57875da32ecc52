"""The people of a list: each in exactly one place, so that the parts make the whole.

A draft is evaluated anew; an approved list reads its frozen members and what came up since.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff, StaffStore
from crm.accounts.queries import active_staff
from crm.accounts.rules import Role
from crm.attention.models import FollowUp
from crm.campaigns.models import Campaign, CampaignMember
from crm.campaigns.queries.matching import matching
from crm.campaigns.queries.standing import Asked, standings
from crm.campaigns.rules import (
    AFTER_APPROVAL,
    Arm,
    Candidate,
    Place,
    Reason,
    Skip,
    State,
    first_skip,
    held_out,
    parse_filter,
    plan,
)
from crm.contacts.models import Contact
from crm.i18n import fmt
from crm.stores.models import Store

_RHYTHM_ORDER = ("due", "lapsing", "early", "new", "lost")
_MANAGERS = (
    select(StaffStore.store_id, func.min(Staff.id).label("staff_id"))
    .join(Staff, Staff.id == StaffStore.staff_id)
    .where(Staff.role == Role.MANAGER, Staff.disabled_at.is_(None))
    .group_by(StaffStore.store_id)
)
_MEMBERS = (
    select(
        CampaignMember.contact_id,
        CampaignMember.arm,
        CampaignMember.reason,
        CampaignMember.reason_until,
        CampaignMember.assignee_id,
        CampaignMember.planned_on,
        CampaignMember.orders_count,
        CampaignMember.last_order_on,
        Contact.name,
        Contact.store_id,
        Contact.do_not_contact_at,
        Store.name.label("store_name"),
        FollowUp.done_at,
    )
    .join(Contact, Contact.id == CampaignMember.contact_id)
    .join(Store, Store.id == Contact.store_id)
    .outerjoin(FollowUp, FollowUp.dedupe_key == CampaignMember.task_key)
    .where(Contact.merged_into_id.is_(None))
    .order_by(CampaignMember.contact_id)
)


class Status(StrEnum):
    """Where a person of a list is."""

    REACHABLE = "reachable"
    HELD_OUT = "held_out"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True)
class Person:
    """One matched person."""

    contact_id: int
    name: str
    store_id: int
    store_name: str
    assignee_id: int
    orders_count: int
    last_order_on: date | None
    status: Status
    planned_on: date | None = None
    skip: Skip | None = None
    done: bool = False


@dataclass(frozen=True)
class Audience:
    """Everybody who matched; `reachable` leaves out the people held out."""

    people: tuple[Person, ...]

    @cached_property
    def _counts(self) -> Counter[Status]:
        return Counter(person.status for person in self.people)

    @property
    def matched(self) -> int:
        return len(self.people)

    @property
    def reachable(self) -> int:
        return self._counts[Status.REACHABLE]

    @property
    def held_out(self) -> int:
        return self._counts[Status.HELD_OUT]

    @property
    def suppressed(self) -> int:
        return self._counts[Status.SUPPRESSED]

    @property
    def free(self) -> int:
        """Before the draw: to contact and held out together."""
        return self.reachable + self.held_out

    @property
    def done(self) -> int:
        """How many were contacted: their task is done."""
        return sum(person.done for person in self.people)

    @cached_property
    def reasons(self) -> dict[Reason, int]:
        """How many each reason keeps out, in the order in which the first one counts."""
        counts = Counter(person.skip.reason for person in self.people if person.skip)
        return {reason: counts[reason] for reason in Reason if counts[reason]}

    @cached_property
    def by_assignee(self) -> dict[int, int]:
        return dict(Counter(p.assignee_id for p in self.of(Status.REACHABLE)).most_common())

    def of(self, status: Status) -> list[Person]:
        return [person for person in self.people if person.status is status]

    def left_out_for(self, reason: Reason) -> list[Person]:
        return [p for p in self.people if p.skip and p.skip.reason is reason]


def audience(session: Session, campaign: Campaign, *, now: datetime) -> Audience:
    """Who is on the list now, who is held out, who is left out and why."""
    if campaign.state is State.DRAFT:
        return Audience(tuple(_evaluate(session, campaign, now=now)))
    return Audience(tuple(_frozen(session, campaign, now=now)))


def _evaluate(session: Session, campaign: Campaign, *, now: datetime) -> Iterable[Person]:
    today = fmt.local(now).date()
    rows = matching(session, parse_filter(campaign.filter), today=today)
    known = standings(
        session,
        [Asked(row.id, row.do_not_contact_at is not None, row.last_on) for row in rows],
        campaign_id=campaign.id,
        purpose=campaign.purpose,
        now=now,
    )
    writers = _writers(session, rows, campaign.created_by)
    skips = {row.id: first_skip(known[row.id], now, fmt.zone()) for row in rows}
    places = plan(
        [
            Candidate(row.id, writers[row.id], known[row.id])
            for row in sorted(rows, key=_due_first)
            if not skips[row.id]
        ],
        now=now,
        zone=fmt.zone(),
        daily_cap=campaign.daily_cap,
    )
    placed = {place.contact_id: place for place in places}
    for row in rows:
        place = placed.get(row.id) or Place(row.id, writers[row.id], None, skips[row.id])
        yield _person(row, place, campaign, writers[row.id])


def _due_first(row: Row[Any]) -> tuple[int, int, int]:
    """Who is due comes first; among equals who bought last."""
    rhythm = row.rhythm.value if row.rhythm else ""
    rank = _RHYTHM_ORDER.index(rhythm) if rhythm in _RHYTHM_ORDER else len(_RHYTHM_ORDER)
    return rank, -row.last_on.toordinal() if row.last_on else 0, row.id


def _person(row: Row[Any], place: Place, campaign: Campaign, writer: int) -> Person:
    if place.skip:
        status = Status.SUPPRESSED
    elif held_out(campaign.salt, row.id, campaign.holdout_percent):
        status = Status.HELD_OUT
    else:
        status = Status.REACHABLE
    return Person(
        contact_id=row.id,
        name=row.name,
        store_id=row.store_id,
        store_name=row.store_name,
        assignee_id=writer,
        orders_count=row.orders_count,
        last_order_on=row.last_on,
        status=status,
        planned_on=place.planned_on,
        skip=place.skip,
    )


def _writers(session: Session, rows: Sequence[Row[Any]], author: int) -> dict[int, int]:
    """Who writes to each: who looks after her, else her store's manager, else the author."""
    active = set(active_staff(session))
    managers = {row.store_id: row.staff_id for row in session.execute(_MANAGERS)}
    return {
        row.id: row.owner_id if row.owner_id in active else managers.get(row.store_id, author)
        for row in rows
    }


def _frozen(session: Session, campaign: Campaign, *, now: datetime) -> Iterable[Person]:
    frozen = _MEMBERS.where(CampaignMember.campaign_id == campaign.id)
    rows: list[Any] = list(session.execute(frozen))
    waiting = [row for row in rows if row.arm is Arm.TREATED and row.done_at is None]
    known = standings(
        session,
        [Asked(row.contact_id, row.do_not_contact_at is not None, None) for row in waiting],
        campaign_id=campaign.id,
        purpose=campaign.purpose,
        now=now,
    )
    for row in rows:
        standing = known.get(row.contact_id)
        came_up = first_skip(standing, now, fmt.zone()) if standing else None
        if came_up and came_up.reason not in AFTER_APPROVAL:
            came_up = None
        yield _member(row, came_up)


def _member(row: Row[Any], came_up: Skip | None) -> Person:
    if row.reason:
        skip, status = Skip(row.reason, row.reason_until), Status.SUPPRESSED
    elif row.arm is Arm.HOLDOUT:
        skip, status = None, Status.HELD_OUT
    else:
        skip, status = came_up, Status.SUPPRESSED if came_up else Status.REACHABLE
    return Person(
        contact_id=row.contact_id,
        name=row.name,
        store_id=row.store_id,
        store_name=row.store_name,
        assignee_id=row.assignee_id,
        orders_count=row.orders_count,
        last_order_on=row.last_order_on,
        status=status,
        planned_on=row.planned_on,
        skip=skip,
        done=row.done_at is not None,
    )
