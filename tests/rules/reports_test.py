"""Weeks, before and after, medians, shares and pooled lists."""

from datetime import date, timedelta

import pytest

from crm.campaigns.rules import Side, Verdict
from crm.orders.rules import BeforeAfter
from crm.reports.rules import (
    CHART_HEIGHT,
    CHART_WIDTH,
    WEEKS,
    Spent,
    answer_times,
    line_points,
    place_of,
    pooled,
    tenths,
    weekly,
)

TODAY = date(2025, 6, 18)


def test_weeks_end_today_and_stand_beside_the_year_before() -> None:
    counts = {
        TODAY: 1,
        TODAY - timedelta(days=6): 2,
        TODAY - timedelta(days=7): 4,
        TODAY - timedelta(weeks=WEEKS): 8,
        TODAY - timedelta(weeks=2 * WEEKS): 16,
    }
    weeks = weekly(counts, TODAY)
    assert len(weeks) == WEEKS
    assert (weeks[-1].starts_on, weeks[-1].count, weeks[-1].year_before) == (
        TODAY - timedelta(days=6),
        3,
        8,
    )
    assert weeks[-2].count == 4
    assert sum(week.count + week.year_before for week in weeks) == 15


@pytest.mark.parametrize(
    ("before", "after", "complete", "change"),
    [(264, 211, True, -0.2008), (10, 10, True, 0), (0, 3, True, None), (264, 20, False, None)],
)
def test_change_is_said_only_when_both_stretches_are_over(before, after, complete, change) -> None:
    found = BeforeAfter(before, after, complete).change
    assert found is None if change is None else found == pytest.approx(change, abs=1e-4)


def test_answer_times_count_fifteen_minutes_as_quick() -> None:
    times = answer_times([60, 900, 901, 3600])
    assert (times.cases, times.median_seconds, times.quick_share) == (4, 900.5, 0.5)
    assert times.slow_seconds == 3600
    assert answer_times([]) is None


def test_slowest_tenth_begins_after_nine_of_ten() -> None:
    assert answer_times(list(range(1, 11))).slow_seconds == 9
    assert answer_times([5]).slow_seconds == 5


def test_tenths_put_the_most_time_first_and_sum_to_all() -> None:
    people = [Spent(seconds=60 * n, margin_fen=100 * (21 - n), cost_fen=n) for n in range(1, 21)]
    groups = tenths(people)
    assert len(groups) == 10
    assert (groups[0].people, groups[0].seconds, groups[0].margin_fen) == (2, 60 * 39, 300)
    assert sum(group.time_share for group in groups) == pytest.approx(1)
    assert sum(group.margin_share for group in groups) == pytest.approx(1)
    assert groups[0].time_share == pytest.approx(39 / 210)


@pytest.mark.parametrize("count", [0, 1, 9, 11])
def test_any_number_of_contacts_gives_tenths(count) -> None:
    groups = tenths([Spent(60, 0, 0)] * count)
    assert sum(group.people for group in groups) == count
    assert all(group.margin_share == 0 for group in groups)


def test_pooled_lists_give_the_published_figures() -> None:
    found = pooled([(Side(486, 72), Side(122, 13)), (Side(524, 94), Side(130, 14))])
    assert found.uplift == pytest.approx(0.0571, abs=5e-5)
    assert (found.low, found.high) == (
        pytest.approx(0.0126, abs=5e-5),
        pytest.approx(0.1016, abs=5e-5),
    )
    assert found.verdict is Verdict.WORKS


@pytest.mark.parametrize(
    "strata",
    [
        [],
        [(Side(10, 5), Side(0, 0))],
        [(Side(100, 50), Side(20, 4))],
        [(Side(100, 4), Side(20, 10))],
    ],
)
def test_pool_with_too_few_outcomes_says_nothing(strata) -> None:
    assert pooled(strata) is None


def test_line_runs_from_zero_at_the_bottom_over_the_whole_width() -> None:
    assert line_points([0, 5, 10], 10) == f"0.0,{CHART_HEIGHT}.0 260.0,90.0 {CHART_WIDTH}.0,0.0"
    assert line_points([0], 0) == f"0.0,{CHART_HEIGHT}.0"


def test_mark_stands_in_the_middle_of_its_week() -> None:
    first, last = TODAY - timedelta(weeks=51, days=6), TODAY - timedelta(days=6)
    assert place_of(first + timedelta(days=3), first, last) == 0
    assert place_of(last + timedelta(days=3), first, last) == 1
    assert place_of(first + timedelta(days=3, weeks=51) / 2, first, last) is not None
    assert place_of(first - timedelta(days=1), first, last) is None
    assert place_of(TODAY + timedelta(days=1), first, last) is None
