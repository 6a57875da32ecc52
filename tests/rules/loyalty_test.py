"""Occasions, rhythm, tags with reasons and the next-order window."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.loyalty.rules import (
    Cadence,
    OrderFact,
    RhythmState,
    Stats,
    Tag,
    fit_cadence,
    next_window,
    purchase_rate,
    purchase_stats,
    reason,
    return_probability,
    standing,
    urgency,
)

TODAY = date(2025, 6, 18)
SHOP = Cadence(gap_half_days=54, prior_days=110.936763, own_gap_days=27, buyers=9, occasions=9)


def bought(*days_ago):
    """Return a history of one order on each of these days."""
    days = tuple(TODAY - timedelta(days=ago) for ago in sorted(days_ago, reverse=True))
    return Stats(days=days, orders_count=len(days), spend_fen=100 * len(days))


def tags(stats, cadence=SHOP):
    return [fact.tag for fact in standing(stats, cadence, TODAY).tags]


def test_orders_of_one_day_are_one_occasion_with_their_sum():
    stats = purchase_stats(
        [OrderFact(TODAY, 100), OrderFact(TODAY, 250), OrderFact(TODAY - timedelta(days=9), 50)]
    )
    assert (stats.occasions, stats.orders_count, stats.spend_fen) == (2, 3, 400)
    assert (stats.first_on, stats.last_on) == (TODAY - timedelta(days=9), TODAY)


def test_contact_whose_orders_all_came_to_nothing_has_not_bought():
    assert purchase_stats([OrderFact(TODAY, 0)]) is None
    assert purchase_stats([]) is None


@pytest.mark.parametrize(
    ("repeats", "span", "known", "rate", "score"),
    [
        (0, 0, 270, 0.001313, 0.0010994),
        (1, 70, 266, 0.003979, 0.0026944),
        (5, 210, 245, 0.015452, 0.011791),
    ],
)
def test_shrunk_cadence_gives_the_published_figures(repeats, span, known, rate, score):
    inner = [known - span * i // max(repeats, 1) for i in range(repeats + 1)]
    stats = bought(*inner)
    assert purchase_rate(stats, SHOP, TODAY) == pytest.approx(rate, abs=5e-7)
    assert urgency(stats, SHOP, TODAY) == pytest.approx(score, abs=5e-7)


def test_shop_rhythm_is_the_median_of_all_completed_gaps():
    cadence = fit_cadence([bought(40, 30, 0).days, bought(20, 0).days, bought(5).days], TODAY)
    assert (cadence.gap_half_days, cadence.buyers, cadence.occasions) == (40, 3, 6)
    assert cadence.own_gap_days == 20
    assert cadence.prior_days == pytest.approx(0.5 * 65 / 3)


def test_shop_rhythm_may_end_in_a_half_day():
    odd = fit_cadence([bought(30, 10, 0).days, bought(25, 0).days, bought(5, 0).days], TODAY)
    even = fit_cadence([bought(25, 0).days, bought(10, 0).days], TODAY)
    assert (odd.gap_half_days, even.gap_half_days) == (30, 35)


@pytest.mark.parametrize("histories", [[], [bought(0).days], [bought(3).days, bought(3).days]])
def test_shop_without_a_repeat_order_gets_figures_all_the_same(histories):
    cadence = fit_cadence(histories, TODAY)
    assert cadence.gap_half_days == 60
    assert 0 <= return_probability(bought(0), cadence, TODAY, 90) <= 1


@pytest.mark.parametrize(
    ("days_ago", "tag", "state"),
    [
        ((54,), Tag.NEW, RhythmState.NEW),
        ((55,), Tag.ONE_TIMER_LAPSED, RhythmState.LOST),
        # own rhythm of two orders 36 days apart: (36 + 54) / 3 = 30 days
        ((57, 21), Tag.SECOND_ORDER, RhythmState.EARLY),
        ((58, 22), Tag.SECOND_ORDER, RhythmState.DUE),
        ((81, 45), Tag.SECOND_ORDER, RhythmState.DUE),
        ((82, 46), Tag.SECOND_ORDER, RhythmState.LAPSING),
        ((96, 60), Tag.SECOND_ORDER, RhythmState.LAPSING),
        ((97, 61), Tag.REPEAT_LAPSED, RhythmState.LOST),
        # own rhythm of three orders in 26 days: (26 + 54) / 4 = 20 days
        ((40, 20, 14), Tag.LOYAL_NOT_DUE, RhythmState.EARLY),
        ((41, 20, 15), Tag.LOYAL_DUE, RhythmState.DUE),
        ((56, 40, 30), Tag.LOYAL_DUE, RhythmState.DUE),
        ((57, 40, 31), Tag.LOYAL_OVERDUE, RhythmState.LAPSING),
        ((86, 70, 60), Tag.LOYAL_OVERDUE, RhythmState.LAPSING),
        ((87, 70, 61), Tag.REPEAT_LAPSED, RhythmState.LOST),
    ],
)
def test_rhythm_tag_changes_exactly_at_its_border(days_ago, tag, state):
    found = standing(bought(*days_ago), SHOP, TODAY)
    assert (found.tags[0].tag, found.state) == (tag, state)


@pytest.mark.parametrize(
    ("days_ago", "loyal", "count"),
    [
        ((10, 20), False, 2),
        ((10, 20, 365), True, 3),
        ((10, 20, 366), False, 2),
        ((1, 2, 3, 4), True, 4),
    ],
)
def test_three_orders_in_twelve_months_are_loyal(days_ago, loyal, count):
    found = standing(bought(*days_ago), SHOP, TODAY)
    assert (Tag.LOYAL in [fact.tag for fact in found.tags], found.loyal_count) == (loyal, count)


def test_standing_names_the_day_on_which_time_alone_changes_it():
    assert standing(bought(54), SHOP, TODAY).changes_on == TODAY + timedelta(days=1)
    assert standing(bought(40, 20, 14), SHOP, TODAY).changes_on == TODAY + timedelta(days=1)
    assert standing(bought(365, 300, 0), SHOP, TODAY).changes_on == TODAY + timedelta(days=1)
    assert standing(bought(900), SHOP, TODAY).changes_on is None


histories = st.lists(st.integers(0, 1200), min_size=1, max_size=12, unique=True)
shops = st.builds(
    Cadence,
    gap_half_days=st.integers(2, 400),
    prior_days=st.floats(0.5, 5000),
    own_gap_days=st.floats(1, 300),
    buyers=st.just(1),
    occasions=st.just(1),
)


@given(histories, shops)
def test_nothing_changes_before_the_named_day_and_something_does_on_it(days_ago, shop):
    stats = bought(*days_ago)
    today = standing(stats, shop, TODAY)

    def verdict(day):
        found = standing(stats, shop, day)
        return found.state, [fact.tag for fact in found.tags], found.loyal_count

    if today.changes_on is None:
        assert verdict(TODAY + timedelta(days=3000)) == verdict(TODAY)
    else:
        assert verdict(today.changes_on - timedelta(days=1)) == verdict(TODAY)
        assert verdict(today.changes_on) != verdict(TODAY)


@given(histories, shops)
def test_everybody_who_bought_has_one_rhythm_tag_and_a_reason_with_numbers(days_ago, shop):
    found = standing(bought(*days_ago), shop, TODAY)
    rhythm = [fact for fact in found.tags if fact.tag is not Tag.LOYAL]
    assert len(rhythm) == 1
    assert all(fact.facts for fact in found.tags)
    assert all(reason(fact.tag, fact.facts, TODAY).values for fact in found.tags)


@given(histories, shops)
def test_next_order_is_never_expected_in_the_past(days_ago, shop):
    window = next_window(bought(*days_ago), shop, TODAY)
    if len(days_ago) == 1:
        assert window is None
    else:
        assert TODAY < window.from_on <= window.expected_on <= window.to_on


def test_next_order_follows_her_own_gap_until_it_has_run_out():
    assert next_window(bought(50, 10), SHOP, TODAY).expected_on == TODAY + timedelta(days=30)
    overdue = next_window(bought(140, 100), SHOP, TODAY)
    assert overdue.expected_on == TODAY + timedelta(days=16)  # half of (40 + 2 * 27) / 3


def test_reason_counts_the_days_when_it_is_read():
    fact = standing(bought(41, 20, 15), SHOP, TODAY).tags[0]
    assert reason(fact.tag, fact.facts, TODAY).values == {
        "count": 3, "days": 15, "shop_days": 27, "own_days": 20, "times": "0.8",
    }  # fmt: skip
    assert reason(fact.tag, fact.facts, TODAY + timedelta(days=45)).values["days"] == 60


def test_reason_of_the_tier_names_its_rule():
    fact = standing(bought(1, 2, 3), SHOP, TODAY).tags[-1]
    assert reason(fact.tag, fact.facts, TODAY).values == {
        "count": 3, "rule_orders": 3, "rule_days": 365,
    }  # fmt: skip
