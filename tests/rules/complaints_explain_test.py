"""Criterion 17: each deadline explains itself, and the spans add up to the target."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.complaints.rules import machine
from crm.complaints.rules.calendars import Calendars
from crm.complaints.rules.clocks import Clock, Rule
from crm.complaints.rules.explain import Explanation, StretchKind, explain
from crm.complaints.rules.policy import DAY, FULL, HOUR, TWO_LEVEL, Target
from crm.complaints.rules.replay import replay
from crm.complaints.rules.words import Basis, ClockKind, EventType
from crm.stores.rules.calendar import DEFAULT_ZONE, BusinessCalendar
from tests.factories.complaints import CALENDARS, Log, moment
from tests.rules.complaints_laws_test import WORDS, Player
from tests.rules.stores_calendar_test import KNOWN, KNOWN_2027

E, K = EventType, ClockKind
DESK = BusinessCalendar({day: [(540, 720), (810, 1080)] for day in range(5)}, statutory=KNOWN)
OLD = replace(CALENDARS, statutory=KNOWN, desk=DESK)
NEW = Calendars(
    BusinessCalendar(
        {day: [(660, 840), (900, 1500)] for day in range(6)}, {date(2026, 6, 7): [(600, 900)]}
    ),
    CALENDARS.live,
    KNOWN_2027,
    DEFAULT_ZONE,
    2,
    replace(DESK, statutory=KNOWN_2027),
)
BY_DESK = replace(
    FULL,
    targets={
        **FULL.targets,
        2: {
            **FULL.targets[2],
            K.FIRST_RESPONSE: Target(Basis.BUSINESS_HOURS, 6 * HOUR, by_desk=True),
            K.NEXT_RESPONSE: Target(Basis.BUSINESS_HOURS, 4 * HOUR, by_desk=True),
            K.RESOLUTION: Target(Basis.WORKDAYS, workdays=3),
        },
        3: {
            **FULL.targets[3],
            K.NEXT_RESPONSE: Target(Basis.BUSINESS_HOURS, 9 * HOUR, by_desk=True),
            K.RESOLUTION: Target(Basis.WORKDAYS, workdays=2),
        },
    },
)
MOVES = [
    *WORDS,
    (E.PAUSED, {"reason": "warehouse"}),
    (E.RESUMED, {}),
    (E.EXTENDED, {"kind": "resolution", "reason": "asked"}),
    (E.EXTENDED, {"kind": "next_response", "reason": "asked"}),
    (E.EXTENDED, {"kind": "first_response", "reason": "asked"}),
    (E.DEADLINE_CHANGED, {"cause": "calendar", "calendar_id": 2}),
    (E.DEADLINE_CHANGED, {"cause": "calendar", "calendar_id": 1}),
    (E.PROMISED, {"task": "pick-up"}),
]
scripts = st.lists(
    st.tuples(st.integers(0, len(MOVES) - 1), st.integers(1, 30 * 3600), st.integers(0, 1200)),
    max_size=14,
)
cases = st.tuples(
    st.sampled_from(["group", "private", "livestream_comment", "privacy_request"]),
    st.sampled_from(["suspected_fake", "quality", "enquiry"]),
    st.sampled_from([FULL, TWO_LEVEL, BY_DESK]),
)


class Mover(Player):
    """Plays scripts in which everything happens that may move a deadline."""

    @property
    def case(self):
        return replay(self.events, self.policy, {1: OLD, 2: NEW})

    def move(self, script):
        now = self.events[0].at
        for word, gap, _late in script:
            now += timedelta(seconds=gap)
            self.pass_time(now)
            kind, data = MOVES[word]
            if kind is E.DEADLINE_CHANGED or kind in machine.TAKES[self.case.state]:
                self._add(kind, now, now, self._content(kind, data, now))

    def _content(self, kind, data, now):
        if kind is E.PAUSED:
            return {**data, "until": (now + timedelta(hours=40)).isoformat()}
        if kind in {E.EXTENDED, E.PROMISED}:
            cycle = sum(clock.kind.value == data.get("kind") for clock in self.case.clocks)
            due_at = (now + timedelta(hours=50)).isoformat()
            return {**data, "cycle": cycle, "due_at": due_at}
        return data


def _promised(clock: Clock, found: Explanation) -> float | None:
    """What the policy says, by itself."""
    target = clock.target
    if found.rule is Rule.TARGET:
        return target.workdays * DAY or target.seconds
    return {Rule.CAP: target.cap_seconds, Rule.LIVE: target.live_seconds}.get(found.rule)


@settings(max_examples=400, deadline=None)
@given(cases, scripts)
def test_the_spans_add_up_to_the_target_whatever_happened(case, script):
    mover = Mover(case)
    mover.move(script)
    for clock in mover.case.clocks:
        found = explain(clock)
        given_or_taken = sum(move.seconds for move in found.moves)
        counted = found.counted_seconds + found.left_seconds
        assert counted == pytest.approx(found.target_seconds + given_or_taken, abs=0.01), clock.kind
        promised = _promised(clock, found)
        if promised is not None:
            assert found.target_seconds == promised
        _check_stretches(clock, found)


def _check_stretches(clock: Clock, found: Explanation) -> None:
    spans = found.stretches
    assert spans[0].start == clock.started_at
    for one, other in pairwise(spans):
        assert one.end == other.start
        assert one.start < one.end or one.kind is StretchKind.PAUSED
        assert one.kind is not other.kind
    if clock.deadlines[-1].until is None:
        assert spans[-1].end == max(clock.due_at, clock.deadlines[-1].set_at)


def _sums(found: Explanation) -> list[tuple[str, float]]:
    return [(span.kind.value, span.seconds / 60) for span in found.stretches]


def test_a_clock_over_night_shows_what_was_skipped():
    log = Log("2026-06-09 21:50", channel="private", category="quality")
    (first,) = [c for c in log.case.clocks if c.kind is K.FIRST_RESPONSE]
    found = explain(first)
    assert _sums(found) == [("counted", 10), ("skipped", 12 * 60), ("counted", 5)]
    assert (found.counted_seconds, found.target_seconds, found.rule) == (900, 900, Rule.TARGET)


def test_a_cap_says_that_it_is_the_cap():
    log = Log("2026-06-07 21:55", category="quality")
    (ack,) = [c for c in log.case.clocks if c.kind is K.PUBLIC_ACK]
    found = explain(ack)
    assert (found.rule, found.counted_seconds, found.target_seconds) == (Rule.CAP, 3600, 3600)


def test_workdays_skip_the_start_day_and_holidays():
    calendars = replace(CALENDARS, statutory=KNOWN)
    log = Log("2026-02-13 11:00", channel="private", category="enquiry", calendars=calendars)
    (resolution,) = [c for c in log.case.clocks if c.kind is K.RESOLUTION]
    found = explain(resolution)
    days = [(s.kind.value, round(s.seconds / 3600)) for s in found.stretches]
    assert days == [("skipped", 13), ("counted", 24), ("skipped", 216), ("counted", 96)]
    assert found.target_seconds == 5 * DAY == found.counted_seconds


def test_a_spread_says_how_much_time_it_took():
    log = Log().add("onlooker_signal", "15:11", signal="plus_one", member="B")
    log.add("onlooker_signal", "15:14", signal="doubt", member="C")
    (first,) = [c for c in log.case.clocks if c.kind is K.FIRST_RESPONSE]
    found = explain(first)
    (move,) = found.moves
    assert (move.cause, move.old, move.new) == ("spread", moment("15:32"), moment("15:19"))
    assert move.seconds == -13 * 60
    assert found.counted_seconds == 17 * 60 == found.target_seconds + move.seconds


def test_what_a_pause_holds_back_is_named():
    log = Log("2026-06-06 10:00", channel="private", category="quality")
    log.add("private_reply", "2026-06-06 10:05")
    log.add("paused", "2026-06-06 12:00", reason="photos", until="2026-06-07T12:00:00+08:00")
    (resolution,) = [c for c in log.case.clocks if c.kind is K.RESOLUTION]
    found = explain(resolution)
    assert _sums(found) == [("counted", 120)]
    assert found.left_seconds == 46 * HOUR


def test_corrected_hours_are_counted_again_from_the_start():
    log = Log("2026-06-06 21:50", channel="private", category="quality")
    later = replace(
        CALENDARS, hours=BusinessCalendar({day: [(720, 1320)] for day in range(7)}), id=2
    )
    log.calendars[2] = later
    log.add("deadline_changed", "2026-06-06 21:55", cause="calendar", calendar_id=2)
    (first,) = [c for c in log.case.clocks if c.kind is K.FIRST_RESPONSE]
    found = explain(first)
    assert _sums(found) == [("counted", 10), ("skipped", 14 * 60), ("counted", 5)]
    (move,) = found.moves
    assert (move.cause, move.old) == ("calendar", moment("2026-06-07 10:05"))
    assert move.new == moment("2026-06-07 12:05") == first.due_at
