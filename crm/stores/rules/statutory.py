"""A year of statutory days as the owner pastes it: CSV lines, or the text of the notice. Pure.

It reads dates, ranges and the words 放假, 上班 and 调休; it never completes or guesses a day.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LABEL_MAX = 20
SOURCE_MAX = 120
PASTE_MAX = 8_000
OFF_DAYS_MAX = 60
_RANGE_MAX = timedelta(days=15)
_SATURDAY = 5
_CELLS = ("date", "kind")

_DATE = (
    r"(?:(?P<{0}y>\d{{4}})\s*[年/.-]\s*)?(?:(?P<{0}m>\d{{1,2}})\s*[月/.-]\s*)?"
    r"(?P<{0}d>\d{{1,2}})\s*日?"
)
_SPAN = re.compile(
    rf"{_DATE.format('a')}(?:\s*(?:至|到|[—–~～]+|-(?=\s*\d))\s*{_DATE.format('b')})?"
)
_NOTE = re.compile(r"[（(][^）)]*[）)]")
_CLAUSE = re.compile(r"[、，,；;。]")
_HEAD = re.compile(
    r"^\s*(?:[一二三四五六七八九十]+[、.．]|\d+[.．、]\s)?\s*(?P<name>[^\d：:，,。]{1,20})\s*[：:]"
)
_WORK = re.compile(r"上班|补班|调休上班|(?<!非)工作日")
_OFF = re.compile(r"放假|休息|休(?!日)|调休")
_WORDS = {
    "work": True, "workday": True, "1": True, "true": True, "上班": True, "班": True,
    "off": False, "holiday": False, "0": False, "false": False, "放假": False, "休": False,
    "休息": False,
}  # fmt: skip


class BadYear(ValueError):
    """What was pasted cannot be taken; `key` names the words that say why."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class EditSpent(Exception):
    """The change was taken back already, or the year was changed again since."""


@dataclass(frozen=True)
class NamedDay:
    """A day of the list: off, or worked to make up."""

    on: date
    is_workday: bool
    label: str = ""


def coverage(days: Collection[date]) -> date:
    """Until when the days are known: the end of the last year of the unbroken run of years."""
    years = {day.year for day in days}
    last = min(years, default=date.min.year)
    while last + 1 in years:
        last += 1
    return date(last, 12, 31) if years else date.min


def read_year(text: str, year: int) -> tuple[NamedDay, ...]:
    """The days of a year that differ or are named, in order. Raises BadYear.

    Make-up days are weekend days and days off may be any; every day stands once.
    """
    days: dict[date, NamedDay] = {}
    for day in _csv_days(text) or list(_notice_days(text, year)):
        known = days.get(day.on)
        if known is not None and known.is_workday is not day.is_workday:
            raise BadYear("stores.calendar_twice", day=day.on.isoformat())
        days[day.on] = known or day
    return check_year(tuple(days[on] for on in sorted(days)), year)


def check_year(days: tuple[NamedDay, ...], year: int) -> tuple[NamedDay, ...]:
    """The days, if they can be the list of that year. Raises BadYear."""
    if not any(not day.is_workday for day in days):
        raise BadYear("stores.calendar_nothing")
    for day in days:
        if day.on.year != year:
            raise BadYear("stores.calendar_other_year", day=day.on.isoformat(), year=year)
        if day.is_workday and day.on.weekday() < _SATURDAY:
            raise BadYear("stores.calendar_weekday_made_up", day=day.on.isoformat())
    off = sum(not day.is_workday for day in days)
    if off > OFF_DAYS_MAX:
        raise BadYear("stores.calendar_too_many", n=off, most=OFF_DAYS_MAX)
    return days


