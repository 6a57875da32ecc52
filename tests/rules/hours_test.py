"""Hours as people type them, and what is refused."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.stores.rules import BadHours
from crm.stores.rules.hours import is_simple, merged, read_windows, written


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("9:00-12:00、13:30-18:00", [(540, 720), (810, 1080)]),
        ("09:00–12:00, 13:30–18:00", [(540, 720), (810, 1080)]),
        ("９：００～１２：００", [(540, 720)]),
        ("20:00-01:00", [(1200, 1500)]),
        ("20:00-25:00", [(1200, 1500)]),
        ("0:00-24:00", [(0, 1440)]),
        ("22:00-6:00 8:00-9:00", [(480, 540), (1320, 1800)]),
        ("9:00-13:00、12:00-18:00", [(540, 1080)]),
        ("9:00-12:00、12:00-13:00", [(540, 780)]),
        ("", []),
        (" 休 ", []),
        ("休息", []),
        ("closed", []),
    ],
)
def test_what_people_write(text: str, windows: list[tuple[int, int]]) -> None:
    assert read_windows(text) == windows


@pytest.mark.parametrize(
    "text",
    [
        "9点到18点",
        "9:00",
        "9:00-",
        "9:00-9:00",
        "24:00-25:00",
        "9:60-10:00",
        "9:00-49:00",
        "9:00-18:00 随便",
        "-1:00-2:00",
        "1e9",
        "9:00-18:00、",
        *["、".join(f"{hour}:00-{hour}:30" for hour in range(9))],
    ],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    if text.endswith("、"):  # a separator at the end is a slip, not a mistake
        assert read_windows(text) == [(540, 1080)]
        return
    with pytest.raises(BadHours):
        read_windows(text)


WINDOWS = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda p: (p[0], p[0] + p[1])),
    min_size=1,
    max_size=5,
)


@given(WINDOWS)
def test_what_is_shown_reads_back_the_same(windows) -> None:
    whole = merged(windows)
    assert all(read_windows(apart.join(written(whole))) == whole for apart in ("、", ", "))


@given(WINDOWS)
def test_merging_keeps_every_minute_and_no_overlap(windows) -> None:
    whole = merged(windows)
    minutes = {minute for start, end in windows for minute in range(start, end)}
    assert {minute for start, end in whole for minute in range(start, end)} == minutes
    assert all(first[1] < second[0] for first, second in pairwise(whole))


def test_the_short_form_shows_days_that_are_all_the_same() -> None:
    assert is_simple({day: [(540, 720), (780, 1350)] for day in range(7)})
    assert not is_simple({day: [(540, 720)] for day in range(6)})
    assert not is_simple({day: [(1, 2), (3, 4), (5, 6)] for day in range(7)})
    assert not is_simple({})
