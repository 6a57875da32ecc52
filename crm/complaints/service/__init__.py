"""Use cases of complaints: log, record what happened, take it back, take chat lines in."""

from crm.complaints.service.cause import set_cause
from crm.complaints.service.intake import log_complaint, new_policy_version
from crm.complaints.service.items import dismiss_item, open_item, undo_import
from crm.complaints.service.keeping import set_days
from crm.complaints.service.leaving import (
    hand_back,
    hand_over_all,
    on_duty,
    tell_others,
)
from crm.complaints.service.lines import dismiss_suspected, open_suspected, take_lines
from crm.complaints.service.matter import (
    name_matter,
    set_origin,
    take_telling_back,
    tell_buyer,
)
from crm.complaints.service.onlookers import tell_onlooker
from crm.complaints.service.platform import set_platform_deadline
from crm.complaints.service.policy import change_policy, choose_policy
from crm.complaints.service.record import catch_up, record_event, record_together, undo
from crm.complaints.service.wording import remove_text, restore_text, save_text

__all__ = [
    "catch_up",
    "change_policy",
    "choose_policy",
    "dismiss_item",
    "dismiss_suspected",
    "hand_back",
    "hand_over_all",
    "log_complaint",
    "name_matter",
    "new_policy_version",
    "on_duty",
    "open_item",
    "open_suspected",
    "record_event",
    "record_together",
    "remove_text",
    "restore_text",
    "save_text",
    "set_cause",
    "set_days",
    "set_origin",
    "set_platform_deadline",
    "take_lines",
    "take_telling_back",
    "tell_buyer",
    "tell_onlooker",
    "tell_others",
    "undo",
    "undo_import",
]
