"""How long complaints are kept after their end, and from when on a shorter time counts."""

from datetime import datetime, timedelta

DAYS_DEFAULT = 180
DAYS_MIN, DAYS_MAX = 30, 1825
SECOND_THOUGHTS = timedelta(hours=24)
"""What is removed is gone: a shorter time counts a day after it was chosen."""


def kept_days(days: int, before: int, changed_at: datetime | None, now: datetime) -> int:
    """The days that count now."""
    is_new = changed_at is not None and now < changed_at + SECOND_THOUGHTS
    return max(days, before) if is_new else days
