"""Draw up a list, change it while it is a draft, approve it, give out its tasks, export it.

What leaves the shop leaves through here: only people to contact, only words that were checked.
"""

from crm.campaigns.service.approval import approve, freeze, issue
from crm.campaigns.service.books import reassign
from crm.campaigns.service.drafting import change_copy, change_people, change_tasks, create
from crm.campaigns.service.leaving import export
from crm.campaigns.service.wording import copy_findings, with_offered_wording

__all__ = [
    "approve",
    "change_copy",
    "change_people",
    "change_tasks",
    "copy_findings",
    "create",
    "export",
    "freeze",
    "issue",
    "reassign",
    "with_offered_wording",
]
