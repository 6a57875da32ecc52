"""What the parts of the seeding share: the session, the story, who is who, and when."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor, Role
from crm.demo.cast.orders import Planned, stream
from crm.demo.cast.shops import ShopPlan
from crm.demo.seed.book import Known
from crm.groups.models import ChatGroup
from crm.i18n import fmt
from crm.stores.models import Store


@dataclass
class Stage:
    """One shop while it is being told. `as_of` is the demo's time, aware, in the shop's zone."""

    session: Session
    story: dict[str, Any]
    plan: ShopPlan
    as_of: datetime
    seed: int
    share: float = 1.0
    """Of the contacts; the small demo has a tenth."""
    actors: dict[str, Actor] = field(default_factory=dict)
    stores: dict[str, Store] = field(default_factory=dict)
    groups: dict[str, ChatGroup] = field(default_factory=dict)
    contact_ids: list[int] = field(default_factory=list)
    """By number of the cast."""
    known: dict[int, Known] = field(default_factory=dict)
    """Every contact by id."""
    chatted: set[int] = field(default_factory=set)
    """Ids of contacts with whom somebody was in contact lately, besides those of the story."""
    members: dict[str, set[int]] = field(default_factory=dict)
    """Contact ids in each group."""
    people: dict[str, int] = field(default_factory=dict)
    """Contact ids of the people written by hand, by their key."""
    numbers: dict[str, int] = field(default_factory=dict)
    """Their numbers in the cast."""
    orders: list[Planned] = field(default_factory=list)

    @property
    def owner(self) -> Actor:
        """The shop's owner."""
        return next(a for a in self.actors.values() if a.role is Role.OWNER)

    @property
    def people_count(self) -> int:
        """How many numbers the cast has; a small demo leaves out the highest ones."""
        return round(self.plan.contacts * self.share)

    @property
    def incident(self) -> datetime | None:
        """When the incident of the story began, if it has one."""
        past = self.story.get("past")
        return self.at(past["at"], past["days_ago"]) if past else None

    @property
    def lead(self) -> Actor:
        """Who answers complaints: the duty lead, or the owner who works alone."""
        order = (Role.LEAD, Role.OWNER)
        found = (a for role in order for a in self.actors.values() if a.role is role)
        return next(found)

    @property
    def today(self) -> date:
        return self.as_of.date()

    def stream(self, entity: str) -> Random:
        """Return the random stream of one kind of row."""
        return stream(self.seed, self.plan.key, entity)

    def ago(self, **span: float) -> datetime:
        """Return a moment before the demo's time."""
        return self.as_of - timedelta(**span)

    def scaled(self, count: int) -> int:
        """Return a number of people of the story as it is in this size of the shop."""
        return round(count * self.share)

    def at(self, clock_time: str, days_ago: int = 0) -> datetime:
        """Return a time of day (20:14 or 20:14:30) some days before the demo's."""
        day = self.today - timedelta(days=days_ago)
        return datetime.combine(day, time.fromisoformat(clock_time), fmt.zone())

    def earlier_today(self, part: float) -> datetime:
        """Return a moment between opening (0) and the demo's time (1)."""
        opened = self.at("09:00")
        return opened + part * (self.as_of - opened)

    def due(self, text: str) -> datetime:
        """Return a moment to come, written as days ahead and a time: +1 18:00."""
        days, clock_time = text.split()
        return self.at(clock_time, -int(days))
