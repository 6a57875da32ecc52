"""Orders of a demo shop, made from its numbers alone; stories bend them afterwards.

A day is a number of days since the start of the window of 730 days; the window ends at the demo's
time. Order of work: base orders, campaign orders, incident quotas, then amounts and returns.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from crm.demo.cast.clock import LIVE_WEEKDAYS
from crm.demo.cast.shops import (
    FOLLOW_EXTRA,
    FOLLOW_GAP,
    FOLLOW_PRICES,
    FOLLOW_SHARE,
    WINDOW_DAYS,
    Buying,
    ShopPlan,
)

DAY = timedelta(days=1)


@dataclass
class Planned:
    """An order to be: who, on which day of the window, what it costs, whether it came back."""

    contact: int
    day: float
    follow_up: bool = False
    fixed: bool = False
    """Written by hand or counted by a campaign's result: never thinned."""
    amount: int = 0
    """Yuan."""
    category: str = ""
    returned: bool = False


def stream(seed: int, shop: str, entity: str) -> Random:
    """Return the random stream of one kind of row, so that a new kind moves no other."""
    return Random(f"{seed}:{shop}:{entity}")  # noqa: S311  invented data


def moment_of(day: float, as_of: datetime) -> datetime:
    """Return the moment of a day of the window that ends at `as_of`."""
    return as_of - timedelta(days=WINDOW_DAYS - day)


def day_of(moment: datetime, as_of: datetime) -> float:
    """Return the day of the window on which a moment lies."""
    return WINDOW_DAYS - (as_of - moment) / DAY


def base_orders(plan: ShopPlan, rng: Random, as_of: datetime) -> list[Planned]:
    """Return the orders that people place by their own rhythm, in order of time."""
    orders = [
        Planned(contact, day)
        for contact in range(plan.contacts)
        for day in _rhythm(plan.buying, rng, as_of)
    ]
    if plan.key == "teapots":
        orders += [f for pot in list(orders) for f in _follow_ups(pot, rng)]
    return sorted(orders, key=lambda o: o.day)


def _rhythm(buying: Buying, rng: Random, as_of: datetime) -> list[float]:
    """Return the days on which one person orders; most people of some shops never do."""
    if rng.random() >= buying.ever_buyer:
        return []
    rate = rng.gammavariate(buying.rate_shape, 1 / (buying.rate_shape * buying.mean_gap_days))
    dropout = rng.betavariate(*buying.dropout)
    day = rng.random() ** buying.first_power * WINDOW_DAYS
    days = [day]
    while rng.random() >= dropout:
        day += rng.gammavariate(buying.gap_shape, 1 / (buying.gap_shape * rate))
        if day >= WINDOW_DAYS:
            break
        if rng.random() < buying.season[moment_of(day, as_of).month - 1]:
            days.append(day)
    return days


def _follow_ups(pot: Planned, rng: Random) -> list[Planned]:
    """Return the cups and tea that follow a pot."""
    if rng.random() >= FOLLOW_SHARE:
        return []
    day, found = pot.day, []
    for _ in range(1 + _poisson(rng, FOLLOW_EXTRA)):
        day += rng.gammavariate(*FOLLOW_GAP)
        if day < WINDOW_DAYS:
            found.append(Planned(pot.contact, day, follow_up=True))
    return found


def _poisson(rng: Random, mean: float) -> int:
    """Return a Poisson number by counting exponential gaps in a unit of time."""
    count, at = 0, rng.expovariate(mean)
    while at < 1:
        count += 1
        at += rng.expovariate(mean)
    return count


def price(
    plan: ShopPlan, orders: list[Planned], amounts: Random, returns: Random, as_of: datetime
) -> None:
    """Give every order without one an amount, and let some come back."""
    prices = [yuan for yuan, _weight in FOLLOW_PRICES]
    weights = [weight for _yuan, weight in FOLLOW_PRICES]
    for order in orders:
        if not order.amount:
            order.amount = (
                amounts.choices(prices, weights)[0]
                if order.follow_up
                else plan.buying.price(amounts, moment_of(order.day, as_of).month)
            )
        if not order.fixed:  # a return would take a buyer from a result
            order.returned = returns.random() < plan.buying.return_rate


LIVE_FROM, LIVE_HOURS = timedelta(hours=19, minutes=30), 3.0
OPEN_FROM, OPEN_HOURS = timedelta(hours=9), 10.0


def at_its_hour(plan: ShopPlan, orders: list[Planned], rng: Random, as_of: datetime) -> None:
    """Move orders to the hours in which people order: a share to the nearest livestream evening."""
    for order in orders:
        if order.fixed:
            continue
        moment = moment_of(order.day, as_of)
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if rng.random() < plan.livestream_share:
            if midnight.weekday() not in LIVE_WEEKDAYS:
                midnight += DAY if midnight.weekday() != 6 else -DAY  # noqa: PLR2004  Sunday
            moment = midnight + LIVE_FROM + timedelta(hours=rng.random() * LIVE_HOURS)
        else:
            moment = midnight + OPEN_FROM + timedelta(hours=rng.random() * OPEN_HOURS)
        while moment >= as_of:
            moment -= 7 * DAY
        order.day = max(0.0, day_of(moment, as_of))
    orders.sort(key=lambda o: o.day)
