"""Spread: every row of the specification's table, and what containment takes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.complaints.rules import spread
from crm.complaints.rules.spread import Signal, score, state_at
from crm.complaints.rules.words import SignalKind, SpreadState
from tests.examples import examples
from tests.factories.complaints import moment


def _signals(text: str) -> list[Signal]:
    signals = []
    for part in text.split(", "):
        clock, kind, member = part.split()
        signals.append(Signal(moment(clock), SignalKind(kind), member))
    return signals


ROWS = [
    ("P1", "14:00 doubt A", "14:00", 1.0, "watch"),
    ("P2", "14:00 doubt A, 14:10 plus_one A", "14:10", 1.0, "watch"),
    ("P3", "14:00 doubt A, 14:29 plus_one B", "14:29", 2.0, "spreading"),
    ("P4", "14:00 doubt A, 14:30 plus_one B", "14:30", 2.0, "spreading"),
    ("P5", "14:00 doubt A, 14:31 plus_one B", "14:31", 2.0, "watch"),
    ("P6", "14:00 doubt A, 14:31 plus_one B, 14:50 doubt C", "14:50", 3.0, "spreading"),
    ("P7", "14:00 refund_ask A", "14:00", 3.0, "spreading"),
    ("P8", "14:00 left_group A, 14:20 doubt B", "14:20", 3.0, "spreading"),
    ("P9", "14:00 left_group A, 14:05 defended C, 14:20 doubt B", "14:20", 2.5, "watch"),
    ("P10", "14:00 doubt A, 14:40 doubt B, 15:01 left_group C", "15:01", 3.0, "spreading"),
    ("P11", "14:00 doubt A, 15:05 left_group B", "15:05", 2.0, "watch"),
    ("P12", "14:00 defended C", "14:00", 0.0, "calm"),
]


@pytest.mark.parametrize(
    ("signals", "at", "total", "state"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_signals_give_the_state_of_the_table(signals: str, at: str, total: float, state: str):
    found = _signals(signals)
    assert score(found, moment(at)) == total
    assert state_at(found, [], moment(at)) is SpreadState(state)


SPREADING = "14:50 doubt A, 14:55 plus_one B"


@pytest.mark.parametrize(
    ("more", "before", "contained"),
    [("", "16:59", "17:00"), (", 16:30 doubt D", "18:29", "18:30")],
    ids=["P13", "P14"],
)
def test_two_quiet_hours_after_a_public_reply_contain_it(more: str, before: str, contained: str):
    signals, replies = _signals(SPREADING + more), [moment("15:00")]
    assert state_at(signals, replies, moment(before)) is SpreadState.SPREADING
    assert state_at(signals, replies, moment(contained)) is SpreadState.CONTAINED


def test_silence_without_a_public_reply_contains_nothing():
    assert state_at(_signals(SPREADING), [], moment("22:00")) is SpreadState.SPREADING


def test_a_reply_from_before_the_spread_contains_nothing():
    state = state_at(_signals(SPREADING), [moment("14:52")], moment("22:00"))
    assert state is SpreadState.SPREADING


def test_a_new_threshold_after_containment_spreads_again():
    signals = _signals(SPREADING + ", 18:00 doubt C, 18:10 doubt D")
    replies = [moment("15:00")]
    assert state_at(signals, replies, moment("18:05")) is SpreadState.CONTAINED
    assert state_at(signals, replies, moment("18:10")) is SpreadState.SPREADING


def test_members_of_different_matters_are_never_added_up():
    """P15: the caller asks per group and product; one entry each stays a watch."""
    for member in ("A", "B"):
        signals = _signals(f"14:00 doubt {member}")
        assert state_at(signals, [], moment("14:05")) is SpreadState.WATCH


_heard = st.lists(
    st.tuples(st.sampled_from([None, *SignalKind]), st.integers(0, 240), st.sampled_from("ABC")),
    max_size=25,
)


@examples(few=150, full=3_000)
@given(_heard)
def test_one_by_one_it_says_what_the_whole_says(heard):
    """Late entries, equal times and replies in between included."""
    onset, signals, replies = spread.Onset(), [], []
    for kind, minute, member in heard:
        at = moment("14:00") + timedelta(minutes=minute)
        if kind is None:
            onset.reply(at)
            replies.append(at)
            continue
        new = Signal(at, kind, member)
        before = onset.copy()
        assert onset.crosses(new) is spread.crosses(signals, replies, new)
        assert before.signals == sorted(signals, key=lambda one: one.at)
        signals.append(new)
