"""What a list brought: the difference to the hold-out with its interval, and what may be said.

The conversion of a list by itself is never an effect: its people would have bought anyway.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)
Z_POWER = NormalDist().inv_cdf(0.8)
STEP = 0.005
BASE_RATE = 0.1  # assumed while a shop has no history to read it from


class Verdict(StrEnum):
    """The three things that may be said."""

    WORKS = "works"
    HARMS = "harms"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Side:
    """One arm: its people, how many of them bought, what they left."""

    people: int
    buyers: int
    net_fen: int = 0

    @property
    def rate(self) -> float | None:
        return self.buyers / self.people if self.people else None


@dataclass(frozen=True)
class Difference:
    """Treated minus held out, as shares (0.0416 is 4.16 points)."""

    uplift: float
    low: float
    high: float

    @property
    def verdict(self) -> Verdict:
        if self.low > 0:
            return Verdict.WORKS
        return Verdict.HARMS if self.high < 0 else Verdict.UNCERTAIN


def wilson(hits: int, people: int) -> tuple[float, float]:
    p, z2 = hits / people, Z * Z
    centre = (p + z2 / (2 * people)) / (1 + z2 / people)
    half = Z * sqrt(p * (1 - p) / people + z2 / (4 * people * people)) / (1 + z2 / people)
    return centre - half, centre + half


def newcombe(treated: Side, holdout: Side) -> Difference | None:
    """The 95 % interval of the difference; None while an arm is empty."""
    if not treated.people or not holdout.people:
        return None
    p1, p0 = treated.buyers / treated.people, holdout.buyers / holdout.people
    low1, high1 = wilson(treated.buyers, treated.people)
    low0, high0 = wilson(holdout.buyers, holdout.people)
    uplift = p1 - p0
    return Difference(
        uplift,
        uplift - sqrt((p1 - low1) ** 2 + (high0 - p0) ** 2),
        uplift + sqrt((high1 - p1) ** 2 + (p0 - low0) ** 2),
    )


def holdout_needed(base: float, uplift: float, ratio: float) -> int:
    """People to hold out so that `uplift` is seen in four of five cases (two-sided 5 %)."""
    p1 = base + uplift
    pooled = (base + ratio * p1) / (1 + ratio)
    both = Z * sqrt((1 + 1 / ratio) * pooled * (1 - pooled))
    each = Z_POWER * sqrt(base * (1 - base) + p1 * (1 - p1) / ratio)
    return ceil((both + each) ** 2 / uplift**2)


def smallest_visible(base: float, people: int, holdout_share: float) -> float | None:
    """The smallest difference a list of this size can show, in steps of half a point."""
    if not 0 < holdout_share < 1:
        return None
    ratio = (1 - holdout_share) / holdout_share
    for step in range(1, int((1 - base) / STEP) + 1):
        if holdout_needed(base, step * STEP, ratio) <= people * holdout_share:
            return step * STEP
    return None
