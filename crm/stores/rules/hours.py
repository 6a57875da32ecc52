"""Windows of a day as people write them: 9:00–12:00、13:30–18:00, over midnight too. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from crm.stores.rules.calendar import DAY_MINUTES, Window
from crm.stores.rules.shop import MINUTES_MAX, BadHours

Point = TypeVar("Point", int, datetime)
Week = dict[int, list[Window]]
HOURS_TEXT_MAX = 120
WINDOWS_MAX = 8
_WINDOW = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|–|—|~|～|至|到)\s*(\d{1,2}):(\d{2})")
_APART = re.compile(r"[、,，;；\s]+")
_PLAIN = str.maketrans("０１２３４５６７８９：－　", "0123456789:- ")
_CLOSED = frozenset({"", "休", "休息", "不上班", "关门", "closed", "off", "-"})


def read_windows(text: str) -> list[Window]:
    """The windows of a day in order; an end before the start lies on the next day.

    Overlapping and touching windows are merged; nothing, or 休, is a closed day. Raises BadHours.
    """
    plain = text.translate(_PLAIN).strip().lower()
    if plain in _CLOSED:
        return []
    found = [_window(match) for match in _WINDOW.finditer(plain)]
    if _APART.sub("", _WINDOW.sub("", plain)) or not 0 < len(found) <= WINDOWS_MAX:
        raise BadHours(text)
    return merged(found)


def _window(match: re.Match[str]) -> Window:
    first, start_minute, last, end_minute = (int(part) for part in match.groups())
    start, end = first * 60 + start_minute, last * 60 + end_minute
    if max(start_minute, end_minute) > 59 or start >= DAY_MINUTES or start == end:  # noqa: PLR2004
        raise BadHours(match.group())
    end = end if end > start else end + DAY_MINUTES
    if end > MINUTES_MAX:
        raise BadHours(match.group())
    return start, end


def merged(stretches: Iterable[tuple[Point, Point]]) -> list[tuple[Point, Point]]:
    """The same time without overlaps, in order."""
    found: list[tuple[Point, Point]] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def written(windows: Sequence[Window]) -> list[str]:
    """Each window as the page shows and reads it."""
    return [f"{_clock(start)}–{_clock(_end(start, end))}" for start, end in windows]


def _end(start: int, end: int) -> int:
    """Past midnight the clock starts again, unless a whole day or more lies between."""
    is_plain = end <= DAY_MINUTES or end - start >= DAY_MINUTES
    return end if is_plain else end - DAY_MINUTES


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def is_simple(week: Week) -> bool:
    """Whether every day is the same, with one break at most: what the short form can show."""
    days = [week.get(day, []) for day in range(7)]
    return 0 < len(days[0]) <= 2 and all(day == days[0] for day in days)  # noqa: PLR2004
