"""How often a person may be written to: every cap counts, the strictest wins.

A cap looks both ways, so that a message already planned for next week counts today.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Period(StrEnum):
    """A calendar period in the shop's zone."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Cap:
    """At most `count` messages in any window of `window`: a length of days or a period."""

    count: int
    window: int | Period


SHOP_CAPS = (Cap(2, 7), Cap(4, 30))
PURPOSE_CAPS = (Cap(1, 30),)
# No cap looks further than this, so no older message has to be read.
REACH = timedelta(days=31)


def allows(sends: Sequence[datetime], at: datetime, cap: Cap, zone: ZoneInfo) -> bool:
    """Whether one more message at `at` keeps the cap in every window that holds it."""
    if isinstance(cap.window, Period):
        here = _period(at.astimezone(zone).date(), cap.window)
        return (
            sum(_period(s.astimezone(zone).date(), cap.window) == here for s in sends) < cap.count
        )
    length = timedelta(days=cap.window)
    times = sorted([*sends, at])
    starts = [start for start in times if at - length < start <= at]
    return all(sum(u <= s < u + length for s in times) <= cap.count for u in starts)


def all_allow(sends: Sequence[datetime], at: datetime, caps: Iterable[Cap], zone: ZoneInfo) -> bool:
    return all(allows(sends, at, cap, zone) for cap in caps)


def free_from(
    sends: Sequence[datetime], at: datetime, caps: Sequence[Cap], zone: ZoneInfo
) -> datetime:
    """The first moment from `at` on at which every cap allows one more message."""
    moments = {at}
    for cap in caps:
        for send in sends:
            moments.add(_after(send, cap.window, zone))
        if isinstance(cap.window, Period):
            moments.add(_after(at, cap.window, zone))
    return min(m for m in moments if m >= at and all_allow(sends, m, caps, zone))


def _after(send: datetime, window: int | Period, zone: ZoneInfo) -> datetime:
    if not isinstance(window, Period):
        return send + timedelta(days=window)
    day = _period(send.astimezone(zone).date(), window)
    if window is Period.MONTH:
        following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    else:
        following = day + timedelta(days=7 if window is Period.WEEK else 1)
    return datetime(following.year, following.month, following.day, tzinfo=zone)


def _period(day: date, period: Period) -> date:
    """The first day of the period."""
    if period is Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period is Period.MONTH else day
