"""Decisions on loyalty: occasions, an own rhythm, tags with their reasons, the next order.

Pure: days are dates or integers, money is fen, today is an argument. No probability model beyond
the shrunk cadence lives here; survival curves come on top of it, not in its place.
"""

from crm.loyalty.rules.cadence import (
    Cadence,
    Window,
    expected_orders,
    fit_cadence,
    next_window,
    purchase_rate,
    return_probability,
    urgency,
)
from crm.loyalty.rules.occasions import OrderFact, Purchases, Stats, purchase_stats
from crm.loyalty.rules.tags import (
    LOYAL_ORDERS,
    LOYAL_WITHIN_DAYS,
    Reason,
    RhythmState,
    Standing,
    Tag,
    TagFact,
    reason,
    standing,
)

__all__ = [
    "LOYAL_ORDERS",
    "LOYAL_WITHIN_DAYS",
    "Cadence",
    "OrderFact",
    "Purchases",
    "Reason",
    "RhythmState",
    "Standing",
    "Stats",
    "Tag",
    "TagFact",
    "Window",
    "expected_orders",
    "fit_cadence",
    "next_window",
    "purchase_rate",
    "purchase_stats",
    "reason",
    "return_probability",
    "standing",
    "urgency",
]
