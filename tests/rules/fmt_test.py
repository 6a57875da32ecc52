"""Dates, durations, money and points as people read them, in both languages."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.i18n import fmt, use_locale

NOW = datetime(2025, 6, 18, 12, 22, 18, tzinfo=UTC)  # 20:22:18 in the shop


@pytest.mark.parametrize(
    ("back", "zh", "en"),
    [
        (timedelta(seconds=59), "刚刚", "just now"),
        (timedelta(minutes=8), "8 分钟前", "8 min ago"),
        (timedelta(hours=3), "3 小时前", "3 h ago"),
        (timedelta(hours=20, minutes=23), "昨天 23:59", "yesterday 23:59"),
        (timedelta(days=2), "6 月 16 日", "16 Jun"),
        (timedelta(days=227), "2024-11-03", "3 Nov 2024"),
        (timedelta(hours=-2), "6 月 18 日 22:22", "18 Jun 22:22"),
    ],
)
def test_moment_is_said_as_in_lists(back: timedelta, zh: str, en: str) -> None:
    assert fmt.moment(NOW - back, NOW) == zh
    with use_locale("en"):
        assert fmt.moment(NOW - back, NOW) == en


def test_time_of_another_day_is_said_with_its_day() -> None:
    assert fmt.at(NOW - timedelta(hours=20), NOW) == "00:22"
    assert fmt.at(NOW - timedelta(days=1), NOW) == "6 月 17 日 20:22"
    assert fmt.at(NOW - timedelta(days=365), NOW) == "2024-06-18 20:22"
    with use_locale("en"):
        assert fmt.at(NOW + timedelta(days=1), NOW) == "19 Jun 20:22"


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0 秒", "0 s"),
        (59, "59 秒", "59 s"),
        (60, "1 分 0 秒", "1 min 0 s"),
        (402, "6 分 42 秒", "6 min 42 s"),
        (3599, "59 分 59 秒", "59 min 59 s"),
        (3600, "1 小时 0 分", "1 h 0 min"),
        (12000, "3 小时 20 分", "3 h 20 min"),
        (86400, "1 天 0 小时", "1 d 0 h"),
    ],
)
def test_duration_has_two_units(seconds: int, zh: str, en: str) -> None:
    assert fmt.duration(seconds) == fmt.duration(timedelta(seconds=seconds)) == zh
    with use_locale("en"):
        assert fmt.duration(seconds) == en


def test_days_and_times_are_the_shops() -> None:
    late = datetime(2025, 6, 18, 16, 30, tzinfo=UTC)
    assert fmt.full(late) == "2025-06-19 00:30"
    assert fmt.clock_time(late) == "00:30"
    assert fmt.day(late) == "6 月 19 日"
    assert fmt.day_heading(date(2025, 6, 18)) == "6 月 18 日 周三"
    with use_locale("en"):
        assert fmt.day_heading(date(2025, 6, 18)) == "Wed 18 Jun"
        assert fmt.full(late) == "19 Jun 2025, 00:30"


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "¥0"), (154600, "¥1,546"), (154605, "¥1,546.05"), (-900, "−¥9"), (5, "¥0.05")],
)
def test_money_has_decimals_only_where_it_is_not_whole(fen: int, text: str) -> None:
    assert fmt.money(fen) == text


@pytest.mark.parametrize(
    ("share", "points"),
    [(0.0416, "+4.2"), (-0.0316, "−3.2"), (0.0, "0.0"), (-0.0004, "0.0"), (0.0006, "+0.1")],
)
def test_points_carry_a_sign_unless_they_round_to_nothing(share: float, points: str) -> None:
    assert fmt.points(share) == points


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [(0.148, 1, "14.8%"), (0.85, 1, "85%"), (0.0904, 0, "9%"), (1, 1, "100%")],
)
def test_percent_drops_empty_decimals(share: float, digits: int, text: str) -> None:
    assert fmt.percent(share, digits) == text


def test_words_are_listed_as_the_language_does() -> None:
    words = ["亚麻", "真丝", "棉"]
    assert fmt.listed(words) == "亚麻、真丝、棉"
    assert fmt.listed([]) == ""
    with use_locale("en"):
        assert fmt.listed(one for one in ("linen", "silk")) == "linen, silk"
