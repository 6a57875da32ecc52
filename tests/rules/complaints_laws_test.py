"""Laws that hold for every log of events: invariants, verdicts, undo, explanations."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.complaints.rules import machine
from crm.complaints.rules.policy import (
    FULL,
    TWO_LEVEL,
    LevelTimes,
    Policy,
    from_json,
    times_of,
    to_json,
    with_times,
)
from crm.complaints.rules.projection import Event, Projection
from crm.complaints.rules.replay import replay
from crm.complaints.rules.words import (
    ANSWERED_BY,
    LIVE,
    ClockKind,
    ClockState,
    EventType,
    State,
)
from tests.examples import examples
from tests.factories.complaints import CALENDARS, NOBODY, moment

START = moment("2026-06-06 09:30")
E = EventType
WORDS: list[tuple[EventType, dict[str, Any]]] = [
    (E.CUSTOMER_MESSAGE, {"intent": "problem"}),
    (E.CUSTOMER_MESSAGE, {"intent": "chase"}),
    (E.CUSTOMER_MESSAGE, {"intent": "thanks"}),
    (E.HOLDING_REPLY, {}),
    (E.PUBLIC_REPLY, {}),
    (E.PRIVATE_REPLY, {}),
    (E.ONLOOKER_SIGNAL, {"signal": "doubt"}),
    (E.ONLOOKER_SIGNAL, {"signal": "refund_ask"}),
    (E.ONLOOKER_SIGNAL, {"signal": "defended"}),
    (E.ACKNOWLEDGED, {}),
    (E.HANDED_OVER, {"to_id": 9}),
    (E.PAUSED, {"reason": "photos"}),
    (E.RESUMED, {}),
    (E.RESOLUTION_OFFERED, {}),
    (E.CUSTOMER_CONFIRMED, {}),
    (E.PUBLIC_CLOSURE, {}),
    (E.CLOSURE_WAIVED, {"reason": "gone"}),
    (E.SEVERITY_CHANGED, {"severity": 1}),
    (E.SEVERITY_CHANGED, {"severity": 3}),
    (E.REOPENED, {}),
    (E.VOIDED, {"reason": "typo"}),
]
scripts = st.lists(
    st.tuples(st.integers(0, len(WORDS) - 1), st.integers(1, 9 * 3600), st.integers(0, 1200)),
    max_size=14,
)
cases = st.tuples(
    st.sampled_from(["group", "private", "livestream_comment"]),
    st.sampled_from(["suspected_fake", "quality", "enquiry"]),
    st.sampled_from([FULL, TWO_LEVEL]),
)
laws = examples(few=40, full=1_000)


class Player:
    """Plays a script as the service does: time passes first, then the event, if it fits."""

    def __init__(self, case: tuple[str, str, Policy]) -> None:
        channel, category, self.policy = case
        self.events = [
            Event(
                1,
                E.LOGGED,
                START,
                START,
                NOBODY,
                None,
                {"channel": channel, "category": category, "calendar_id": CALENDARS.id},
            )
        ]

    @property
    def case(self) -> Projection:
        return replay(self.events, self.policy, {CALENDARS.id: CALENDARS})

    def pass_time(self, now: datetime) -> None:
        while (coming := self.case.automatic()) and coming.at <= now:
            self._add(coming.type, coming.at, now, {})

    def watch(self, start: datetime, until: datetime, ticks: int) -> None:
        """Look every so many seconds; looks at which nothing has come are left out."""
        while coming := self.case.automatic():
            number = max(1, ceil((coming.at - start).total_seconds() / ticks))
            look = start + timedelta(seconds=number * ticks)
            if look > until:
                return
            self.pass_time(look)

    def play(self, script: list[tuple[int, int, int]], ticks: int | None = None) -> datetime:
        now = START
        for word, gap, late in script:
            until = now + timedelta(seconds=gap)
            if ticks:
                self.watch(now, until, ticks)
            now = until
            self.pass_time(now)
            kind, data = WORDS[word]
            if kind in machine.TAKES[self.case.state]:
                if kind is E.PAUSED:
                    data = {**data, "until": (now + timedelta(hours=3)).isoformat()}
                at = max(START, now - timedelta(seconds=late)) if kind in REALLY else now
                self._add(kind, at, now, data)
        return now

    def _add(self, kind: EventType, at: datetime, now: datetime, data: dict[str, Any]) -> None:
        self.events.append(Event(len(self.events) + 1, kind, at, now, NOBODY, None, data))


BY_ITSELF = frozenset({E.ACK_TIMED_OUT, E.RESOLVED, E.DEADLINE_CHANGED, E.CLOSED})
REALLY = frozenset({E.PUBLIC_REPLY, E.PRIVATE_REPLY, E.CUSTOMER_MESSAGE, E.HOLDING_REPLY})


def _figures(case: Projection, now: datetime) -> list[tuple[object, ...]]:
    return [(c.kind, c.cycle, c.state, c.due_at, c.met_at, c.breached_at(now)) for c in case.clocks]


@laws
@given(cases, scripts, st.sampled_from([601, 4000]))
def test_verdicts_do_not_depend_on_when_anybody_looked(case, script, seldom):
    """The same log, looked at every second, every minute, seldom, and once at the end."""
    once = Player(case)
    now = once.play(script)
    for ticks in (1, 60, seldom):
        player = Player(case)
        player.play(script, ticks)
        assert _figures(player.case, now) == _figures(once.case, now)
        assert player.case.state is once.case.state


@laws
@given(cases, scripts)
def test_invariants_hold_after_every_event(case, script):
    player = Player(case)
    player.play(script)
    for count in range(1, len(player.events) + 1):
        found = replay(player.events[:count], player.policy, {CALENDARS.id: CALENDARS})
        _check(found)


def _check(case: Projection) -> None:
    running = [clock for clock in case.clocks if clock.is_unmet]
    if case.state in LIVE and case.state is not State.WAITING:
        owed = any(clock.kind in ANSWERED_BY for clock in running)
        assert (case.state is State.ANSWERED) is not owed
    if case.state in {State.CLOSED, State.VOIDED, State.MERGED}:
        assert running == []
    for clock in case.clocks:
        assert (clock.met_at is not None) is (clock.state in {ClockState.MET, ClockState.MET_LATE})
        assert clock.met_at is None or clock.met_at >= clock.started_at
        causes = [deadline.cause for deadline in clock.deadlines]
        assert set(causes) <= {"start", "spread", "severity", "paused"}
        for before, after in pairwise(clock.deadlines):
            assert (after.due_at >= before.due_at) is (after.cause == "paused")
    numbers = [(clock.kind, clock.cycle) for clock in case.clocks]
    assert len(set(numbers)) == len(numbers)


@laws
@given(cases, scripts)
def test_a_holding_reply_never_meets_the_first_answer(case, script):
    only_holding = [
        step for step in script if WORDS[step[0]][0] not in {E.PUBLIC_REPLY, E.PRIVATE_REPLY}
    ]
    player = Player(case)
    player.play(only_holding)
    answered = [c for c in player.case.clocks if c.kind is ClockKind.FIRST_RESPONSE and c.met_at]
    assert answered == []


@laws
@given(cases, scripts, st.integers(0, len(WORDS) - 1))
def test_undo_is_as_if_it_had_never_been(case, script, word):
    player = Player(case)
    now = player.play(script)
    before = _figures(player.case, now)
    state = player.case.state
    player.pass_time(now)
    kind, data = WORDS[word]
    if kind is E.PAUSED:
        data = {**data, "until": (now + timedelta(hours=3)).isoformat()}
    seq = len(player.events) + 1
    player.events += [
        Event(seq, kind, now, now, NOBODY, None, data),
        Event(seq + 1, E.UNDONE, now, now, NOBODY, None, {"seq": seq}),
    ]
    assert _figures(player.case, now) == before
    assert player.case.state is state


@pytest.mark.parametrize("policy", [FULL, TWO_LEVEL])
def test_a_stored_policy_comes_back_as_it_was(policy):
    assert from_json(to_json(policy)) == policy


def test_own_times_change_what_the_page_shows_and_nothing_else():
    times = LevelTimes(12, 5, 4)
    changed = with_times(TWO_LEVEL, {1: times})
    assert times_of(changed, 1) == times
    assert changed.targets[2] == TWO_LEVEL.targets[2]
    assert replace(changed, targets=TWO_LEVEL.targets) == TWO_LEVEL
