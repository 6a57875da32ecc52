"""At what time a demo opens: a given one, or the last one that fits the story."""

from datetime import datetime, time, timedelta

SHIPPED = "2025-06-18T20:22:18+08:00"
"""A Wednesday, in staffed hours, without a livestream."""
OPENS_AT = time(20, 22, 18)
STAFFED = ((time(9), time(12)), (time(13), time(22, 30)))
LIVE_WEEKDAYS = (1, 3, 5)
LIVE = (time(19, 30), time(22, 30))


def fits(moment: datetime) -> bool:
    """Say whether a local moment lies in staffed hours and outside the livestreams."""
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
