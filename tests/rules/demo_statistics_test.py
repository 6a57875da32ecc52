"""The shipped seeds of the demo lie inside every band, with everything that the stories do."""

from datetime import datetime

import pytest

from crm.demo.seed import DEFAULT_SEEDS
from tests.demo_figures import all_figures, outside

FIRST = 20250618
LEADING = {"minutes of the top tenth": (0.45, 0.55), "margin of the top tenth": (0.10, 0.15)}


@pytest.mark.parametrize("shop", DEFAULT_SEEDS)
def test_default_seed_lies_inside_every_band(shop: str, now: datetime) -> None:
    assert outside(shop, all_figures(shop, DEFAULT_SEEDS[shop], now)) == {}


@pytest.mark.parametrize("shop", ["apparel", "tonics"])
def test_default_seed_is_the_first_that_does(shop: str, now: datetime) -> None:
    for seed in range(FIRST, DEFAULT_SEEDS[shop]):
        assert outside(shop, all_figures(shop, seed, now))


def test_teapots_lead_with_half_of_the_minutes_and_an_eighth_of_the_margin(now: datetime) -> None:
    def leads(seed: int) -> bool:
        found = all_figures("teapots", seed, now)
        shown = found["teapots"]
        return not outside("teapots", found) and all(
            low <= shown[name] <= high for name, (low, high) in LEADING.items()
        )

    default = DEFAULT_SEEDS["teapots"]
    assert leads(default)
    assert not any(leads(seed) for seed in range(FIRST, default))


def test_same_seed_gives_the_same_figures_and_another_seed_others(now: datetime) -> None:
    first, again = (all_figures("apparel", 7, now) for _ in range(2))
    assert first == again
    assert all_figures("apparel", 8, now) != first
