"""What an incident does to orders: an exact dip, then a slow mend."""

from collections.abc import Collection
from random import Random

from crm.demo.cast.orders import Planned
from crm.demo.cast.shops import WINDOW_DAYS

SPAN = 61
"""Days before and after the incident that are compared."""
MENDING = 30
"""Days after them in which sales are still a little low."""


def dip(orders: list[Planned], rng: Random, at: float, leave: Collection[int]) -> list[Planned]:
    """Return the orders with an incident on day `at`: 61 days at 80 %, 30 at 93 %, then 98.5 %.

    People in `leave` get no order more: they are written by hand, or a list counts on them.
    """
    earlier = (at - SPAN, at)
    usual = sum(earlier[0] <= o.day < at for o in orders)
    usual -= usual % 5  # four fifths of it are whole
    orders = _to_quota(orders, rng, earlier, usual, leave)
    rate = usual / SPAN
    rest = WINDOW_DAYS - at - SPAN - MENDING
    for start, days, wanted in (
        (at, SPAN, round(0.80 * usual)),
        (at + SPAN, MENDING, round(0.93 * rate * MENDING)),
        (at + SPAN + MENDING, rest, round(0.985 * rate * rest)),
    ):
        orders = _to_quota(orders, rng, (start, start + days), wanted, leave)
    return orders


def _to_quota(
    orders: list[Planned],
    rng: Random,
    span: tuple[float, float],
    wanted: int,
    leave: Collection[int],
) -> list[Planned]:
    """Thin repeat orders inside the span, or clone earlier buyers into it, until the count fits."""
    first_days: dict[int, float] = {}
    for order in orders:
        first_days.setdefault(order.contact, order.day)
    inside = [o for o in orders if span[0] <= o.day < span[1]]
    surplus = len(inside) - wanted
    if surplus > 0:
        thin = [o for o in inside if not o.fixed and o.day > first_days[o.contact]]
        dropped = {id(o) for o in rng.sample(thin, min(surplus, len(thin)))}
        return [o for o in orders if id(o) not in dropped]
    earlier = sorted({o.contact for o in orders if o.day < span[0]} - set(leave))
    clones = [Planned(contact, rng.uniform(*span)) for contact in rng.choices(earlier, k=-surplus)]
    return sorted(orders + clones, key=lambda o: o.day)
