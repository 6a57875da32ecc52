"""Stores, hours and calendars: pure rules, by concern."""

from crm.stores.rules.calendar import (
    BusinessCalendar,
    NoWorkingTime,
    Span,
    Statutory,
    add_natural_days,
    add_workdays,
    end_of_day,
    last_day,
)
from crm.stores.rules.shop import (
    CODE_MAX,
    DEFAULT_HOURS,
    MINUTES_MAX,
    NAME_MAX,
    BadHours,
    CodeTaken,
    FirstUse,
    HoursCommand,
    NewStore,
    StoreState,
    WindowKind,
    check_windows,
)

__all__ = [
    "CODE_MAX",
    "DEFAULT_HOURS",
    "MINUTES_MAX",
    "NAME_MAX",
    "BadHours",
    "BusinessCalendar",
    "CodeTaken",
    "FirstUse",
    "HoursCommand",
    "NewStore",
    "NoWorkingTime",
    "Span",
    "Statutory",
    "StoreState",
    "WindowKind",
    "add_natural_days",
    "add_workdays",
    "check_windows",
    "end_of_day",
    "last_day",
]
