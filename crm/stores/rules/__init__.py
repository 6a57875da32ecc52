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
from crm.stores.rules.roster import DutyRole
from crm.stores.rules.shop import (
    CODE_MAX,
    DEFAULT_HOURS,
    MINUTES_MAX,
    NAME_MAX,
    AlreadySetUp,
    BadHours,
    CodeTaken,
    FirstUse,
    HoursCommand,
    NewStore,
    StoreState,
    WindowKind,
    check_windows,
)
from crm.stores.rules.statutory import LABEL_MAX, SOURCE_MAX, BadYear, NamedDay

__all__ = [
    "CODE_MAX",
    "DEFAULT_HOURS",
    "LABEL_MAX",
    "MINUTES_MAX",
    "NAME_MAX",
    "SOURCE_MAX",
    "AlreadySetUp",
    "BadHours",
    "BadYear",
    "BusinessCalendar",
    "CodeTaken",
    "DutyRole",
    "FirstUse",
    "HoursCommand",
    "NamedDay",
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
