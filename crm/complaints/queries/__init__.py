"""Every select about complaints, by question."""

from crm.complaints.queries.board import Board, Card, board, waiting_count
from crm.complaints.queries.case import (
    calendars,
    calendars_by_id,
    case_of,
    complaint_for_update,
    current_policy,
    events_of,
    policy_of,
    visible_complaint,
)
from crm.complaints.queries.due import ladders_are_behind
from crm.complaints.queries.holds import group_holds, holds, onlooker_holds
from crm.complaints.queries.subjects import alert_subject
from crm.complaints.queries.thread import (
    Line,
    complaints_of_group,
    complaints_of_messages,
    suspicion_of,
    suspicions,
    thread,
)

__all__ = [
    "Board",
    "Card",
    "Line",
    "alert_subject",
    "board",
    "calendars",
    "calendars_by_id",
    "case_of",
    "complaint_for_update",
    "complaints_of_group",
    "complaints_of_messages",
    "current_policy",
    "events_of",
    "group_holds",
    "holds",
    "ladders_are_behind",
    "onlooker_holds",
    "policy_of",
    "suspicion_of",
    "suspicions",
    "thread",
    "visible_complaint",
    "waiting_count",
]
