"""Random lives of complaints on the real services and database, and what always holds of them.

Quick by default; the whole of it, at least 300 runs of 50 steps, on either database:
`[TEST_DATABASE_URL=postgresql] python run.py test --hypothesis-profile=full
tests/services/complaints_machine_test.py`.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from crm.accounts import service as accounts
from crm.accounts.rules import Forbidden
from crm.complaints import jobs, service
from crm.complaints.models import Complaint
from crm.complaints.queries import case as cases
from crm.complaints.queries.case import events_of
from crm.complaints.rules.commands import NewEvent, PlatformStep, TooLate
from crm.complaints.rules.words import (
    BadEvent,
    Category,
    Channel,
    ClockKind,
    EventType,
    IllegalTransition,
    Intent,
    SignalKind,
    Visibility,
)
from crm.stores import service as stores
from crm.stores.rules import HoursCommand
from tests.conftest import NOW
from tests.examples import examples
from tests.factories.desk import Desk
from tests.services.complaints_invariants import Watch

E = EventType
MOST = 3
CHANNELS = (
    Channel.GROUP,
    Channel.PRIVATE,
    Channel.LIVESTREAM_COMMENT,
    Channel.PLATFORM_DISPUTE,
    Channel.PRIVACY_REQUEST,
)
CATEGORIES = (Category.SUSPECTED_FAKE, Category.QUALITY, Category.ENQUIRY)
FORWARD = st.sampled_from([1, 29, 60, 240, 301, 900, 1800, 3601, 6 * 3600, 26 * 3600, 73 * 3600])
LATE = st.sampled_from([0, 0, 0, 90, 700, 5000])
WHICH = st.integers(0, MOST - 1)
SEEN = st.sampled_from([None, *Visibility])
REFUSALS = (BadEvent, IllegalTransition, TooLate, Forbidden)


class Lives(RuleBasedStateMachine):
    """Staff, customers, onlookers and the worker act in any order, at any time."""

    engine: Engine

    @initialize()
    def open_shop(self) -> None:
        self.connection = self.engine.connect().execution_options(write=True)
        self.outer = self.connection.begin()
        self.factory = sessionmaker(
            self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        self.session = self.factory()
        self.desk = Desk(self.session)
        self.complaints: list[Complaint] = []
        self.now: datetime = NOW
        self.watch = Watch(self.session)
        self.session.commit()

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()
            self.outer.rollback()
            self.connection.close()

    # What people do.

    @precondition(lambda self: len(self.complaints) < MOST)
    @rule(channel=st.sampled_from(CHANNELS), category=st.sampled_from(CATEGORIES), late=LATE)
    def log(self, channel: Channel, category: Category, late: int) -> None:
        parts: dict[str, Any] = {"channel": channel, "category": category}
        if channel is Channel.PLATFORM_DISPUTE:
            parts["external_due_at"] = self.now + timedelta(hours=30)
        at = self.now - timedelta(seconds=late)
        self.complaints.append(self.desk.log(self.now, by=self.desk.lead, occurred_at=at, **parts))

    @rule(which=WHICH, intent=st.sampled_from(Intent), seen=SEEN, late=LATE)
    def customer_writes(self, which: int, intent: Intent, seen: Visibility, late: int) -> None:
        data = {"intent": intent.value}
        self._record(which, E.CUSTOMER_MESSAGE, late=late, visibility=seen, data=data)

    @rule(which=WHICH, seen=SEEN, late=LATE)
    def staff_ask_to_wait(self, which: int, seen: Visibility, late: int) -> None:
        self._record(which, E.HOLDING_REPLY, late=late, visibility=seen)

    @rule(which=WHICH, kind=st.sampled_from([E.PUBLIC_REPLY, E.PRIVATE_REPLY]), late=LATE)
    def staff_answer(self, which: int, kind: EventType, late: int) -> None:
        self._record(which, kind, late=late)

    @rule(
        which=WHICH, signal=st.sampled_from(SignalKind), member=st.sampled_from("ABCD"), late=LATE
    )
    def somebody_looks_on(self, which: int, signal: SignalKind, member: str, late: int) -> None:
        data = {"signal": signal.value, "member": member}
        self._record(which, E.ONLOOKER_SIGNAL, late=late, data=data)

    @rule(which=WHICH)
    def somebody_takes_it(self, which: int) -> None:
        self._record(which, E.ACKNOWLEDGED)

    @rule(which=WHICH, to=st.sampled_from(["manager", "lead", "owner"]))
    def somebody_hands_it_over(self, which: int, to: str) -> None:
        self._record(which, E.HANDED_OVER, data={"to_id": self.desk.staff[to].id})

    @rule(which=WHICH, hours=st.sampled_from([1, 5, 72, 80]), answer=st.booleans())
    def pause(self, which: int, hours: int, answer: bool) -> None:
        until = (self.now + timedelta(hours=hours)).isoformat()
        commands = [NewEvent(E.PAUSED, data={"reason": "photos", "until": until})]
        commands += [NewEvent(E.PUBLIC_REPLY)] if answer else []
        self._try(which, lambda one: self._together(one, commands))

    @rule(which=WHICH, hours=st.sampled_from([1, 30]))
    def promise(self, which: int, hours: int) -> None:
        due_at = (self.now + timedelta(hours=hours)).isoformat()
        self._record(which, E.PROMISED, data={"due_at": due_at})

    @rule(
        which=WHICH,
        kind=st.sampled_from(
            [E.RESUMED, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED, E.PUBLIC_CLOSURE, E.REOPENED]
        ),
    )
    def next_step(self, which: int, kind: EventType) -> None:
        self._record(which, kind)

    @rule(which=WHICH)
    def towards_the_end(self, which: int) -> None:
        """Random steps alone seldom end a case, and what holds at the end would go unseen."""
        for kind in (E.PUBLIC_REPLY, E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
            self._record(which, kind)

    @rule(which=WHICH, kind=st.sampled_from([E.VOIDED, E.CLOSURE_WAIVED]))
    def lead_ends_it(self, which: int, kind: EventType) -> None:
        self._record(which, kind, data={"reason": "because"})

    @rule(which=WHICH, severity=st.integers(1, 4))
    def lead_judges(self, which: int, severity: int) -> None:
        self._record(which, E.SEVERITY_CHANGED, data={"severity": severity, "reason": "because"})

    @rule(which=WHICH, kind=st.sampled_from(ClockKind), hours=st.sampled_from([1, 60]))
    def lead_extends(self, which: int, kind: ClockKind, hours: int) -> None:
        due_at = (self.now + timedelta(hours=hours)).isoformat()
        data = {"kind": kind.value, "due_at": due_at, "reason": "because"}
        self._record(which, E.EXTENDED, data=data)

    @precondition(lambda self: len(self.complaints) > 1)
    @rule(which=WHICH)
    def lead_merges(self, which: int) -> None:
        other = self.complaints[(which + 1) % len(self.complaints)]
        self._record(which, E.MERGED, data={"into_id": other.id})

    @rule(which=WHICH, hours=st.sampled_from([2, 50]), cycle=st.sampled_from([None, 1, 2]))
    def platform_gives_a_date(self, which: int, hours: int, cycle: int | None) -> None:
        command = PlatformStep(self.now + timedelta(hours=hours), cycle=cycle)
        self._try(
            which,
            lambda one: service.set_platform_deadline(
                self.session, one, command, actor=self.desk.lead, now=self.now
            ),
        )

    @rule(which=WHICH, cycle=st.sampled_from([1, 2]))
    def platform_is_answered(self, which: int, cycle: int) -> None:
        self._record(which, E.EXTERNAL_MET, data={"cycle": cycle})

    @rule(which=WHICH, back=st.integers(1, 6))
    def take_back(self, which: int, back: int) -> None:
        def undo(one: Complaint) -> None:
            rows = events_of(self.session, one.id)
            mine = [row.seq for row in rows if row.actor_id == self.desk.lead.id]
            seq = mine[-min(back, len(mine))] if mine else 0
            service.undo(self.session, one, seq, actor=self.desk.lead, now=self.now)

        self._try(which, undo)

    # What happens around them.

    @rule(seconds=FORWARD, tick=st.booleans())
    def time_passes(self, seconds: int, tick: bool) -> None:
        self.now += timedelta(seconds=seconds)
        if tick:
            jobs.climb_ladders(self.factory, now=lambda: self.now)

    @rule(start=st.sampled_from([540, 600]), end=st.sampled_from([1080, 1320, 1500]))
    def owner_changes_the_hours(self, start: int, end: int) -> None:
        hours = HoursCommand(start, end)
        stores.set_hours(self.session, hours, actor=self.desk.owner, now=self.now)
        self.session.commit()
        jobs.keep_straight(self.factory, now=lambda: self.now)
        self.session.expire_all()
        assert cases.outdated_calendars(self.session) == []

    @rule()
    def the_manager_leaves(self) -> None:
        accounts.disable(
            self.session, self.desk.staff["manager"], actor=self.desk.owner, now=self.now
        )

    # What always holds.

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "session"):
            self.session.commit()
            self.session.expire_all()
            self.watch.check(self.complaints)

    def _record(self, which: int, kind: EventType, *, late: int = 0, **parts: Any) -> None:
        at = self.now - timedelta(seconds=late)
        command = NewEvent(kind, at, **parts)
        self._try(which, lambda one: self._together(one, [command]))

    def _together(self, complaint: Complaint, commands: list[NewEvent]) -> None:
        service.record_together(
            self.session, complaint, commands, actor=self.desk.lead, now=self.now
        )

    def _try(self, which: int, act: Any) -> None:
        if not self.complaints:
            return
        complaint = self.complaints[which % len(self.complaints)]
        try:
            with self.session.begin_nested():
                act(complaint)
        except REFUSALS:
            self.session.expire_all()


@pytest.mark.timeout(3600)
def test_whatever_happens_the_books_are_right(engine: Engine):
    machine = type("LivesHere", (Lives,), {"engine": engine})
    run_state_machine_as_test(machine, settings=examples(few=12, full=300))
