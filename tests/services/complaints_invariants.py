"""What holds of every complaint at any time (I1 to I10), read from tables and log alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.queries import staff_of_store
from crm.alerts.models import Alert
from crm.alerts.rules import COMPLAINT_KINDS, AlertKind, AlertState
from crm.complaints import queries
from crm.complaints.models import AlertStep, Complaint, ComplaintEvent, SlaClock
from crm.complaints.queries.case import clock_rows, events_of, step_rows
from crm.complaints.queries.subjects import step_base
from crm.complaints.rules.projection import Projection
from crm.complaints.rules.words import (
    LIVE,
    OUR_ANSWERS,
    ClockKind,
    ClockState,
    EventType,
    State,
    StepState,
    Visibility,
)

E, K, S = EventType, ClockKind, ClockState
EARLIER = frozenset({"spread", "severity", "merged", "undo", "platform"})
LATER = frozenset({"paused", "extended", "calendar", "undo", "platform"})
OVER = frozenset({State.CLOSED, State.MERGED, State.VOIDED})
DONE = frozenset({S.MET, S.MET_LATE})
ANSWERS = frozenset({E.PUBLIC_REPLY, E.PRIVATE_REPLY})
Seen = tuple[datetime, int]


class Watch:
    """Checks again after every step what the step before left."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.due: dict[tuple[int, int], tuple[datetime, datetime]] = {}
        self.logged: dict[int, int] = {}
        self.last_alert = 0

    def check(self, complaints: Sequence[Complaint]) -> None:
        for complaint in complaints:
            case = queries.case_of(self.session, complaint)
            events = events_of(self.session, complaint.id)
            rows = clock_rows(self.session, complaint.id)
            steps = step_rows(self.session, complaint.id)
            _each_running_clock_has_its_step(rows, steps)
            _what_is_over_runs_no_more(complaint, rows, steps)
            _numbers_have_no_gaps(complaint, events)
            self._deadlines_move_for_a_cause(complaint, rows, events)
            _public_ends_in_public(complaint, case, events)
            _waiting_is_no_answer(case, events)
            _answered_exactly_when_nothing_is_owed(complaint, case)
            _stored_is_recomputed(complaint, case, rows)
        self._each_alert_once()
        self._nothing_is_set_aside()
        self._alerts_reach_people_who_are_here(complaints)

    def _deadlines_move_for_a_cause(
        self, complaint: Complaint, rows: Sequence[SlaClock], events: Sequence[ComplaintEvent]
    ) -> None:
        """I4: every move is in the log with old, new and a cause that may move it that way."""
        new = events[self.logged.get(complaint.id, 0) :]
        self.logged[complaint.id] = len(events)
        moves = [row.data for row in new if "old" in row.data]
        for row in rows:
            name = (row.id, row.generation)
            was, started = self.due.get(name, (row.due_at, row.started_at))
            self.due[name] = (row.due_at, row.started_at)
            mine = [m for m in moves if (m["kind"], m["cycle"]) == (row.kind.value, row.cycle)]
            for move in mine:
                old, due = (datetime.fromisoformat(move[part]) for part in ("old", "new"))
                assert old != due
                assert move["cause"] in (EARLIER if due < old else LATER), move
            is_same = started == row.started_at or any(m["cause"] == "merged" for m in mine)
            if was != row.due_at and is_same and row.ended_at is None:
                assert mine, f"{row.kind.value} moved from {was} to {row.due_at} without a word"
                assert datetime.fromisoformat(mine[-1]["new"]) == row.due_at

    def _each_alert_once(self) -> None:
        """I7: at most one sent for an occasion, a person and a channel."""
        twice = self.session.execute(
            select(Alert.dedupe_key)
            .where(Alert.state == AlertState.SENT)
            .group_by(Alert.dedupe_key)
            .having(func.count() > 1)
        ).all()
        assert twice == []

    def _nothing_is_set_aside(self) -> None:
        """No complaint became one that cannot be replayed."""
        broken = select(Alert.subject_id).where(Alert.kind == AlertKind.BROKEN)
        assert self.session.scalars(broken).all() == []

    def _alerts_reach_people_who_are_here(self, complaints: Sequence[Complaint]) -> None:
        """I8: nobody disabled or out of scope is told, and a step that fired told somebody."""
        new = self.session.scalars(
            select(Alert).where(Alert.id > self.last_alert).order_by(Alert.id)
        ).all()
        here = {staff.id for staff in self.session.scalars(select(Staff)) if not staff.disabled_at}
        for alert in new:
            self.last_alert = alert.id
            if alert.staff_id is None:
                continue
            assert alert.staff_id in here
            if alert.kind in COMPLAINT_KINDS:
                assert alert.staff_id in staff_of_store(self.session, alert.store_id)
        told = set(self.session.scalars(select(Alert.dedupe_base)))
        for complaint in complaints:
            if complaint.incident_id is not None or self._was_in_an_incident(complaint):
                continue  # its leaders hear of the incident as a whole
            clocks = {row.id: row for row in clock_rows(self.session, complaint.id)}
            for step in step_rows(self.session, complaint.id):
                clock = clocks[step.clock_id]
                if step.state is StepState.FIRED and clock.generation == 1:
                    assert step_base(clock, step.level, step.repeat_no) in told

    def _was_in_an_incident(self, complaint: Complaint) -> bool:
        rows = events_of(self.session, complaint.id)
        return any(row.type is E.ONLOOKER_SIGNAL for row in rows)


