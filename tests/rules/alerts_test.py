from datetime import UTC, datetime, timedelta

import pytest

from crm.alerts import rules
from crm.integrations.rules import ChannelKind

NOW = datetime(2026, 6, 6, 7, 7, tzinfo=UTC)


def failed(**changes):
    case = {
        "permanent": False,
        "attempts": 1,
        "wait": None,
        "severity": 2,
        "created_at": NOW,
        "now": NOW,
    }
    return rules.after_failure(**(case | changes))


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 10), (2, 30), (3, 60), (4, 120), (5, 300), (6, 600), (7, 600), (150, 600)],
)
def test_back_off_grows_to_ten_minutes_and_stays(attempts, seconds):
    assert rules.back_off(attempts) == timedelta(seconds=seconds)


def test_retry_waits_for_the_vendors_window_when_it_is_longer():
    assert failed(wait=timedelta(minutes=10)).next_at == NOW + timedelta(minutes=10)
    assert failed(attempts=6, wait=timedelta(minutes=1)).next_at == NOW + timedelta(minutes=10)


@pytest.mark.parametrize(("age", "again"), [(86_389, True), (86_390, True), (86_391, False)])
def test_retry_ends_a_day_after_the_alert_was_raised(age, again):
    retry = failed(created_at=NOW - timedelta(seconds=age))
    assert (retry.next_at is not None) is again


def test_fall_over_is_at_once_for_the_top_severity_and_after_two_minutes_otherwise():
    assert failed(severity=1).fall_over_at == NOW
    assert failed(severity=2).fall_over_at == NOW + timedelta(minutes=2)
    assert failed(severity=None).fall_over_at == NOW + timedelta(minutes=2)


def test_permanent_failure_is_never_tried_again_and_falls_over_at_once():
    retry = failed(permanent=True)
    assert (retry.next_at, retry.fall_over_at) == (None, NOW)


def test_dedupe_keys_name_clock_level_repeat_recipient_and_channel():
    base = "clock-17:L0:0"
    assert rules.inbox_key(base, 3) == "clock-17:L0:0:staff-3:inbox"
    key = rules.channel_key(base, 9, ChannelKind.WECOM_ROBOT)
    assert key == "clock-17:L0:0:channel-9:wecom_robot"


def test_longest_base_leaves_room_for_recipient_and_channel():
    base = "x" * rules.BASE_MAX
    keys = [rules.channel_key(base, 2**63, kind) for kind in ChannelKind]
    assert max(len(key) for key in [*keys, rules.inbox_key(base, 2**63)]) <= rules.KEY_MAX


@pytest.mark.parametrize(("repeat", "n"), [(0, 1), (1, 1), (2, 2), (6, 6)])
def test_reminder_is_counted_from_one(repeat, n):
    assert rules.nth(repeat) == n
