"""Use cases of group chats: add a group, take lines in, say who is who, settle what waits, undo."""

from crm.groups.service.books import reassign
from crm.groups.service.importing import store_messages, undo_import
from crm.groups.service.items import (
    answer_item,
    became_complaint,
    dismiss_item,
    not_a_complaint,
    reopen_item,
)
from crm.groups.service.members import add_group, change_group, identify

__all__ = [
    "add_group",
    "answer_item",
    "became_complaint",
    "change_group",
    "dismiss_item",
    "identify",
    "not_a_complaint",
    "reassign",
    "reopen_item",
    "store_messages",
    "undo_import",
]
