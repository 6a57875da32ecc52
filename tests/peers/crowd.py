"""A busy desk: the complaint that a test is about is never the only row."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from crm.alerts.models import Alert
from crm.alerts.rules import AlertKind
from crm.complaints import jobs, service
from crm.complaints.models import AlertStep, Complaint, SlaClock
from crm.complaints.queries import case as queries
from crm.complaints.queries.case import clock_rows
from crm.complaints.rules.words import Category, Channel, ClockKind, EventType
from crm.integrations.rules import Level
from crm.stores import service as stores
from crm.stores.rules.calendar import DEFAULT_ZONE
from tests.factories.desk import Desk

E = EventType
STORE_HOURS = {day: [(600, 1320)] for day in range(7)}


class Crowd(Desk):
    """A desk with other complaints in every state around the one in question."""

    def __init__(self, session: Session, factory: sessionmaker[Session], now: datetime) -> None:
        super().__init__(session)
        self.factory = factory
        self.hours(STORE_HOURS, now)
        long_ago = now - timedelta(days=3)
        running = self.log(now, reporter_name="旁人甲", text="拉链坏了", category=Category.QUALITY)
        closed = self.log(long_ago, reporter_name="旁人乙", channel=Channel.PRIVATE)
        for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
            self.record(closed, kind, long_ago)
        elsewhere = self.log(
            now,
            by=self.lead,
            reporter_name="旁人丙",
            channel=Channel.PRIVATE,
            store_id=self.other.id,
        )
        self.noise = [running, closed, elsewhere]

    def hours(self, week: dict[int, list[tuple[int, int]]], now: datetime) -> None:
        """The whole shop's staffed hours."""
        stores.set_week(self.session, week, actor=self.owner, now=now)
        self.session.flush()

    def first_answer(self, minutes: int, now: datetime) -> None:
        """Private first answers are owed after so many staffed minutes from now on."""
        policy = queries.current_policy(self.session)[1]
        target = replace(policy.targets[3][ClockKind.FIRST_RESPONSE], seconds=minutes * 60)
        row = {**policy.targets[3], ClockKind.FIRST_RESPONSE: target}
        changed = replace(policy, targets={**policy.targets, 3: row})
        service.new_policy_version(self.session, changed, actor=self.owner, now=now)

    def private(self, now: datetime, **parts: object) -> Complaint:
        """A complaint about quality that nobody else reads."""
        given = {"channel": Channel.PRIVATE, "category": Category.QUALITY, **parts}
        return self.log(now, **given)

    def public(self, now: datetime, **parts: object) -> Complaint:
        """A complaint in the group about quality: acknowledged within ten minutes."""
        return self.log(now, **{"category": Category.QUALITY, **parts})

    def tick(self, at: datetime) -> int:
        """What the worker does once a second."""
        self.session.commit()
        handled = jobs.climb_ladders(self.factory, now=lambda: at)
        self.session.expire_all()
        return handled

    def straighten(self, at: datetime) -> None:
        """What the worker does once a minute."""
        self.session.commit()
        jobs.keep_straight(self.factory, now=lambda: at)
        self.session.expire_all()

    def clock(self, complaint: Complaint, kind: ClockKind, cycle: int = 1) -> SlaClock:
        """One stored clock."""
        self.session.flush()
        rows = clock_rows(self.session, complaint.id)
        return next(row for row in rows if (row.kind, row.cycle) == (kind, cycle))

    def told(self, complaint: Complaint, kind: ClockKind | None = None) -> list[Alert]:
        """The inbox lines of the ladder about a complaint, or about one of its clocks."""
        self.session.flush()
        found = self.session.scalars(
            select(Alert)
            .where(
                Alert.kind == AlertKind.COMPLAINT,
                Alert.subject_id == complaint.id,
                Alert.staff_id.is_not(None),
                Alert.level.is_not(None),
            )
            .order_by(Alert.id)
        ).all()
        if kind is None:
            return list(found)
        names = {
            f"clock-{row.id}." for row in clock_rows(self.session, complaint.id) if row.kind is kind
        }
        return [alert for alert in found if any(map(alert.dedupe_base.startswith, names))]

    def levels(self, complaint: Complaint, kind: ClockKind | None = None) -> list[Level]:
        """The levels that were told, each once."""
        return list(dict.fromkeys(alert.level for alert in self.told(complaint, kind)))

    def steps(self, clock: SlaClock) -> list[AlertStep]:
        """Every step of a clock that was planned."""
        found = select(AlertStep).where(AlertStep.clock_id == clock.id).order_by(AlertStep.id)
        return list(self.session.scalars(found))


def every(gap: timedelta, start: datetime, end: datetime) -> list[datetime]:
    """Moments at which a worker looks."""
    moments = []
    while start <= end:
        moments.append(start)
        start += gap
    return moments


def at(text: str) -> datetime:
    """A moment in the shop's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=DEFAULT_ZONE)
