"""Every select about orders and the files they came in."""

from crm.orders.queries.files import (
    file_for_update,
    next_file,
    old_previews,
    recent_files,
    visible_file,
)
from crm.orders.queries.people import (
    LastOrder,
    LineView,
    OrderView,
    buyer_ids_after,
    changes,
    last_orders,
    net_spent_since,
    orders_of,
    purchase_days,
    purchases,
)
from crm.orders.queries.taking import (
    IN_CHUNK,
    OrderKey,
    chunks,
    existing_contacts,
    known_orders,
    match_mark,
    newest_identity,
    orders_that_now_match,
    waiting_count,
)

__all__ = [
    "IN_CHUNK",
    "LastOrder",
    "LineView",
    "OrderKey",
    "OrderView",
    "buyer_ids_after",
    "changes",
    "chunks",
    "existing_contacts",
    "file_for_update",
    "known_orders",
    "last_orders",
    "match_mark",
    "net_spent_since",
    "newest_identity",
    "next_file",
    "old_previews",
    "orders_of",
    "orders_that_now_match",
    "purchase_days",
    "purchases",
    "recent_files",
    "visible_file",
    "waiting_count",
]
