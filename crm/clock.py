"""The only place that reads the wall clock.

Time and calendars
Decision (accepted): times are aware UTC values; the shop's zone is applied only when a day border
is computed or a time is shown. Below the web, `now` is an argument.
Context: deadlines are judged by the time of an event, so every rule must be replayable.
Consequences: a demo database runs on shifted time by one offset, set once at start of a process.
"""

from datetime import UTC, datetime, timedelta

_offset = timedelta(0)


def set_offset(offset: timedelta) -> None:
    """Shift this process's time; used only for demo databases."""
    global _offset  # noqa: PLW0603  one process has one clock
    _offset = offset


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return datetime.now(UTC) + _offset  # noqa: TID251  this is the one allowed read
