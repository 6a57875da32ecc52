"""Spread: how doubt and "+1" of onlookers add up to an incident in a group.

It reads signals by their real time; what it does to deadlines is decided in the replay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.complaints.rules.words import SignalKind, SpreadState

WINDOW = timedelta(minutes=60)
DOUBT_WINDOW = timedelta(minutes=30)
CONTAINED_AFTER = timedelta(hours=2)
WATCH_SCORE = 1.0
SPREAD_SCORE = 3.0
SPREAD_DOUBTERS = 2
_WEIGHT = {SignalKind.REFUND_ASK: 3.0, SignalKind.LEFT_GROUP: 2.0, SignalKind.DEFENDED: -0.5}
_DOUBT = frozenset({SignalKind.DOUBT, SignalKind.PLUS_ONE})


@dataclass(frozen=True)
class Signal:
    """What an onlooker did; `member` tells people apart."""

    at: datetime
    kind: SignalKind
    member: str

    @property
    def is_positive(self) -> bool:
        return self.kind is not SignalKind.DEFENDED


def score(signals: Sequence[Signal], at: datetime) -> float:
    """The sum over (at - 60 min, at]; a doubter counts once, and the total never goes below 0."""
    total, counted = 0.0, set()
    for signal in sorted(signals, key=lambda signal: signal.at):
        if not at - WINDOW < signal.at <= at:
            continue
        if signal.kind in _DOUBT:
            total += signal.member not in counted
            counted.add(signal.member)
        else:
            total = max(0.0, total + _WEIGHT[signal.kind])
    return total


def doubters(signals: Sequence[Signal], at: datetime) -> int:
    """Distinct doubters in the last 30 minutes, 30:00 included."""
    return len({s.member for s in signals if s.kind in _DOUBT and at - DOUBT_WINDOW <= s.at <= at})


def reached(signals: Sequence[Signal], at: datetime) -> bool:
    """Whether the threshold is reached at that moment."""
    return score(signals, at) >= SPREAD_SCORE or doubters(signals, at) >= SPREAD_DOUBTERS


def state_at(signals: Sequence[Signal], replies: Sequence[datetime], at: datetime) -> SpreadState:
    """The state that signals and public replies up to `at` give."""
    since, was_contained = _spreading_since(signals, replies, at)
    if since is not None:
        return SpreadState.SPREADING
    if was_contained:
        return SpreadState.CONTAINED
    return SpreadState.WATCH if score(signals, at) >= WATCH_SCORE else SpreadState.CALM


def is_spreading(signals: Sequence[Signal], replies: Sequence[datetime], at: datetime) -> bool:
    """Whether the group is spreading at that moment."""
    return state_at(signals, replies, at) is SpreadState.SPREADING


def _spreading_since(
    signals: Sequence[Signal], replies: Sequence[datetime], at: datetime
) -> tuple[datetime | None, bool]:
    since: datetime | None = None
    last = at
    was_contained = False
    for signal in sorted((s for s in signals if s.is_positive and s.at <= at), key=_when):
        if since and _contained_at(since, last, replies) <= signal.at:
            since, was_contained = None, True
        if since is None and reached(signals, signal.at):
            since = signal.at
        last = signal.at
    if since and _contained_at(since, last, replies) <= at:
        return None, True
    return since, was_contained


def _contained_at(since: datetime, last: datetime, replies: Sequence[datetime]) -> datetime:
    """Two quiet hours after the first public reply to the spread; never without one."""
    answers = [reply for reply in replies if reply >= since]
    if not answers:
        return datetime.max.replace(tzinfo=since.tzinfo)
    return max(min(answers), last) + CONTAINED_AFTER


def _when(signal: Signal) -> datetime:
    return signal.at