def _csv_days(text: str) -> list[NamedDay]:
    """Lines of date, work or off, and a name; an empty list where a line is anything else."""
    found: list[NamedDay] = []
    for row in csv.reader(text.replace("\t", ",").replace("，", ",").splitlines()):
        cells = [cell.strip().lower() for cell in row]
        if not any(cells) or cells[0] in {"date", "日期"}:
            continue
        if len(cells) < len(_CELLS) or cells[1] not in _WORDS:
            return []
        try:
            on = date.fromisoformat(cells[0].replace("/", "-"))
        except ValueError:
            return []
        label = "".join(row[len(_CELLS) : len(_CELLS) + 1]).strip()[:LABEL_MAX]
        found.append(NamedDay(on, _WORDS[cells[1]], label))
    return found


def _notice_days(text: str, year: int) -> Iterator[NamedDay]:
    """The days that the sentences of a notice name."""
    for line in text.splitlines():
        head = _HEAD.match(line)
        label = head["name"].strip()[:LABEL_MAX] if head else ""
        rest = _NOTE.sub("", line[head.end() :] if head else line)
        month: int | None = None
        waiting: list[tuple[date, date]] = []
        for clause in _CLAUSE.split(rest):
            spans, month = _spans(clause, year, month)
            waiting += spans
            works = _says_work(clause)
            if works is None:
                continue
            for first, last in waiting:
                yield from _days(first, last, is_workday=works, label=label)
            waiting = []


def _says_work(clause: str) -> bool | None:
    if _WORK.search(clause):
        return True
    return False if _OFF.search(clause) else None


def _days(first: date, last: date, *, is_workday: bool, label: str) -> Iterator[NamedDay]:
    day = first
    while day <= last:
        yield NamedDay(day, is_workday, label)
        day += timedelta(days=1)


def _spans(clause: str, year: int, month: int | None) -> tuple[list[tuple[date, date]], int | None]:
    """The dates and ranges of a clause; a month once named holds until the next one."""
    found: list[tuple[date, date]] = []
    for match in _SPAN.finditer(clause):
        if match["am"] is None and (month is None or "日" not in match.group()):
            continue  # "共 8 天" and other numbers
        month = int(match["am"]) if match["am"] else month
        first = _date(int(match["ay"] or year), month or 0, int(match["ad"]))
        last = first
        if match["bd"]:
            month = int(match["bm"]) if match["bm"] else month
            last = _date(int(match["by"] or match["ay"] or year), month or 0, int(match["bd"]))
        if not timedelta(0) <= last - first <= _RANGE_MAX:
            raise BadYear("stores.calendar_range", text=match.group().strip()[:LABEL_MAX])
        found.append((first, last))
    return found, month


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise BadYear("stores.calendar_no_date", text=f"{year}-{month}-{day}") from error


@dataclass(frozen=True)
class Stretch:
    """Days in a row of one kind and name."""

    first: date
    last: date
    is_workday: bool
    label: str

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1


def stretches(days: Sequence[NamedDay]) -> list[Stretch]:
    """The days as people read them: 2 月 15 日至 23 日放假."""
    found: list[Stretch] = []
    for day in days:
        last = found[-1] if found else None
        same = last and (last.is_workday, last.label) == (day.is_workday, day.label)
        if last and same and day.on - last.last == timedelta(days=1):
            found[-1] = Stretch(last.first, day.on, day.is_workday, day.label)
        else:
            found.append(Stretch(day.on, day.on, day.is_workday, day.label))
    return found


def as_csv(days: Sequence[NamedDay]) -> str:
    """The days as the form reads them again."""
    return "\n".join(
        f"{day.on.isoformat()},{'work' if day.is_workday else 'off'},{day.label}" for day in days
    )


NOTICE_MONTH = 11
"""Notices for the next year come out from late October on."""


def missing_year(today: date, last_known: date | None) -> int | None:
    """The year that the owner is asked for: this one, from November on the next one."""
    known = last_known.year if last_known else date.min.year
    if known < today.year:
        return today.year
    return today.year + 1 if known == today.year and today.month >= NOTICE_MONTH else None
