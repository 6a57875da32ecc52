"""At what time a demo opens: a given one, or the last one that fits the story."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

SHIPPED = "2025-06-18T20:22:18+08:00"
"""A Wednesday, in staffed hours, without a livestream."""
ZONE = ZoneInfo("Asia/Shanghai")
OPENS_AT = time(20, 22, 18)
STAFFED = ((time(9), time(12)), (time(13), time(22, 30)))
LIVE_WEEKDAYS = (1, 3, 5)
LIVE = (time(19, 30), time(22, 30))
STORY = timedelta(minutes=45)
"""What the story tells of today began that long ago, and was in staffed hours too."""


def fits(moment: datetime) -> bool:
    """Say whether the story could run at a local moment: staffed, and no livestream."""
    return all(_is_quiet(at) for at in (moment - STORY, moment))


def _is_quiet(moment: datetime) -> bool:
    at = moment.time()
    live = moment.weekday() in LIVE_WEEKDAYS and LIVE[0] <= at < LIVE[1]
    return any(start <= at < end for start, end in STAFFED) and not live


def opening(moment: datetime) -> datetime:
    """Return the moment, or 20:22:18 of the last day on which that fits."""
    if fits(moment):
        return moment
    evening = datetime.combine(moment.date(), OPENS_AT, moment.tzinfo)
    while evening > moment or not fits(evening):
        evening -= timedelta(days=1)
    return evening
