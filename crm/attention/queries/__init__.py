"""Every select about touches, follow-ups and limits. Lists ask in batches, never per row."""

from crm.attention.queries.limits import (
    Worth,
    allowance,
    allowances,
    day_borders,
    lately_over,
    policy,
    policy_row,
    spent_since,
    staff_day,
    worth,
)
from crm.attention.queries.plan import (
    due_buyers,
    follow_up_for_update,
    follow_ups,
    follow_ups_in_scope,
    follow_ups_of_touch,
    next_follow_ups,
    planned_counts,
    ungreeted,
)
from crm.attention.queries.touches import (
    recent_contacts,
    touch_by_key,
    touch_of_key,
    touches_of,
    unanswered_over,
    visible_touch,
)

__all__ = [
    "Worth",
    "allowance",
    "allowances",
    "day_borders",
    "due_buyers",
    "follow_up_for_update",
    "follow_ups",
    "follow_ups_in_scope",
    "follow_ups_of_touch",
    "lately_over",
    "next_follow_ups",
    "planned_counts",
    "policy",
    "policy_row",
    "recent_contacts",
    "spent_since",
    "staff_day",
    "touch_by_key",
    "touch_of_key",
    "touches_of",
    "unanswered_over",
    "ungreeted",
    "visible_touch",
    "worth",
]
