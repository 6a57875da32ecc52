"""Business calendars: every worked example as a row, and the laws of the arithmetic."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.stores.rules.calendar import (
    DEFAULT_ZONE,
    BusinessCalendar,
    NoWorkingTime,
    Statutory,
    add_natural_days,
    add_workdays,
    last_day,
)
from tests.examples import examples

DAY = (0, 1, 2, 3, 4, 5, 6)
MAKE_UP = """
    2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
    2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10
"""
OFF = """
    2025-01-01 1  2025-01-28 8  2025-04-04 3  2025-05-01 5  2025-05-31 3  2025-10-01 8
    2026-01-01 3  2026-02-15 9  2026-04-04 3  2026-05-01 5  2026-06-19 3  2026-09-25 3
    2026-10-01 7
"""


def _statutory(more_off: str = "", until: str = "2026-12-31") -> Statutory:
    days = dict.fromkeys(map(date.fromisoformat, MAKE_UP.split()), True)
    words = f"{OFF} {more_off}".split()
    for first, count in zip(words[::2], words[1::2], strict=True):
        start = date.fromisoformat(first)
        days |= {start + timedelta(days=number): False for number in range(int(count))}
    return Statutory(days, date.fromisoformat(until))


KNOWN = _statutory()
KNOWN_2027 = _statutory("2027-01-01 3", until="2027-12-31")


def _minutes(text: str) -> list[tuple[int, int]]:
    def minute(clock: str) -> int:
        hours, minutes = clock.split(":")
        return int(hours) * 60 + int(minutes)

    return [(minute(a), minute(b)) for a, b in (window.split("-") for window in text.split())]


def _weekly(days: tuple[int, ...], text: str) -> dict[int, list[tuple[int, int]]]:
    return {day: _minutes(text) for day in days}


WORK = (0, 1, 2, 3, 4)
SPLIT_HOURS = _weekly(WORK, "09:00-12:00 13:30-18:00")
EVE, FIRST = date(2026, 2, 16), date(2026, 2, 17)
CALENDARS = {
    "W95": BusinessCalendar(_weekly(WORK, "09:00-17:00")),
    "SPLIT": BusinessCalendar(SPLIT_HOURS),
    "DESK": BusinessCalendar(SPLIT_HOURS, statutory=KNOWN),
    "DESK27": BusinessCalendar(SPLIT_HOURS, statutory=KNOWN_2027),
    "STORE": BusinessCalendar(_weekly(DAY, "10:00-22:00")),
    "STORE-SF": BusinessCalendar(
        _weekly(DAY, "10:00-22:00"), {EVE: _minutes("10:00-15:00"), FIRST: ()}
    ),
    "LIVE": BusinessCalendar(_weekly(DAY, "20:00-25:00")),
    "LIVE-FS": BusinessCalendar(_weekly((4, 5), "20:00-25:00")),
    "LIVE-SF": BusinessCalendar(_weekly(DAY, "20:00-25:00"), {FIRST: ()}),
    "LIVE-SF2": BusinessCalendar(
        _weekly(DAY, "20:00-25:00"), {EVE: _minutes("20:00-24:00"), FIRST: ()}
    ),
    "NIGHT": BusinessCalendar(_weekly(DAY, "22:00-30:00")),
    "OVERLAP": BusinessCalendar(_weekly(DAY, "09:00-13:00 12:00-18:00")),
    "H24": BusinessCalendar(_weekly(DAY, "00:00-24:00")),
    "EMPTY": BusinessCalendar({}),
}


def at(text: str) -> datetime:
    """A moment in the shop's zone, as an aware datetime."""
    return datetime.fromisoformat(text).replace(tzinfo=DEFAULT_ZONE)


