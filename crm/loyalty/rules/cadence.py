"""The shop's rhythm and what follows from it for one contact: rate, urgency, next order.

The shrunk cadence is a gamma prior of shape 1/2 whose mean is the shop's repeat rate, times a
factor that sinks while the contact is overdue against her own rhythm. No iteration, no failure
case: a shop with one order gets figures too.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from crm.loyalty.rules.occasions import Purchases, span_days

GAP_DAYS_WITHOUT_HISTORY = 30
_SHRINK = 2
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Cadence:
    """The shop's rhythm on one day.

    `gap_half_days` is the median of all completed gaps, doubled: a median can end in a half, and
    whole numbers keep the borders between tags exact.
    """

    gap_half_days: int
    prior_days: float
    own_gap_days: float
    buyers: int
    occasions: int


@dataclass(frozen=True, slots=True)
class Window:
    """When the next order is expected, if it comes; never in the past."""

    from_on: date
    expected_on: date
    to_on: date


def fit_cadence(histories: Iterable[Sequence[date]], today: date) -> Cadence:
    """Read the shop's rhythm from everybody's sorted occasion days."""
    gaps: Counter[int] = Counter()
    own_gaps: list[float] = []
    buyers = repeats = known_days = 0
    for days in histories:
        buyers += 1
        repeats += len(days) - 1
        known_days += max(0, (today - days[0]).days)
        gaps.update((later - earlier).days for earlier, later in pairwise(days))
        if len(days) > 1:
            own_gaps.append((days[-1] - days[0]).days / (len(days) - 1))
    gap_half_days = _doubled_median(gaps) if gaps else 2 * GAP_DAYS_WITHOUT_HISTORY
    return Cadence(
        gap_half_days=gap_half_days,
        prior_days=_HALF * max(known_days, 1) / max(repeats, _HALF),
        own_gap_days=median(own_gaps) if own_gaps else gap_half_days / 2,
        buyers=buyers,
        occasions=buyers + repeats,
    )


def _doubled_median(histogram: Counter[int]) -> int:
    """Twice the median, from counts by day: many gaps, few distinct ones."""
    total = sum(histogram.values())
    lower, upper, seen = 0, 0, 0
    for days in sorted(histogram):
        if seen <= (total - 1) // 2:
            lower = days
        upper = days
        seen += histogram[days]
        if seen > total // 2:
            break
    return lower + upper


def purchase_rate(purchases: Purchases, cadence: Cadence, today: date) -> float:
    """Return the orders a day to be expected of her, shrunk to the shop's rate."""
    known_days = max(0, (today - purchases.first_on).days)
    return (_HALF + purchases.occasions - 1) / (cadence.prior_days + known_days)


def urgency(purchases: Purchases, cadence: Cadence, today: date) -> float:
    """Return the score by which people are ordered: who will most likely buy soon comes first."""
    rate = purchase_rate(purchases, cadence, today)
    since_last = max(0, (today - purchases.last_on).days)
    return rate * math.exp(-_HALF * since_last * rate)


def expected_orders(
    purchases: Purchases, cadence: Cadence, today: date, horizon_days: int
) -> float:
    return horizon_days * urgency(purchases, cadence, today)


def return_probability(
    purchases: Purchases, cadence: Cadence, today: date, horizon_days: int
) -> float:
    """Return the chance of an order within the horizon, were orders to come at that rate."""
    return 1 - math.exp(-expected_orders(purchases, cadence, today, horizon_days))


def next_window(purchases: Purchases, cadence: Cadence, today: date) -> Window | None:
    """Return when her next order is expected, dated anew today; None before the second occasion."""
    repeats = purchases.occasions - 1
    if repeats < 1:
        return None
    ahead = span_days(purchases) / repeats - (today - purchases.last_on).days
    if ahead <= 0:
        # Her own rhythm has run out: a date in the past would be a defect, so half a gap ahead.
        ahead = (
            _HALF * (span_days(purchases) + _SHRINK * cadence.own_gap_days) / (repeats + _SHRINK)
        )
    half_width = _HALF * (span_days(purchases) + cadence.gap_half_days) / (repeats + _SHRINK)
    from_days = max(1, round(ahead - half_width))
    return Window(
        from_on=today + timedelta(days=from_days),
        expected_on=today + timedelta(days=max(from_days, round(ahead))),
        to_on=today + timedelta(days=max(from_days, round(ahead + half_width))),
    )