def _each_running_clock_has_its_step(rows: Sequence[SlaClock], steps: Sequence[AlertStep]) -> None:
    """I1: one pending step, or a stop that is on record."""
    pending = [step.clock_id for step in steps if step.state is StepState.PENDING]
    ticking = [
        row.id
        for row in rows
        if row.state is S.RUNNING and row.offered_at is None and row.ended_at is None
    ]
    assert sorted(pending) == sorted(ticking)


def _what_is_over_runs_no_more(
    complaint: Complaint, rows: Sequence[SlaClock], steps: Sequence[AlertStep]
) -> None:
    """I2."""
    if complaint.state in OVER:
        assert not [row for row in rows if row.state in {S.RUNNING, S.PAUSED}]
        assert not [step for step in steps if step.state is StepState.PENDING]
        assert complaint.next_due_at is None


def _numbers_have_no_gaps(complaint: Complaint, events: Sequence[ComplaintEvent]) -> None:
    """I3."""
    assert [row.seq for row in events] == list(range(1, complaint.version + 1))


def _public_ends_in_public(
    complaint: Complaint, case: Projection, events: Sequence[ComplaintEvent]
) -> None:
    """I5: a public complaint is closed with its acknowledgement and a statement, or a waiver."""
    if complaint.state is not State.CLOSED or complaint.visibility is not Visibility.PUBLIC:
        return
    acknowledged = [c for c in case.clocks if c.kind is K.PUBLIC_ACK]
    assert all(c.state in DONE for c in acknowledged if c.complaint_cycle == case.cycle)
    undone = _undone(events)
    said = {row.type for row in events if row.seq not in undone and row.at <= complaint.closed_at}
    assert said & {E.PUBLIC_CLOSURE, E.CLOSURE_WAIVED}


def _waiting_is_no_answer(case: Projection, events: Sequence[ComplaintEvent]) -> None:
    """I6: what met a first answer was an answer."""
    undone = _undone(events)
    answers = {row.at for row in events if row.type in ANSWERS and row.seq not in undone}
    for clock in case.clocks:
        if clock.kind is K.FIRST_RESPONSE and clock.met_at is not None:
            assert clock.met_at in answers


def _answered_exactly_when_nothing_is_owed(complaint: Complaint, case: Projection) -> None:
    """I9; a platform's date that came with a merged complaint is owed like a platform's own."""
    owed = any(clock.kind in OUR_ANSWERS | {K.EXTERNAL} and clock.is_unmet for clock in case.clocks)
    if complaint.state in LIVE and complaint.state is not State.WAITING:
        assert (complaint.state is State.ANSWERED) is not owed
    assert complaint.owes_answer is owed


def _stored_is_recomputed(complaint: Complaint, case: Projection, rows: Sequence[SlaClock]) -> None:
    """I10."""
    columns = ("state", "severity", "cycle", "assignee_id", "chase_count", "next_due_at")
    columns += ("first_response_at", "resolved_at", "closed_at", "spread_at", "pause_until")
    for column in columns:
        assert getattr(complaint, column) == getattr(case, column), column
    for kind in (K.PUBLIC_ACK, K.FIRST_RESPONSE, K.NEXT_RESPONSE, K.RESOLUTION, K.PUBLIC_CLOSURE):
        assert getattr(complaint, f"{kind.value}_due_at") == case.due_at(kind)
    parts = ("state", "started_at", "due_at", "met_at", "ended_at", "offered_at", "provisional")
    stored = {(row.kind, row.cycle): row for row in rows}
    for clock in case.clocks:
        row = stored.pop((clock.kind, clock.cycle))
        for part in parts:
            assert getattr(row, part) == getattr(clock, part), (clock.kind, part)
    assert all(row.state is S.CANCELLED for row in stored.values())  # their start was undone


def _undone(events: Sequence[ComplaintEvent]) -> set[int]:
    return {row.data["seq"] for row in events if row.type is E.UNDONE}