ADD = [
    ("A1", "W95", "2026-06-05 16:30", 60, "2026-06-08 09:30"),
    ("A2", "W95", "2026-06-08 07:00", 120, "2026-06-08 11:00"),
    ("A3", "SPLIT", "2026-06-10 11:50", 30, "2026-06-10 13:50"),
    ("A4", "W95", "2026-06-09 23:00", 60, "2026-06-10 10:00"),
    ("A5", "W95", "2026-06-05 23:00", 60, "2026-06-08 10:00"),
    ("A6", "STORE", "2026-06-09 23:00", 15, "2026-06-10 10:15"),
    ("A7", "W95", "2026-06-05 17:00", 1, "2026-06-08 09:01"),
    ("A8", "W95", "2026-06-05 16:59:30", 1, "2026-06-08 09:00:30"),
    ("A9", "W95", "2026-06-06 12:00", 480, "2026-06-08 17:00"),
    ("A10", "W95", "2026-06-06 12:00", 481, "2026-06-09 09:01"),
    ("A11", "SPLIT", "2026-06-10 11:30", 30, "2026-06-10 12:00"),
    ("A12", "SPLIT", "2026-06-10 12:00", 30, "2026-06-10 14:00"),
    ("A13", "SPLIT", "2026-06-10 12:40", 30, "2026-06-10 14:00"),
    ("A14", "SPLIT", "2026-06-10 09:00", 450, "2026-06-10 18:00"),
    ("A15", "SPLIT", "2026-06-10 08:00", 451, "2026-06-11 09:01"),
    ("A16", "SPLIT", "2026-06-10 17:50", 30, "2026-06-11 09:20"),
    ("A17", "LIVE", "2026-06-06 19:00", 30, "2026-06-06 20:30"),
    ("A18", "LIVE", "2026-06-05 23:50", 60, "2026-06-06 00:50"),
    ("A19", "LIVE", "2026-06-06 00:30", 20, "2026-06-06 00:50"),
    ("A20", "LIVE", "2026-06-06 00:50", 20, "2026-06-06 20:10"),
    ("A21", "LIVE", "2026-06-05 20:00", 300, "2026-06-06 01:00"),
    ("A22", "LIVE", "2026-06-05 20:00", 301, "2026-06-06 20:01"),
    ("A23", "LIVE", "2026-06-06 01:00", 10, "2026-06-06 20:10"),
    ("A24", "LIVE-FS", "2026-06-07 00:30", 60, "2026-06-12 20:30"),
    ("A25", "LIVE-FS", "2026-06-05 00:30", 10, "2026-06-05 20:10"),
    ("A26", "LIVE-FS", "2026-06-06 00:30", 60, "2026-06-06 20:30"),
    ("A27", "LIVE-SF", "2026-02-16 23:50", 60, "2026-02-17 00:50"),
    ("A28", "LIVE-SF", "2026-02-17 00:50", 20, "2026-02-18 20:10"),
    ("A29", "LIVE-SF2", "2026-02-16 23:50", 60, "2026-02-18 20:50"),
    ("A30", "NIGHT", "2026-06-06 03:00", 240, "2026-06-06 23:00"),
    ("A31", "OVERLAP", "2026-06-08 12:30", 60, "2026-06-08 13:30"),
    ("A32", "OVERLAP", "2026-06-08 09:00", 540, "2026-06-08 18:00"),
    ("A33", "H24", "2026-06-08 23:50", 20, "2026-06-09 00:10"),
    ("A34", "STORE", "2026-02-17 21:50", 30, "2026-02-18 10:20"),
    ("A35", "STORE", "2026-02-17 12:00", 30, "2026-02-17 12:30"),
    ("A36", "STORE-SF", "2026-02-16 14:45", 30, "2026-02-18 10:15"),
    ("A37", "STORE-SF", "2026-02-17 12:00", 30, "2026-02-18 10:30"),
    ("A38", "DESK", "2026-02-14 17:30", 120, "2026-02-24 10:30"),
    ("A39", "DESK", "2026-02-13 17:50", 30, "2026-02-14 09:20"),
    ("A40", "DESK", "2026-02-14 09:00", 450, "2026-02-14 18:00"),
    ("A41", "DESK", "2026-02-14 11:50", 30, "2026-02-14 13:50"),
    ("A42", "DESK", "2026-02-14 18:30", 30, "2026-02-24 09:30"),
    ("A43", "DESK", "2026-02-21 10:00", 30, "2026-02-24 09:30"),
    ("A44", "DESK", "2026-02-27 17:30", 60, "2026-02-28 09:30"),
    ("A45", "DESK", "2026-02-28 17:45", 30, "2026-03-02 09:15"),
    ("A46", "DESK", "2025-12-31 17:30", 60, "2026-01-04 09:30"),
    ("A47", "DESK", "2026-04-03 17:30", 60, "2026-04-07 09:30"),
    ("A48", "DESK", "2026-04-30 17:00", 90, "2026-05-06 09:30"),
    ("A49", "DESK", "2026-05-08 17:30", 60, "2026-05-09 09:30"),
    ("A50", "DESK", "2026-06-18 17:30", 60, "2026-06-22 09:30"),
    ("A51", "DESK", "2026-09-19 12:00", 30, "2026-09-20 09:30"),
    ("A52", "DESK", "2026-09-24 17:30", 60, "2026-09-28 09:30"),
    ("A53", "DESK", "2026-09-30 17:50", 20, "2026-10-08 09:10"),
    ("A54", "DESK", "2026-10-10 17:30", 60, "2026-10-12 09:30"),
    ("A55", "DESK", "2025-01-26 17:30", 90, "2025-01-27 10:00"),
    ("A56", "DESK", "2025-01-27 17:30", 90, "2025-02-05 10:00"),
    ("A57", "DESK", "2025-09-28 17:30", 60, "2025-09-29 09:30"),
    ("A58", "DESK", "2025-09-30 17:30", 60, "2025-10-09 09:30"),
    ("A59", "DESK", "2025-10-11 17:30", 60, "2025-10-13 09:30"),
    ("A62", "STORE", "2026-12-31 21:50", 30, "2027-01-01 10:20"),
]


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "due"), [row[1:] for row in ADD], ids=[row[0] for row in ADD]
)
def test_add_gives_the_worked_example(calendar: str, start: str, minutes: int, due: str) -> None:
    found = CALENDARS[calendar].add(at(start), minutes * 60)
    assert found == at(due)
    assert found.tzinfo is UTC
    assert not CALENDARS[calendar].is_provisional(found)


