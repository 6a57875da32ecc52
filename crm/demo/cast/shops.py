"""The three shops as numbers: how many people, how they buy, what they pay.

Months run January to December; money is in yuan here, since prices are drawn in yuan.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import log
from random import Random

WINDOW_DAYS = 730
"""Orders lie in the two years up to the demo's time."""


@dataclass(frozen=True)
class Buying:
    """How people of a shop buy: ever-buyers, rates, drop-out, first order, season.

    A buyer's rate is Gamma(rate_shape, 1 / (rate_shape * mean_gap_days)) a day, her drop-out
    probability after each order Beta(*dropout), her gaps Gamma(gap_shape, 1 / (gap_shape * rate)),
    her first order on day U ** first_power * 730.
    """

    ever_buyer: float
    rate_shape: float
    mean_gap_days: float
    gap_shape: float
    dropout: tuple[float, float]
    first_power: float
    season: tuple[float, ...]
    return_rate: float
    price: Callable[[Random, int], int]


@dataclass(frozen=True)
class ShopPlan:
    """One shop of the demo."""

    key: str
    contacts: int
    buying: Buying
    livestream_share: float
    """Share of orders placed in a livestream, Tuesday, Thursday, Saturday 19:30-22:30."""
    categories: tuple[tuple[str, float, int, int], ...] = field(default=())
    """Name, share of orders, lowest and highest price in yuan."""


def _clipped(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def dress_price(rng: Random, _month: int) -> int:
    """Return the price of an order of women's wear, ending in 9."""
    return int(_clipped(rng.lognormvariate(log(298), 0.30), 119, 899) // 10) * 10 + 9


def tonic_price(rng: Random, month: int) -> int:
    """Return the price of an order of tonics, ending in 8; gift boxes before two festivals."""
    if month in (1, 9) and rng.random() < 0.35:  # noqa: PLR2004  January, September
        return int(_clipped(rng.lognormvariate(log(498), 0.30), 298, 988) // 10) * 10 + 8
    return int(_clipped(rng.lognormvariate(log(218), 0.62), 108, 980) // 10) * 10 + 8


def pot_price(rng: Random, _month: int) -> int:
    """Return the price of a teapot."""
    return round(_clipped(rng.normalvariate(548, 26), 500, 600))


FOLLOW_PRICES = ((98, 0.22), (128, 0.26), (168, 0.22), (198, 0.18), (268, 0.12))
"""Cups and tea bought after a pot: price in yuan, weight."""
FOLLOW_SHARE = 0.60
FOLLOW_EXTRA = 0.35
"""Mean of the Poisson number of follow-up orders beyond the first."""
FOLLOW_GAP = (2, 24.0)
"""Gamma shape and scale in days of the gap before a follow-up order."""
CUP_PRICES = (98, 168)
"""A follow-up at these prices is a cup or tea by chance; dearer ones are tea."""
CUP_SHARE = 0.5

APPAREL = ShopPlan(
    key="apparel",
    contacts=2600,
    buying=Buying(
        ever_buyer=0.46,
        rate_shape=0.79,
        mean_gap_days=112,
        gap_shape=1,
        dropout=(1.51, 5.1),
        first_power=1.43,
        season=(0.93, 0.90, 1, 1, 0.98, 0.97, 0.92, 0.92, 1, 1, 1, 0.97),
        return_rate=0.118,
        price=dress_price,
    ),
    livestream_share=0.70,
    categories=(
        ("连衣裙", 0.34, 259, 429),
        ("上衣", 0.28, 129, 239),
        ("裤子", 0.18, 199, 299),
        ("外套", 0.12, 499, 899),
        ("配饰", 0.08, 119, 159),
    ),
)
TONICS = ShopPlan(
    key="tonics",
    contacts=1180,
    buying=Buying(
        ever_buyer=0.71,
        rate_shape=0.88,
        mean_gap_days=71,
        gap_shape=2,
        dropout=(0.97, 5.34),
        first_power=1.61,
        season=(1, 0.95, 0.85, 0.85, 0.85, 0.85, 0.85, 0.85, 1, 0.95, 0.92, 0.95),
        return_rate=0.045,
        price=tonic_price,
    ),
    livestream_share=0.55,
    categories=(
        ("枸杞茶", 0.18, 98, 98),
        ("西洋参片", 0.24, 268, 268),
        ("阿胶糕", 0.26, 168, 168),
        ("石斛", 0.12, 488, 488),
        ("礼盒", 0.08, 398, 988),
        ("燕窝", 0.12, 598, 598),
    ),
)
TEAPOTS = ShopPlan(
    key="teapots",
    contacts=420,
    buying=Buying(
        ever_buyer=0.82,
        rate_shape=2.87,
        mean_gap_days=245,
        gap_shape=2,
        dropout=(1.85, 8.75),
        first_power=1.13,
        season=(1.0,) * 12,
        return_rate=0.012,
        price=pot_price,
    ),
    livestream_share=0.40,
    categories=(("壶", 0.58, 500, 600), ("杯子", 0.24, 98, 168), ("茶", 0.18, 128, 268)),
)
PLANS = {plan.key: plan for plan in (APPAREL, TONICS, TEAPOTS)}
