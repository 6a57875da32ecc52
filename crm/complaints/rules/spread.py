"""Spread: how doubt and "+1" of onlookers add up to an incident in a group.

It reads signals by their real time; what it does to deadlines is decided in the replay.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.complaints.rules.words import SignalKind, SpreadState

WINDOW = timedelta(minutes=60)
CONTAINED_AFTER = timedelta(hours=2)
WATCH_SCORE = 1.0
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


@dataclass(frozen=True)
class SpreadRule:
    """From when on doubt spreads; a policy keeps its own."""

    score: float = 3.0
    doubters: int = 2
    within_minutes: int = 30


SHIPPED = SpreadRule()


@dataclass(frozen=True)
class Standing:
    """How warm a matter is, since when, and what speaks for it."""

    state: SpreadState
    since: datetime | None
    """Nothing: nobody ever doubted."""
    score: float
    doubters: int


@dataclass(frozen=True)
class _Course:
    """The spread that still goes on, and the end of the last one that does not."""

    since: datetime | None = None
    contained_at: datetime | None = None


class Onset:
    """Signals as they become known, and which of them cross the threshold.

    It says what `crosses` says, and reads again only what is still in the window: a group that is
    flooded brings hundreds. After a late entry it counts once from the beginning.
    """

    def __init__(self, rule: SpreadRule = SHIPPED) -> None:
        self.rule = rule
        self.signals: list[Signal] = []
        self.replies: list[datetime] = []
        self._course = _Course()
        self._last: datetime | None = None
        self._is_late = False

    def copy(self) -> Onset:
        """The same, to go on from apart."""
        other = copy(self)
        other.signals, other.replies = [*self.signals], [*self.replies]
        return other

    def reply(self, at: datetime) -> None:
        """Staff answered in public."""
        self.replies.append(at)
        self._is_late |= bool(self.signals) and at < self.signals[-1].at

    def crosses(self, new: Signal) -> bool:
        """Take a further signal in, and say whether it brings the matter to the threshold."""
        if self.signals and new.at <= self.signals[-1].at:
            found = crosses(self.signals, self.replies, new, self.rule)
            insort(self.signals, new, key=_when)
            self._is_late = True
            return found
        self._count_anew()
        course = _ended_by(self._course, self._last or new.at, self.replies, new.at)
        self.signals.append(new)
        is_reached = course.since is None and reached(self._recent(new.at), new.at, self.rule)
        if new.is_positive:
            self._course, self._last = (_Course(new.at) if is_reached else course), new.at
        return is_reached

    def _count_anew(self) -> None:
        if self._is_late:
            end = self.signals[-1].at
            self._course = _course(self.signals, self.replies, end, self.rule)
            self._last = next((s.at for s in reversed(self.signals) if s.is_positive), None)
            self._is_late = False

    def _recent(self, at: datetime) -> list[Signal]:
        span = max(WINDOW, timedelta(minutes=self.rule.within_minutes))
        return self.signals[bisect_left(self.signals, at - span, key=_when) :]


def score(signals: Sequence[Signal], at: datetime) -> float:
    """The sum over (at - 60 min, at]; a doubter counts once, and the total never goes below 0."""
    inside = [signal for signal in signals if at - WINDOW < signal.at <= at]
    total, counted = 0.0, set()
    for signal in sorted(inside, key=_when):
        if signal.kind in _DOUBT:
            total += signal.member not in counted
            counted.add(signal.member)
        else:
            total = max(0.0, total + _WEIGHT[signal.kind])
    return total


def doubters(signals: Sequence[Signal], at: datetime, rule: SpreadRule = SHIPPED) -> int:
    """Distinct doubters in the last minutes (30), 30:00 included."""
    since = at - timedelta(minutes=rule.within_minutes)
    return len({s.member for s in signals if s.kind in _DOUBT and since <= s.at <= at})


def reached(signals: Sequence[Signal], at: datetime, rule: SpreadRule = SHIPPED) -> bool:
    """Whether the threshold is reached at that moment."""
    return score(signals, at) >= rule.score or doubters(signals, at, rule) >= rule.doubters


def crosses(
    signals: Sequence[Signal],
    replies: Sequence[datetime],
    new: Signal,
    rule: SpreadRule = SHIPPED,
) -> bool:
    """Whether what was known did not spread at that moment, and with the new signal does."""
    if is_spreading(signals, replies, new.at, rule):
        return False
    known = [*signals, new]
    return any(reached(known, one.at, rule) for one in known if one.at >= new.at)


def standing(
    signals: Sequence[Signal],
    replies: Sequence[datetime],
    at: datetime,
    rule: SpreadRule = SHIPPED,
) -> Standing:
    """How things stand after the signals and public replies up to `at`."""
    course, total = _course(signals, replies, at, rule), score(signals, at)
    number = doubters(signals, at, rule)
    if course.since is not None:
        return Standing(SpreadState.SPREADING, course.since, total, number)
    if course.contained_at is not None:
        return Standing(SpreadState.CONTAINED, course.contained_at, total, number)
    if total >= WATCH_SCORE:
        inside = (s.at for s in signals if at - WINDOW < s.at <= at)
        since = min(one for one in inside if score(signals, one) >= WATCH_SCORE)
        return Standing(SpreadState.WATCH, since, total, number)
    last = max((s.at for s in signals if s.is_positive and s.at <= at), default=None)
    return Standing(SpreadState.CALM, min(last + WINDOW, at) if last else None, total, number)


def state_at(
    signals: Sequence[Signal],
    replies: Sequence[datetime],
    at: datetime,
    rule: SpreadRule = SHIPPED,
) -> SpreadState:
    """The state that signals and public replies up to `at` give."""
    return standing(signals, replies, at, rule).state


def is_spreading(
    signals: Sequence[Signal],
    replies: Sequence[datetime],
    at: datetime,
    rule: SpreadRule = SHIPPED,
) -> bool:
    """Whether the group is spreading at that moment."""
    return _course(signals, replies, at, rule).since is not None


def _course(
    signals: Sequence[Signal], replies: Sequence[datetime], at: datetime, rule: SpreadRule
) -> _Course:
    course, last = _Course(), at
    for signal in sorted((s for s in signals if s.is_positive and s.at <= at), key=_when):
        course = _ended_by(course, last, replies, signal.at)
        if course.since is None and reached(signals, signal.at, rule):
            course = _Course(signal.at)
        last = signal.at
    return _ended_by(course, last, replies, at)


def _ended_by(
    course: _Course, last: datetime, replies: Sequence[datetime], at: datetime
) -> _Course:
    """Two quiet hours after the first public reply to the spread end it; without one, nothing."""
    answers = [reply for reply in replies if course.since and reply >= course.since]
    if not answers:
        return course
    ends = max(min(answers), last) + CONTAINED_AFTER
    return _Course(None, ends) if ends <= at else course


def _when(signal: Signal) -> datetime:
    return signal.at