def test_a60_a_deadline_beyond_coverage_is_computed_by_weekday_and_marked_provisional() -> None:
    desk, start = CALENDARS["DESK"], at("2026-12-31 17:30")
    due = desk.add(start, 3600)
    assert due == at("2027-01-01 09:30")
    assert desk.is_provisional(due)


def test_a61_entering_the_year_moves_the_deadline_and_takes_the_mark_away() -> None:
    desk, start = CALENDARS["DESK27"], at("2026-12-31 17:30")
    due = desk.add(start, 3600)
    assert due == at("2027-01-04 09:30")
    assert not desk.is_provisional(due)


def test_a63_an_empty_calendar_raises_at_once() -> None:
    with pytest.raises(NoWorkingTime):
        CALENDARS["EMPTY"].add(at("2026-06-06 12:00"), 60)


def test_a63_a_calendar_closed_for_longer_than_the_horizon_raises() -> None:
    only_once = BusinessCalendar({}, {date(2026, 6, 6): _minutes("09:00-10:00")})
    with pytest.raises(NoWorkingTime):
        only_once.add(at("2026-06-07 12:00"), 60)


@pytest.mark.parametrize("seconds", [0, -300, 1_000_000_000 * 60])
def test_a64_targets_that_make_no_sense_are_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match="target"):
        CALENDARS["STORE"].add(at("2026-06-06 12:00"), seconds)


def test_a64_a_datetime_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CALENDARS["STORE"].add(at("2026-06-06 12:00").replace(tzinfo=None), 60)


