"""What may be done with orders: take a batch, keep and take a file, match what waits."""

from crm.orders.service.files import (
    Upload,
    expire_previews,
    keep_file,
    orders_of_file,
    start_file,
    take_again,
    take_batch,
)
from crm.orders.service.matching import forget_changes, match_waiting
from crm.orders.service.taking import compare, take_orders

__all__ = [
    "Upload",
    "compare",
    "expire_previews",
    "forget_changes",
    "keep_file",
    "match_waiting",
    "orders_of_file",
    "start_file",
    "take_again",
    "take_batch",
    "take_orders",
]
