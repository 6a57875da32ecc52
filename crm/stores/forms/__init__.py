"""Shape and wording of the forms about the shop, by concern."""

from crm.stores.forms.days import YearForm
from crm.stores.forms.hours import (
    DayOffForm,
    HoursForm,
    LivestreamForm,
    TryForm,
    WeekForm,
    write_windows,
)
from crm.stores.forms.roster import LeaveForm, ShiftForm
from crm.stores.forms.shop import RoleForm, SetupForm, StaffForm, StoreForm

__all__ = [
    "DayOffForm",
    "HoursForm",
    "LeaveForm",
    "LivestreamForm",
    "RoleForm",
    "SetupForm",
    "ShiftForm",
    "StaffForm",
    "StoreForm",
    "TryForm",
    "WeekForm",
    "YearForm",
    "write_windows",
]