@pytest.mark.parametrize("window", [(-1, 60), (600, 600), (600, 500), (1440, 1500), (600, 2881)])
def test_a_window_starts_on_its_day_and_ends_at_most_a_day_later(window: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="window"):
        BusinessCalendar({0: [window]})


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "half", "most"),
    [
        ("W95", "2026-06-05 16:30", 60, "2026-06-05 17:00", "2026-06-08 09:18"),
        ("SPLIT", "2026-06-10 11:50", 30, "2026-06-10 13:35", "2026-06-10 13:44"),
        ("LIVE", "2026-06-05 23:50", 60, "2026-06-06 00:20", "2026-06-06 00:38"),
    ],
    ids=["C1", "C2", "C3"],
)
def test_warnings_count_in_the_calendar(
    calendar: str, start: str, minutes: int, half: str, most: str
) -> None:
    assert CALENDARS[calendar].add(at(start), minutes * 30) == at(half)
    assert CALENDARS[calendar].add(at(start), minutes * 48) == at(most)


@pytest.mark.parametrize(
    ("calendar", "start", "end", "minutes"),
    [
        ("W95", "2026-06-05 16:30", "2026-06-08 09:30", 60),
        ("W95", "2026-06-06 10:00", "2026-06-07 18:00", 0),
        ("SPLIT", "2026-06-10 11:50", "2026-06-10 13:50", 30),
        ("LIVE", "2026-06-05 23:00", "2026-06-06 02:00", 120),
        ("LIVE", "2026-06-06 00:30", "2026-06-06 20:15", 45),
        ("STORE", "2026-06-07 21:00", "2026-06-08 11:00", 120),
        ("OVERLAP", "2026-06-08 09:00", "2026-06-08 18:00", 540),
        ("DESK", "2026-02-13 17:00", "2026-02-24 10:00", 570),
    ],
    ids=["D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8"],
)
def test_elapsed_counts_open_time(calendar: str, start: str, end: str, minutes: int) -> None:
    assert CALENDARS[calendar].elapsed(at(start), at(end)) == minutes * 60


def test_elapsed_backwards_is_nothing() -> None:
    assert CALENDARS["H24"].elapsed(at("2026-06-06 12:00"), at("2026-06-06 11:00")) == 0


def test_a_window_that_goes_on_past_the_end_is_cut() -> None:
    assert CALENDARS["H24"].elapsed(at("2026-06-06 12:00"), at("2026-06-06 12:01")) == 60


@pytest.mark.parametrize(
    ("received", "count", "last", "provisional"),
    [
        ("2026-02-09", 7, "2026-02-25", False),
        ("2026-02-09", 15, "2026-03-06", False),
        ("2026-02-12", 2, "2026-02-14", False),
        ("2026-02-13", 2, "2026-02-24", False),
        ("2026-02-14", 2, "2026-02-25", False),
        ("2026-02-21", 1, "2026-02-24", False),
        ("2026-01-15", 45, "2026-03-25", False),
        ("2026-04-30", 2, "2026-05-07", False),
        ("2026-06-05", 5, "2026-06-12", False),
        ("2026-09-30", 5, "2026-10-13", False),
        ("2025-12-31", 1, "2026-01-04", False),
        ("2026-12-28", 7, "2027-01-06", True),
    ],
    ids=[f"F{number}" for number in range(1, 13)],
)
def test_workdays_end_at_midnight_of_the_last_one(
    received: str, count: int, last: str, *, provisional: bool
) -> None:
    due = add_workdays(at(f"{received} 11:00"), count, KNOWN, DEFAULT_ZONE)
    assert last_day(due, DEFAULT_ZONE) == date.fromisoformat(last)
    assert due.astimezone(DEFAULT_ZONE).time().isoformat() == "00:00:00"
    assert KNOWN.covers(last_day(due, DEFAULT_ZONE)) is not provisional


def test_f13_workdays_after_the_year_was_entered() -> None:
    due = add_workdays(at("2026-12-28 11:00"), 7, KNOWN_2027, DEFAULT_ZONE)
    assert last_day(due, DEFAULT_ZONE) == date(2027, 1, 7)


def test_g1_natural_days_count_from_the_day_after() -> None:
    assert add_natural_days(at("2026-02-10 14:00"), 7, DEFAULT_ZONE) == at("2026-02-18 00:00")


