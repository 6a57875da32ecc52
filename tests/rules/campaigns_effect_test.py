"""What may be said of a list's result, and how small a difference would show."""

import random

import pytest

from crm.campaigns import rules
from crm.campaigns.rules import Side, Verdict

# Results


@pytest.mark.parametrize(
    ("treated", "holdout", "figures", "verdict"),
    [
        ((72, 486), (13, 122), (4.16, -3.16, 9.68), Verdict.UNCERTAIN),
        ((121, 398), (19, 100), (11.40, 1.62, 19.40), Verdict.WORKS),
        ((31, 148), (4, 37), (10.14, -4.92, 19.89), Verdict.UNCERTAIN),
        ((56, 70), (48, 80), (20.00, 5.24, 33.39), Verdict.WORKS),
        ((48, 80), (56, 70), (-20.00, -33.39, -5.24), Verdict.HARMS),
        ((0, 10), (0, 20), (0, -16.11, 27.75), Verdict.UNCERTAIN),
    ],
)
def test_interval_of_one_list(treated, holdout, figures, verdict):
    found = rules.newcombe(Side(treated[1], treated[0]), Side(holdout[1], holdout[0]))
    points = tuple(round(100 * x, 2) for x in (found.uplift, found.low, found.high))
    assert points == figures
    assert found.verdict is verdict


def test_without_both_arms_there_is_no_difference():
    assert rules.newcombe(Side(10, 1), Side(0, 0)) is None
    assert Side(0, 0).rate is None


def test_interval_holds_the_truth_as_often_as_it_says():
    dice = random.Random(7)
    hits = 0
    for _ in range(2000):
        treated = sum(dice.random() < 0.10 for _ in range(240))
        holdout = sum(dice.random() < 0.07 for _ in range(60))
        found = rules.newcombe(Side(240, treated), Side(60, holdout))
        hits += found.low <= 0.03 <= found.high
    assert 0.93 <= hits / 2000 <= 0.97


@pytest.mark.parametrize(
    ("base", "uplift", "ratio", "needed"),
    [
        (0.05, 0.02, 1, 2213),
        (0.07, 0.03, 9, 788),
        (0.15, 0.05, 1, 906),
        (0.32, 0.10, 9, 206),
        (0.11, 0.04, 4, 713),
    ],
)
def test_people_needed_to_see_a_difference(base, uplift, ratio, needed):
    assert rules.holdout_needed(base, uplift, ratio) == needed


@pytest.mark.parametrize(
    ("base", "people_count", "smallest"),
    [(0.07, 100, 0.295), (0.07, 1000, 0.07), (0.32, 300, 0.20), (0.32, 3000, 0.065)],
)
def test_smallest_visible_difference(base, people_count, smallest):
    assert rules.smallest_visible(base, people_count, 0.2) == pytest.approx(smallest)


@pytest.mark.parametrize(("people_count", "share"), [(0, 0.2), (3, 0.2), (100, 0.0)])
def test_list_too_small_to_show_anything_says_so(people_count, share):
    assert rules.smallest_visible(0.1, people_count, share) is None
