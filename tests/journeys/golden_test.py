"""The case that the product was built for, to the second: services, database, alerts and holds."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm.accounts.rules import Role
from crm.alerts.models import Alert
from crm.alerts.rules import AlertKind
from crm.complaints import jobs, queries
from crm.complaints.models import AlertStep, Complaint, SlaClock
from crm.complaints.queries.case import clock_rows, events_of
from crm.complaints.queries.holds import group_holds
from crm.complaints.rules.words import (
    Category,
    Channel,
    ClockKind,
    ClockState,
    EventType,
    SpreadState,
    State,
    StepState,
)
from crm.integrations.rules import Level
from crm.stores import service as stores
from tests.factories.desk import MINUTE, Desk
from tests.factories.groups import make_group
from tests.factories.stores import actor_of, make_staff
from tests.peers.crowd import at as moment

E, K, S = EventType, ClockKind, ClockState
SECOND = timedelta(seconds=1)


def at(clock: str, day: int = 6) -> datetime:
    return moment(f"2026-06-{day:02} {clock}")


class Case:
    """The store of the case, its people, and a worker that ticks every second it matters."""

    def __init__(self, session: Any, factory: Any) -> None:
        self.session, self.factory = session, factory
        self.desk = Desk(session)
        desk = self.desk
        self.duty = actor_of(session, make_staff(session, Role.ASSISTANT, desk.store, name="小李"))
        hours = {day: [(600, 1320)] for day in range(7)}
        stores.set_week(session, hours, actor=desk.owner, now=at("08:00"))
        self.group = make_group(session, "老粉 1 群", desk.store, member_count=480)
        session.commit()
        self.now = at("15:00")
        self.complaint: Complaint | None = None

    def until(self, end: datetime) -> None:
        """Let the worker look at every whole minute and half minute up to then."""
        while self.now < end:
            self.now = min(self.now + 30 * SECOND, end)
            self.tick(self.now)

    def tick(self, when: datetime) -> None:
        self.session.commit()
        jobs.climb_ladders(self.factory, now=lambda: when)
        self.session.expire_all()

    def record(self, kind: EventType, when: datetime, **parts: Any) -> None:
        self.until(when)
        self.desk.record(self.complaint, kind, when, **parts)
        self.tick(when)

    def clock(self, kind: ClockKind) -> SlaClock:
        self.session.flush()
        rows = clock_rows(self.session, self.complaint.id)
        return next(row for row in rows if row.kind is kind)

    def steps(self, kind: ClockKind) -> dict[str, tuple[StepState, datetime]]:
        found = self.session.scalars(
            select(AlertStep).where(AlertStep.clock_id == self.clock(kind).id)
        )
        return {step.level.value: (step.state, step.fire_at) for step in found}

    def told(self, kind: ClockKind | None, *levels: Level) -> set[tuple[str, int, datetime]]:
        self.session.flush()
        wanted = select(Alert).where(Alert.staff_id.is_not(None), Alert.level.in_(levels))
        prefix = "spread" if kind is None else f"clock-{self.clock(kind).id}."
        return {
            (alert.level.value, alert.staff_id, alert.created_at)
            for alert in self.session.scalars(wanted)
            if alert.dedupe_base.startswith(prefix)
        }

    def holds_group(self, when: datetime) -> bool:
        self.session.flush()
        return bool(group_holds(self.session, [self.group.id], now=when))

    def heat(self, when: datetime) -> SpreadState:
        return queries.case_of(self.session, self.complaint).spread_state(when)


@pytest.fixture
def case(session, factory) -> Case:
    return Case(session, factory)


def test_golden_scenario_to_the_second(case: Case):
    _posted_and_logged(case)
    _nobody_answers_and_somebody_takes_it(case)
    _doubt_spreads(case)
    _staff_answer(case)
    _solved_and_closed(case)


def _posted_and_logged(case: Case) -> None:
    case.now = at("15:06")
    case.complaint = complaint = case.desk.log(
        at("15:06"),
        group_id=case.group.id,
        occurred_at=at("15:02"),
        reporter_name="A",
        text="这是假货吧?",
        audience_size=480,
    )
    case.tick(at("15:06"))
    assert (complaint.severity, complaint.audience_size) == (1, 480)
    assert complaint.logged_at - complaint.occurred_at == 4 * MINUTE
    assert complaint.public_ack_due_at == at("15:07")
    assert complaint.first_response_due_at == at("15:32")
    assert complaint.resolution_due_at == at("15:02", 7)
    warnings = case.steps(K.PUBLIC_ACK)
    assert warnings["W1"] == (StepState.SUPERSEDED, at("15:04:30"))
    assert warnings["W2"] == (StepState.FIRED, at("15:06"))
    assert case.told(K.PUBLIC_ACK, Level.W1) == set()
    assert {when for _level, _who, when in case.told(K.PUBLIC_ACK, Level.W2)} == {at("15:06")}


def _nobody_answers_and_somebody_takes_it(case: Case) -> None:
    complaint = case.complaint
    case.until(at("15:07"))
    case.tick(at("15:07:01"))
    assert {when for _l, _who, when in case.told(K.PUBLIC_ACK, Level.L0)} == {at("15:07")}

    case.now = at("15:07:01")
    case.record(E.ACKNOWLEDGED, at("15:09"))
    assert (complaint.state, complaint.breached_at) == (State.ACKNOWLEDGED, at("15:07"))
    assert complaint.automatic_at == at("15:19")
    assert {row.state for row in clock_rows(case.session, complaint.id)} == {S.RUNNING}


def _doubt_spreads(case: Case) -> None:
    complaint = case.complaint
    onlooker = {"signal": "plus_one", "member": "B"}
    case.record(E.ONLOOKER_SIGNAL, at("15:11"), data=onlooker)
    assert case.heat(at("15:11")) is SpreadState.WATCH
    assert case.told(None, Level.L1) == set()
    assert not [one for one in case.told(K.PUBLIC_ACK, Level.L1) if one[2] <= at("15:13")]

    case.record(E.ONLOOKER_SIGNAL, at("15:14"), data={"signal": "doubt", "member": "C"})
    assert case.heat(at("15:14")) is SpreadState.SPREADING
    assert complaint.incident_id is not None
    assert complaint.first_response_due_at == at("15:19")
    assert complaint.resolution_due_at == at("15:02", 7)
    assert complaint.automatic_at is None
    spread = {(who, when) for _level, who, when in case.told(None, Level.L1)}
    assert spread == {(case.desk.lead.id, at("15:14")), (case.desk.owner.id, at("15:14"))}
    first = case.steps(K.FIRST_RESPONSE)
    assert first["W1"] == (StepState.FIRED, at("15:10:30"))
    assert first["W2"] == (StepState.PENDING, at("15:15:36"))
    assert case.holds_group(at("15:14"))


def _staff_answer(case: Case) -> None:
    complaint = case.complaint
    case.record(E.HOLDING_REPLY, at("15:16"), text="稍等，我们在核对")
    acknowledged = case.clock(K.PUBLIC_ACK)
    assert (acknowledged.state, acknowledged.met_at) == (S.MET_LATE, at("15:16"))
    assert acknowledged.breached_at == at("15:07")
    assert case.clock(K.FIRST_RESPONSE).state is S.RUNNING
    assert case.clock(K.PROMISE).due_at == at("15:46")

    case.record(E.PUBLIC_REPLY, at("15:18"), text="包错了，这是发货单，新的今天发出")
    answered = case.clock(K.FIRST_RESPONSE)
    assert (answered.state, answered.met_at, answered.breached_at) == (S.MET, at("15:18"), None)
    assert case.clock(K.PROMISE).state is S.MET
    assert complaint.state is State.ANSWERED
    for kind in (K.PUBLIC_ACK, K.FIRST_RESPONSE, K.PROMISE):
        assert StepState.PENDING not in {state for state, _at in case.steps(kind).values()}


def _solved_and_closed(case: Case) -> None:
    complaint = case.complaint
    case.record(E.RESOLUTION_OFFERED, at("16:00"))
    assert (complaint.state, complaint.next_due_at) == (State.ANSWERED, None)
    case.until(at("17:18"))
    assert case.heat(at("17:17:59")) is SpreadState.SPREADING
    assert case.heat(at("17:18")) is SpreadState.CONTAINED

    case.record(E.CUSTOMER_CONFIRMED, at("18:30"))
    resolved = case.clock(K.RESOLUTION)
    assert complaint.state is State.RESOLVED
    assert (resolved.state, resolved.met_at) == (S.MET, at("16:00"))
    assert complaint.public_closure_due_at == at("18:30", 7)

    told_before = {alert.staff_id for alert in _alerts(case.session, complaint)}
    case.record(E.PUBLIC_CLOSURE, at("19:00"), text="已经解决，谢谢大家")
    assert complaint.state is State.CLOSED
    assert (case.clock(K.PUBLIC_CLOSURE).state, complaint.closed_at) == (S.MET, at("19:00"))
    recap = [a for a in _alerts(case.session, complaint) if a.kind is AlertKind.RECAP]
    assert {alert.staff_id for alert in recap} == told_before
    assert {case.desk.manager.id, case.desk.lead.id, case.desk.owner.id} <= told_before
    assert case.holds_group(at("18:59", 13))
    assert not case.holds_group(at("19:01", 13))
    assert [row.seq for row in events_of(case.session, complaint.id)] == list(
        range(1, complaint.version + 1)
    )


def _alerts(session, complaint: Complaint) -> list[Alert]:
    session.flush()
    found = select(Alert).where(Alert.subject_id == complaint.id, Alert.staff_id.is_not(None))
    kinds = {AlertKind.COMPLAINT, AlertKind.SPREAD, AlertKind.UNKEPT, AlertKind.RECAP}
    return [alert for alert in session.scalars(found) if alert.kind in kinds]


def test_second_scenario_a_private_message_with_a_promised_pick_up(case: Case):
    start = at("10:00")
    case.now = start
    case.complaint = complaint = case.desk.log(
        start, channel=Channel.SHOP_SUPPORT, category=Category.QUALITY, text="奶粉罐凹了"
    )
    assert complaint.severity == 3
    assert complaint.first_response_due_at == at("10:15")
    case.record(E.PRIVATE_REPLY, at("10:10"), text="给您换，快递明早上门取")
    pick_up = {"due_at": at("12:00", 7).isoformat(), "task": "pickup"}
    case.record(E.PROMISED, at("10:11"), data=pick_up)
    assert complaint.state is State.ANSWERED
    assert case.clock(K.PROMISE).due_at == at("12:00", 7)
    case.tick(at("12:00", 7))
    assert case.told(K.PROMISE, Level.L0)
    kept = at("12:05", 7)
    case.now = kept
    case.record(E.PRIVATE_REPLY, kept, text="取走了", data={"promise": 1})
    assert case.clock(K.PROMISE).state is S.MET_LATE


def test_logged_forty_minutes_late_it_is_born_breached_and_told_within_a_tick(case: Case):
    late = at("14:40")
    case.now = late
    case.complaint = complaint = case.desk.log(
        late, group_id=case.group.id, occurred_at=at("14:00"), category=Category.QUALITY
    )
    assert case.clock(K.PUBLIC_ACK).breached_at == at("14:10")
    assert complaint.breached_at == at("14:10")
    assert complaint.logged_at - complaint.occurred_at == 40 * MINUTE
    case.tick(late + SECOND)
    told = case.told(K.PUBLIC_ACK, *Level)
    assert {when for _level, _who, when in told} == {late + SECOND}