def test_g2_thirty_days_of_wall_time_keep_the_clock_time() -> None:
    assert at("2026-11-23 15:20") + timedelta(days=30) == at("2026-12-23 15:20")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [("09:59", False), ("10:00", True), ("21:59", True), ("22:00", False)],
)
def test_windows_are_half_open(moment: str, *, is_open: bool) -> None:
    assert CALENDARS["STORE"].is_open(at(f"2026-06-06 {moment}")) is is_open


def test_next_open_is_now_while_open_and_the_next_start_otherwise() -> None:
    assert CALENDARS["STORE"].next_open(at("2026-06-06 12:00")) == at("2026-06-06 12:00")
    assert CALENDARS["STORE"].next_open(at("2026-06-06 22:30")) == at("2026-06-07 10:00")
    with pytest.raises(NoWorkingTime):
        CALENDARS["EMPTY"].next_open(at("2026-06-06 12:00"))


def test_spans_say_what_was_counted_and_what_was_skipped() -> None:
    spans = CALENDARS["SPLIT"].spans(at("2026-06-10 11:50"), at("2026-06-10 13:50"))
    assert [(span.seconds / 60, span.counted) for span in spans] == [
        (10, True),
        (90, False),
        (20, True),
    ]


# Laws. The windows overlap, touch and cross midnight: calendars without them prove nothing.
windows = st.tuples(st.integers(0, 1439), st.integers(60, 1440)).map(lambda w: (w[0], w[0] + w[1]))
shifts = st.lists(windows, max_size=3)
calendars = st.builds(
    BusinessCalendar,
    st.dictionaries(st.integers(0, 6), shifts, min_size=2).filter(lambda week: any(week.values())),
    st.dictionaries(
        st.integers(0, 9).map(lambda n: date(2026, 6, 1) + timedelta(days=n)), shifts, max_size=2
    ),
)
moments = st.integers(0, 7 * 86_400).map(
    lambda seconds: at("2026-06-01 00:00") + timedelta(seconds=seconds)
)
targets = st.integers(1, 86_400)
laws = examples(few=150, full=1_500)


@laws
@given(calendars, moments, targets)
def test_law_round_trip(calendar: BusinessCalendar, start: datetime, seconds: int) -> None:
    assert calendar.elapsed(start, calendar.add(start, seconds)) == seconds


@laws
@given(calendars, moments, targets, targets)
def test_law_additivity(
    calendar: BusinessCalendar, start: datetime, first: int, second: int
) -> None:
    assert calendar.add(start, first + second) == calendar.add(calendar.add(start, first), second)


@examples(few=60, full=1_500)
@given(calendars, st.integers(0, 7 * 1440), st.integers(1, 600))
def test_law_equals_a_count_minute_by_minute(
    calendar: BusinessCalendar, offset: int, minutes: int
) -> None:
    start = at("2026-06-01 00:00") + timedelta(minutes=offset)
    minute, left = start, minutes
    while left:
        local = minute.astimezone(DEFAULT_ZONE)
        left -= _open_by_hand(calendar, local)
        minute += timedelta(minutes=1)
    assert calendar.add(start, minutes * 60) == minute


def _open_by_hand(calendar: BusinessCalendar, local: datetime) -> bool:
    now = local.hour * 60 + local.minute
    yesterday = local.date() - timedelta(days=1)
    today_open = any(a <= now < b for a, b in calendar.windows_on(local.date()))
    return today_open or any(a <= now + 1440 < b for a, b in calendar.windows_on(yesterday))


@laws
@given(calendars, moments, targets, st.integers(0, 2 * 86_400), st.integers(0, 86_400))
def test_law_a_pause_keeps_what_is_left_and_never_moves_the_deadline_earlier(
    calendar: BusinessCalendar, start: datetime, seconds: int, after: int, length: int
) -> None:
    due = calendar.add(start, seconds)
    paused = min(start + timedelta(seconds=after), due)
    left = calendar.elapsed(paused, due)
    resumed = paused + timedelta(seconds=length)
    moved = calendar.add(resumed, left) if left else due
    assert moved >= due
    assert calendar.elapsed(start, paused) + left == seconds
