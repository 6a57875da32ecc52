"""The hours that deadlines count by: of a store, a livestream, the desk, whole workdays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from crm.complaints.rules.policy import Target
from crm.complaints.rules.words import Basis
from crm.stores.rules.calendar import (
    DAY_MINUTES,
    DEFAULT_ZONE,
    BusinessCalendar,
    Span,
    Statutory,
    end_of_day,
)

NO_HOURS = BusinessCalendar({})
_WHOLE_DAYS = {weekday: [(0, DAY_MINUTES)] for weekday in range(5)}


@dataclass(frozen=True)
class Calendars:
    """The hours of one store as they were when they were pinned."""

    hours: BusinessCalendar
    live: BusinessCalendar
    statutory: Statutory
    zone: ZoneInfo = DEFAULT_ZONE
    id: int = 0
    desk: BusinessCalendar = NO_HOURS
    by_desk: bool = False

    @property
    def open_hours(self) -> BusinessCalendar:
        """What business hours are: the store's, or the after-sales desk's."""
        return self.desk if self.by_desk else self.hours

    @cached_property
    def days(self) -> BusinessCalendar:
        """Whole statutory workdays as windows of 24 hours."""
        return BusinessCalendar(_WHOLE_DAYS, {}, self.zone, self.statutory)

    def of(self, target: Target) -> Calendars:
        """The same calendars for the hours that this target counts: the store's or the desk's."""
        if target.by_desk is self.by_desk:
            return self
        return replace(self, by_desk=target.by_desk)

    def counts_from(self, basis: Basis, start: datetime) -> datetime:
        """Of a period in workdays the start day does not count."""
        if basis is Basis.WORKDAYS:
            return end_of_day(start.astimezone(self.zone).date(), self.zone)
        return start

    def add(self, basis: Basis, start: datetime, seconds: float) -> datetime:
        """The instant at which `seconds` of the basis have passed."""
        calendar = self._windows(basis)
        return calendar.add(start, seconds) if calendar else start + timedelta(seconds=seconds)

    def _windows(self, basis: Basis) -> BusinessCalendar | None:
        if basis is Basis.BUSINESS_HOURS:
            return self.open_hours
        return self.days if basis is Basis.WORKDAYS else None

    def spans(self, basis: Basis, start: datetime, end: datetime) -> tuple[Span, ...]:
        """What counts and what is skipped between two instants."""
        if end <= start:
            return ()
        calendar = self._windows(basis)
        return calendar.spans(start, end) if calendar else (Span(start, end, counted=True),)

    def elapsed(self, basis: Basis, start: datetime, end: datetime) -> float:
        """Seconds of the basis between two instants."""
        return sum(span.seconds for span in self.spans(basis, start, end) if span.counted)
