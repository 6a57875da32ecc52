"""Arithmetic of the results page: weeks, before and after, medians, shares, pooled lists, shapes.

Pure. It writes no sentence and knows no table; what may be said follows from the intervals alone.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, sqrt
from statistics import median

from crm.campaigns.rules import Difference, Side

WEEKS = 52
QUICK_SECONDS = 15 * 60
TENTH = 10
OUTCOMES_LEAST = 5
CHART_WIDTH, CHART_HEIGHT = 520, 180
POSITIONS = 20
"""Steps in which a label stands beside its mark: the page may not carry styles of its own."""
_Z = 1.959964


class Period(enum.Enum):
    """How far back the time and lists of the page reach."""

    MONTH = "30"
    QUARTER = "90"
    YEAR = "365"

    @property
    def days(self) -> int:
        return int(self.value)


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the chart, and the same week a year before."""

    starts_on: date
    count: int
    year_before: int


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """How long first answers took, in staffed seconds."""

    cases: int
    median_seconds: float
    slow_seconds: float
    quick_share: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Late of all; the share is of the whole period, never an average of days."""

    total: int
    late: int

    @property
    def share(self) -> float | None:
        return self.late / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Spent:
    """One contact: staffed seconds, and what she left in the same time."""

    seconds: int
    margin_fen: int
    cost_fen: int


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the contacts, those who took most time first."""

    people: int
    seconds: int
    margin_fen: int
    cost_fen: int
    time_share: float
    margin_share: float


def weekly(counts: Mapping[date, int], today: date) -> list[Week]:
    """Return the last 52 weeks, oldest first; the last one ends today."""

    def total(last: date) -> int:
        return sum(counts.get(last - timedelta(days=ago), 0) for ago in range(7))

    ends = [today - timedelta(weeks=ago) for ago in reversed(range(WEEKS))]
    return [
        Week(end - timedelta(days=6), total(end), total(end - timedelta(weeks=WEEKS)))
        for end in ends
    ]


def answer_times(seconds: Sequence[float]) -> AnswerTimes | None:
    """Return median, slowest tenth's border and the share within 15 minutes; None without any."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    return AnswerTimes(
        cases=len(ordered),
        median_seconds=median(ordered),
        slow_seconds=ordered[ceil(0.9 * len(ordered)) - 1],
        quick_share=sum(one <= QUICK_SECONDS for one in ordered) / len(ordered),
    )


def tenths(spent: Sequence[Spent]) -> list[Tenth]:
    """Split contacts with time into tenths by time; fewer than ten give fewer groups."""
    ordered = sorted(spent, key=lambda one: -one.seconds)
    seconds = sum(one.seconds for one in ordered)
    margin = sum(one.margin_fen for one in ordered)
    size = ceil(len(ordered) / TENTH)
    groups = [ordered[at : at + size] for at in range(0, len(ordered), size)] if ordered else []
    return [
        Tenth(
            people=len(group),
            seconds=sum(one.seconds for one in group),
            margin_fen=sum(one.margin_fen for one in group),
            cost_fen=sum(one.cost_fen for one in group),
            time_share=sum(one.seconds for one in group) / seconds,
            margin_share=sum(one.margin_fen for one in group) / margin if margin else 0.0,
        )
        for group in groups
    ]


def pooled(strata: Sequence[tuple[Side, Side]]) -> Difference | None:
    """Return the Mantel-Haenszel risk difference of lists of one kind, with Sato's interval.

    Adding the columns up would be wrong with different hold-outs. None below five outcomes an arm.
    """
    strata = [(treated, held) for treated, held in strata if treated.people and held.people]
    outcomes = (sum(side.buyers for side in arm) for arm in zip(*strata, strict=True))
    if not strata or min(outcomes) < OUTCOMES_LEAST:
        return None
    weight = uplift = p_sum = q_sum = 0.0
    for treated, held in strata:
        x1, n1, x0, n0 = treated.buyers, treated.people, held.buyers, held.people
        total = n1 + n0
        weight += n1 * n0 / total
        uplift += (x1 * n0 - x0 * n1) / total
        p_sum += (n1**2 * x0 - n0**2 * x1 + n1 * n0 * (n0 - n1) / 2) / total**2
        q_sum += (x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * total)
    difference = uplift / weight
    half = _Z * sqrt(max(0.0, (difference * p_sum + q_sum) / weight**2))
    return Difference(difference, difference - half, difference + half)


def line_points(values: Sequence[int], most: int) -> str:
    """Return the points of an SVG line from zero at the bottom to `most` at the top."""
    step = CHART_WIDTH / max(len(values) - 1, 1)
    return " ".join(
        f"{round(index * step, 1)},{round(CHART_HEIGHT * (1 - value / max(most, 1)), 1)}"
        for index, value in enumerate(values)
    )


def place_of(day: date, first: date, last: date) -> float | None:
    """Return where a day stands between the middles of two weeks, from 0 to 1; None outside."""
    span = (last - first).days
    share = ((day - first).days - 3) / span if span else 0.0
    return min(max(share, 0.0), 1.0) if first <= day <= last + timedelta(days=6) else None
