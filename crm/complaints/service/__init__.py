"""Use cases of complaints: log, record what happened, take it back, take chat lines in."""

from crm.complaints.service.intake import log_complaint, new_policy_version
from crm.complaints.service.lines import dismiss_suspected, open_suspected, take_lines
from crm.complaints.service.policy import choose_policy
from crm.complaints.service.record import catch_up, record_event, undo

__all__ = [
    "catch_up",
    "choose_policy",
    "dismiss_suspected",
    "log_complaint",
    "new_policy_version",
    "open_suspected",
    "record_event",
    "take_lines",
    "undo",
]
