"""Thirty other seeds, other seasons: medians inside every band, no value a band further out."""

from datetime import datetime, timedelta
from statistics import median

import pytest

from crm.demo.seed import DEFAULT_SEEDS
from tests.demo_figures import BANDS, all_figures

SEEDS = range(30)


@pytest.mark.parametrize("shop", DEFAULT_SEEDS)
def test_other_seeds_stay_near_the_bands(shop: str, now: datetime) -> None:
    runs = [all_figures(shop, seed, now) for seed in SEEDS]
    for table in runs[0]:
        for name, (low, high, digits) in BANDS[table].items():
            values = [run[table][name] for run in runs]
            assert low <= round(median(values), digits) <= high, (table, name)
            width = high - low
            assert low - width <= min(values) <= max(values) <= high + width, (table, name)


@pytest.mark.parametrize("days", [-150, -90, 90, 180])
@pytest.mark.parametrize("shop", DEFAULT_SEEDS)
def test_medians_stay_inside_the_bands_in_other_seasons(
    shop: str, days: int, now: datetime
) -> None:
    runs = [all_figures(shop, seed, now + timedelta(days=days)) for seed in SEEDS]
    for table in runs[0]:
        for name, (low, high, digits) in BANDS[table].items():
            middle = median(run[table][name] for run in runs)
            assert low <= round(middle, digits) <= high, (table, name)
