"""The statutory workdays that ship: the published lists, and how far they reach.

It guesses nothing: beyond the last published year a deadline in workdays is provisional.
"""

from datetime import date
from functools import lru_cache
from typing import Any

from chinese_calendar import holidays, workdays

SINCE = 2025
_WEEK_OF_WORK = range(5)


@lru_cache
def published() -> dict[str, Any]:
    """The days that differ from Monday to Friday, and the last day that is known."""
    last = max(day.year for day in holidays)
    days = {day: False for day in holidays if day.weekday() in _WEEK_OF_WORK}
    days |= {day: True for day in workdays if day.weekday() not in _WEEK_OF_WORK}
    return {
        "until": date(last, 12, 31).isoformat(),
        "days": {day.isoformat(): days[day] for day in sorted(days) if day.year >= SINCE},
    }
