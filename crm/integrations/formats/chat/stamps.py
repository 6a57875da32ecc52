"""Dates and times as chat programs write them, and the day that a person adds to them."""

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
NOON = 12
# A clock that runs back by less than this is a jumble of one evening, by more it is the next day.
NEXT_DAY = timedelta(hours=6)

_NUMBERS = re.compile(r"\d+")
_HALF = re.compile(HALF_DAY)


def read_clock(text: str) -> time | None:
    """`下午3:25` -> 15:25; None for a time that no clock shows."""
    hour, minute, second, *_rest = [int(part) for part in _NUMBERS.findall(text)] + [0]
    half = _HALF.search(text)
    try:
        return time(_hour(hour, half.group().upper() if half else ""), minute, second)
    except ValueError:
        return None


def _hour(hour: int, half: str) -> int:
    if half in ("下午", "晚上", "PM") and hour < NOON:
        return hour + NOON
    if half == "中午" and hour < NOON - 1:
        return hour + NOON
    if half in ("上午", "凌晨", "AM") and hour == NOON:
        return 0
    return hour


def read_stamp(day: str, clock: str) -> Stamp | None:
    """Return the stamp of what a header matched; None for no date or no time: no header then."""
    read = read_clock(clock)
    if read is None:
        return None
    exact = shows_seconds(clock)
    if not day:
        return Stamp(clock=read, to_the_second=exact)
    *years, month, day_of_month = [int(part) for part in _NUMBERS.findall(day)]
    if _date(years[0] if years else LEAP_YEAR, month, day_of_month) is None:
        return None
    return Stamp(years[0] if years else None, month, day_of_month, read, exact)


def shows_seconds(clock: str) -> bool:
    return clock.count(":") > 1


def read_moment(text: str) -> Stamp | None:
    """`2025-03-01 10:32:05` of a table column."""
    day, _, clock = text.strip().partition(" ")
    if not re.fullmatch(DATE, day) or not re.fullmatch(CLOCK, clock):
        return None
    return read_stamp(day, clock)


def _date(year: int, month: int, day: int) -> date | None:
    if year not in YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def with_day(lines: Iterable[ChatLine], day: date, about: time | None) -> list[ChatLine]:
    """Complete the stamps: the first line was sent on `day`, and chat runs forward.

    An early hour after a late one is therefore the next day, January after December the next year.
    """
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
    if stamp.month is None or stamp.day is None:
        behind = last - datetime.combine(last.date(), clock)
        day = last.date() + timedelta(days=1) if stamp.clock and behind > NEXT_DAY else last.date()
    else:
        near = _nearest(stamp.month, stamp.day, last.date())
        if near is None:
            return stamp
        day = near
    return Stamp(day.year, day.month, day.day, clock, stamp.to_the_second)


def _nearest(month: int, day: int, to: date) -> date | None:
    """Return that day in the year that lies nearest."""
    years = (_date(year, month, day) for year in (to.year - 1, to.year, to.year + 1))
    return min((one for one in years if one), key=lambda one: abs(one - to), default=None)
