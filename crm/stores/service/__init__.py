"""Set up the shop and its stores; change hours, statutory days, duty and leave."""

from crm.stores.service.days import enter_year, undo_year
from crm.stores.service.hours import (
    add_livestream,
    close_desk,
    follow_shop,
    remove_day_off,
    remove_livestream,
    set_day,
    set_hours,
    set_week,
)
from crm.stores.service.roster import (
    add_leave,
    add_shifts,
    leave_plan,
    put_leave,
    put_shift,
    return_to_plan,
    take_back_shifts,
)
from crm.stores.service.setup import FIRST_STORE_CODE, add_store, first_use, set_up_shop

__all__ = [
    "FIRST_STORE_CODE",
    "add_leave",
    "add_livestream",
    "add_shifts",
    "add_store",
    "close_desk",
    "enter_year",
    "first_use",
    "follow_shop",
    "leave_plan",
    "put_leave",
    "put_shift",
    "remove_day_off",
    "remove_livestream",
    "return_to_plan",
    "set_day",
    "set_hours",
    "set_up_shop",
    "set_week",
    "take_back_shifts",
    "undo_year",
]
