"""Dates and times as chat programs write them, and the day that a person adds when the text has none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from crm.integrations.formats.chat.parsed import ChatLine, Stamp

HALF_DAY = "上午|下午|中午|凌晨|晚上|AM|PM|am|pm"
DATE = r"(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日)"
CLOCK = rf"(?:(?:{HALF_DAY})\s?)?\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\s?(?:AM|PM|am|pm))?"
# Chat programs of before or after are none; far years would also break time zone arithmetic.
YEARS = range(2000, 2101)
LEAP_YEAR = 2024
# A clock that runs back by less than this is a jumble of one evening, by more it is the next day.
NEXT_DAY = timedelta(hours=6)

_NUMBERS = re.compile(r"\d+")
_HALF = re.compile(HALF_DAY)


def read_clock(text: str) -> time | None:
    """`下午3:25` -> 15:25; None for a time that no clock shows."""
    numbers = [int(part) for part in _NUMBERS.findall(text)]
    half = _HALF.search(text)
    hour = _hour(numbers[0], half.group().upper() if half else "")
    try:
        return time(hour, *numbers[1:])
    except ValueError:
        return None


def _hour(hour: int, half: str) -> int:
    if half in ("下午", "晚上", "PM") and hour < 12:
        return hour + 12
    if half == "中午" and hour < 11:
        return hour + 12
    if half in ("上午", "凌晨", "AM") and hour == 12:
        return 0
    return hour


def read_stamp(day: str, clock: str) -> Stamp | None:
    """Stamp from the parts that a header matched; None when they are no date or no time (then it was no header)."""
    read = read_clock(clock)
    if read is None:
        return None
    exact = clock.count(":") == 2
    parts = [int(part) for part in _NUMBERS.findall(day)]
    if not parts:
        return Stamp(clock=read, to_the_second=exact)
    year = parts[0] if len(parts) == 3 else None
    month, day_of_month = parts[-2:]
    if not _exists(LEAP_YEAR if year is None else year, month, day_of_month):
        return None
    return Stamp(year, month, day_of_month, read, exact)


def read_moment(text: str) -> Stamp | None:
    """`2025-03-01 10:32:05` of a table column."""
    day, _, clock = text.strip().partition(" ")
    if not re.fullmatch(DATE, day) or not re.fullmatch(CLOCK, clock):
        return None
    return read_stamp(day, clock)


def _exists(year: int, month: int, day: int) -> bool:
    if year not in YEARS:
        return False
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def with_day(lines: Iterable[ChatLine], day: date, about: time | None) -> list[ChatLine]:
    """Complete the stamps: the first message was sent on `day`; chat runs forward, so an early hour after a late one is the next day."""
    placed, last = [], datetime.combine(day, time.min)
    for line in lines:
        stamp = _complete(line.stamp, last, about)
        last = stamp.local or last
        placed.append(replace(line, stamp=stamp))
    return placed


def _complete(stamp: Stamp, last: datetime, about: time | None) -> Stamp:
    clock = stamp.clock or about
    if clock is None or stamp.year is not None:
        return stamp
    if stamp.day is None:
        behind = last - datetime.combine(last.date(), clock)
        day = last.date() + timedelta(days=1) if stamp.clock and behind > NEXT_DAY else last.date()
        return replace(stamp, year=day.year, month=day.month, day=day.day, clock=clock)
    years = [
        year
        for year in (last.year - 1, last.year, last.year + 1)
        if _exists(year, stamp.month, stamp.day)
    ]
    if not years:
        return stamp
    return replace(
        stamp,
        year=min(years, key=lambda year: abs(date(year, stamp.month, stamp.day) - last.date())),
    )
