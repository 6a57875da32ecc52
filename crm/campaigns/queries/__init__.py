"""Every select about lists: what is there, who is on them, what they brought."""

from crm.campaigns.queries.audience import Audience, Person, Status, audience
from crm.campaigns.queries.books import follow_ups_of_tasks, open_tasks_of
from crm.campaigns.queries.choices import Choices, choices
from crm.campaigns.queries.lists import (
    LISTS_MOST,
    ListLine,
    by_client_key,
    campaign_for_update,
    lists,
    lock_approvals,
    store_rows,
    visible_campaign,
)
from crm.campaigns.queries.results import (
    Results,
    base_rate,
    has_ended,
    on_list_twice,
    results,
    results_of,
)
from crm.campaigns.queries.standing import BATCH

__all__ = [
    "BATCH",
    "LISTS_MOST",
    "Audience",
    "Choices",
    "ListLine",
    "Person",
    "Results",
    "Status",
    "audience",
    "base_rate",
    "by_client_key",
    "campaign_for_update",
    "choices",
    "follow_ups_of_tasks",
    "has_ended",
    "lists",
    "lock_approvals",
    "on_list_twice",
    "open_tasks_of",
    "results",
    "results_of",
    "store_rows",
    "visible_campaign",
]
