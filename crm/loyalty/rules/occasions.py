"""What counts as a purchase: paid orders of one shop day are one occasion.

What an order is worth (nothing, when it was cancelled or refunded) orders has decided already.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Protocol


class Purchases(Protocol):
    """As much of a history as rate and next order need; a stored row has it too."""

    @property
    def first_on(self) -> date: ...
    @property
    def last_on(self) -> date: ...
    @property
    def occasions(self) -> int: ...


def span_days(purchases: Purchases) -> int:
    """Return the days from the first to the last occasion."""
    return (purchases.last_on - purchases.first_on).days


@dataclass(frozen=True, slots=True)
class OrderFact:
    """One order as loyalty sees it: the shop's day, and the money that stayed with the shop."""

    day: date
    net_fen: int


@dataclass(frozen=True, slots=True)
class Stats:
    """All that tags need to know of one contact's purchases, from her orders alone."""

    days: tuple[date, ...]
    orders_count: int
    spend_fen: int

    @property
    def occasions(self) -> int:
        return len(self.days)

    @property
    def first_on(self) -> date:
        return self.days[0]

    @property
    def last_on(self) -> date:
        return self.days[-1]

    @property
    def median_gap_days(self) -> float | None:
        """The middle one of her own gaps; None before the second occasion."""
        gaps = [(later - earlier).days for earlier, later in pairwise(self.days)]
        return float(median(gaps)) if gaps else None


def purchase_stats(orders: Iterable[OrderFact]) -> Stats | None:
    """Return the purchases of one contact; None without any."""
    counted = [order for order in orders if order.net_fen > 0]
    if not counted:
        return None
    return Stats(
        days=tuple(sorted({order.day for order in counted})),
        orders_count=len(counted),
        spend_fen=sum(order.net_fen for order in counted),
    )
