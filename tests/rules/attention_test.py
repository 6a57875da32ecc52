"""One-on-one time against its limit: one sum, one rule."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.attention import rules
from crm.attention.rules import Allowance, Policy, State, Topic

NOW = datetime(2025, 6, 18, 12, 22, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("used", "state"),
    [
        (0, State.OK),
        (23, State.OK),
        (24, State.NEAR),
        (29, State.NEAR),
        (30, State.OVER),
        (42, State.OVER),
    ],
)
def test_state_is_near_from_80_percent_and_over_from_100(used, state):
    allowance = rules.allowance(
        Policy(), cap_minutes=30, charged_seconds=used * 60, exempt_seconds=0
    )
    assert allowance.state is state
    assert allowance.remaining_minutes == 30 - used


@pytest.mark.parametrize(("used", "asks"), [(29, False), (30, False), (31, True)])
def test_reason_is_asked_for_only_past_the_limit(used, asks):
    allowance = rules.allowance(
        Policy(), cap_minutes=30, charged_seconds=used * 60, exempt_seconds=0
    )
    assert rules.passes_limit(allowance) is asks


@pytest.mark.parametrize(("used", "state"), [(0, State.OK), (1, State.OVER)])
def test_a_limit_of_nothing_is_over_only_when_used(used, state):
    assert rules.state_of(used, 0, 80) is state


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 0), (1, 1), (60, 1), (61, 2), (180, 3)])
def test_a_begun_minute_counts(seconds, minutes):
    assert rules.whole_minutes(seconds) == minutes


@pytest.mark.parametrize(
    ("loyal", "extra", "cap"), [(False, 0, 30), (True, 0, 45), (False, 15, 45), (True, 15, 60)]
)
def test_cap_is_the_shops_plus_what_was_granted(loyal, extra, cap):
    assert rules.cap_of(Policy(), loyal=loyal, extra_minutes=extra) == cap


@pytest.mark.parametrize("topic", list(Topic))
def test_complaint_after_sales_and_access_help_are_never_charged(topic):
    free = {Topic.COMPLAINT, Topic.AFTER_SALES, Topic.ACCESS_HELP}
    assert rules.is_charged(topic) is (topic not in free)
    assert (topic in rules.CHARGED) is (topic not in free)


@pytest.mark.parametrize(
    ("topic", "complaint_id", "kept"),
    [
        (Topic.PRE_SALE, None, Topic.PRE_SALE),
        (Topic.PRE_SALE, 128, Topic.COMPLAINT),
        (Topic.AFTER_SALES, 128, Topic.AFTER_SALES),
    ],
)
def test_a_touch_of_a_complaint_is_about_it(topic, complaint_id, kept):
    assert rules.topic_of(topic, complaint_id) is kept


@pytest.mark.parametrize(
    ("age", "may"),
    [(timedelta(0), True), (timedelta(hours=24), True), (timedelta(hours=24, seconds=1), False)],
)
def test_touch_is_changed_within_24_hours_only(age, may):
    assert rules.may_change(NOW - age, NOW) is may


def test_over_minutes_are_what_is_past_the_limit():
    assert Allowance(30, 42, 0, State.OVER).over_minutes == 12
    assert Allowance(30, 18, 0, State.OK).over_minutes == 0


def test_window_is_thirty_days():
    assert NOW - rules.window_start(NOW) == timedelta(days=30)


def test_cost_and_margin_round_to_fen():
    policy = Policy(margin_percent=42, hourly_cost_fen=3600)
    assert rules.time_cost_fen(policy, 51 * 60) == 3060
    assert rules.margin_fen(policy, 68_800) == 28_896


def test_staff_day_never_shows_less_than_nothing():
    assert rules.StaffDay(46, 90).remaining_minutes == 44
    assert rules.StaffDay(95, 90).remaining_minutes == 0
