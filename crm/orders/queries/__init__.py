"""Every select about orders and the files they came in."""

from crm.orders.queries.files import recent_files
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
from crm.orders.queries.sales import (
    Bought,
    buyers_of,
    orders_around,
    parts_around,
    products_of,
    weeks_around,
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
    "Bought",
    "LastOrder",
    "LineView",
    "OrderKey",
    "OrderView",
    "buyer_ids_after",
    "buyers_of",
    "changes",
    "chunks",
    "existing_contacts",
    "known_orders",
    "last_orders",
    "match_mark",
    "net_spent_since",
    "newest_identity",
    "orders_around",
    "orders_of",
    "orders_that_now_match",
    "parts_around",
    "products_of",
    "purchase_days",
    "purchases",
    "recent_files",
    "waiting_count",
    "weeks_around",
]
