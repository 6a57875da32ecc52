"""Business calendars: windows over midnight, days off, workdays, the arithmetic of deadlines.

All results are UTC. It does not know deadlines, policies or where the hours are stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")
HORIZON_DAYS = 400
MAX_TARGET_SECONDS = 366 * 86_400
DAY_MINUTES = 1440
_WEEK_OF_WORK = range(5)
# Minutes from midnight of the day a window starts on; the end may lie on the next day.
Window = tuple[int, int]
Weekly = Mapping[int, Sequence[Window]]


class NoWorkingTime(ValueError):
    """The calendar has no window within the horizon, so no deadline can be computed."""


@dataclass(frozen=True)
class Span:
    """A stretch between two instants; counted towards the target or skipped."""

    start: datetime
    end: datetime
    counted: bool

    @property
    def seconds(self) -> float:
        """Length of the stretch in seconds."""
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True)
class Statutory:
    """Statutory workdays: days that differ from Monday to Friday, up to `coverage_until`."""

    days: Mapping[date, bool] = field(default_factory=dict)
    coverage_until: date = date.min

    def is_workday(self, day: date) -> bool:
        """Whether people in offices work on that day; beyond coverage by the weekday."""
        return self.days.get(day, day.weekday() in _WEEK_OF_WORK)

    def covers(self, day: date) -> bool:
        """Whether the official list for that day is known."""
        return day <= self.coverage_until

    def workdays_after(self, start: date, count: int) -> date:
        """The last day of a period of whole workdays; the start day is not counted."""
        _check_target(count * 86_400)
        day = start
        while count:
            day += timedelta(days=1)
            count -= self.is_workday(day)
        return day


@dataclass(frozen=True)
class BusinessCalendar:
    """Weekly windows with overrides; `statutory` closes holidays and opens make-up days."""

    weekly: Weekly
    overrides: Mapping[date, Sequence[Window]] = field(default_factory=dict)
    zone: ZoneInfo = DEFAULT_ZONE
    statutory: Statutory | None = None
    makeup_weekday: int = 0

    def __post_init__(self) -> None:
        for windows in (*self.weekly.values(), *self.overrides.values()):
            for start, end in windows:
                if not 0 <= start < DAY_MINUTES or not start < end <= 2 * DAY_MINUTES:
                    raise ValueError(
                        "a window starts within its day and ends at most one day later"
                    )

    @cached_property
    def is_empty(self) -> bool:
        """Whether no window can ever open."""
        return not any(self.weekly.values()) and not any(self.overrides.values())

    def windows_on(self, day: date) -> Sequence[Window]:
        """The windows that start on that day: override, then statutory day, then weekday."""
        if day in self.overrides:
            return self.overrides[day]
        weekday = day.weekday()
        if self.statutory is not None and day in self.statutory.days:
            if not self.statutory.days[day]:
                return ()
            weekday = weekday if self.weekly.get(weekday) else self.makeup_weekday
        return self.weekly.get(weekday, ())

    def windows(
        self, since: datetime, days: int = HORIZON_DAYS
    ) -> Iterator[tuple[datetime, datetime]]:
        """Merged windows in order, from the evening before: it may still be open."""
        first = since.astimezone(self.zone).date() - timedelta(days=1)
        held: tuple[datetime, datetime] | None = None
        for number in range(days + 2):
            day = first + timedelta(days=number)
            for start, end in sorted(self.windows_on(day)):
                opens, closes = self._instant(day, start), self._instant(day, end)
                if held and opens <= held[1]:
                    held = (held[0], max(held[1], closes))
                    continue
                if held:
                    yield held
                held = (opens, closes)
        if held:
            yield held

    def add(self, start: datetime, seconds: float) -> datetime:
        """The instant at which `seconds` of open time have passed since `start`."""
        start = _utc(start)
        _check_target(seconds)
        if self.is_empty:
            raise NoWorkingTime
        for opens, closes in self.windows(start):
            begin = max(opens, start)
            have = (closes - begin).total_seconds()
            if have <= 0:
                continue
            if seconds <= have:
                return begin + timedelta(seconds=seconds)
            seconds -= have
        raise NoWorkingTime

    def elapsed(self, start: datetime, end: datetime) -> float:
        """Seconds of open time between two instants."""
        return sum(span.seconds for span in self.spans(start, end) if span.counted)

    def spans(self, start: datetime, end: datetime) -> tuple[Span, ...]:
        """Counted and skipped stretches between two instants, in order, without gaps."""
        start, end = _utc(start), _utc(end)
        found: list[Span] = []
        at = start
        for first, last in self.windows(start, days=max(0, (end - start).days) + 1):
            opens, closes = max(first, start), min(last, end)
            if closes <= opens:
                continue
            if opens > at:
                found.append(Span(at, opens, counted=False))
            found.append(Span(opens, closes, counted=True))
            at = closes
        if at < end:
            found.append(Span(at, end, counted=False))
        return tuple(found)

    def next_open(self, at: datetime) -> datetime:
        """`at` itself while open, else the start of the next window."""
        at = _utc(at)
        for opens, closes in self.windows(at):
            if closes > at:
                return max(opens, at)
        raise NoWorkingTime

    def is_open(self, at: datetime) -> bool:
        """Whether a window is open at that instant (half-open windows)."""
        return not self.is_empty and self.next_open(at) == at

    def is_provisional(self, due: datetime) -> bool:
        """Whether a statutory calendar does not know all days up to the deadline yet."""
        if self.statutory is None:
            return False
        return not self.statutory.covers(last_day(due, self.zone))

    def _instant(self, day: date, minute: int) -> datetime:
        day += timedelta(days=minute // DAY_MINUTES)
        clock = time(minute % DAY_MINUTES // 60, minute % 60)
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


def last_day(due: datetime, zone: ZoneInfo) -> date:
    """The day a deadline belongs to; 00:00 of a day is 24:00 of the day before."""
    return (due - timedelta(microseconds=1)).astimezone(zone).date()


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """24:00 of that day, as the exclusive first instant of the next one."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def add_workdays(start: datetime, count: int, statutory: Statutory, zone: ZoneInfo) -> datetime:
    """End of a period in workdays: without the start day, at 24:00 of the last one."""
    return end_of_day(statutory.workdays_after(_utc(start).astimezone(zone).date(), count), zone)


def add_natural_days(start: datetime, count: int, zone: ZoneInfo) -> datetime:
    """End of a period in natural days, counted from the day after."""
    _check_target(count * 86_400)
    return end_of_day(_utc(start).astimezone(zone).date() + timedelta(days=count), zone)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a datetime needs its time zone")
    return at.astimezone(UTC)


def _check_target(seconds: float) -> None:
    if not 0 < seconds <= MAX_TARGET_SECONDS:
        raise ValueError("a target lies between one second and one year")
