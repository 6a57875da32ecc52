"""Orders of a demo shop, made from its numbers and then made to tell its story exactly.

A day is a number of days since the start of the window of 730 days; the window ends at the demo's
time. Order of work: base orders, campaign orders, incident quotas, then amounts and returns.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

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
LAPSED = (30, 365)
"""Days since the last order of somebody who gets one order more."""


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


@dataclass(frozen=True)
class Sent:
    """A list that was sent: when, to whom, and who of them bought within its 30 days."""

    day: float
    treated: tuple[int, ...]
    held_out: tuple[int, ...]


RESULT_DAYS = 31
"""The day of sending and the 30 days after it."""


def send_list(
    orders: list[Planned],
    rng: Random,
    day: float,
    treated: tuple[int, int],
    held_out: tuple[int, int],
    follow_up: bool | None = None,
) -> Sent:
    """Choose the members of a past list so that its result is exact.

    `treated` and `held_out` are (buyers, people). Buyers are drawn from people who had bought before
    and ordered in the 30 days; where too few did, one order is added for people whose last order
    is 30 to 365 days older. `follow_up` limits what counts as an order (cups and tea).
    """
    before, inside = _around(orders, day, follow_up)
    needed = treated[0] + held_out[0]
    buyers = sorted(before.keys() & inside.keys())
    rng.shuffle(buyers)
    if len(buyers) < needed:
        lapsed = [
            c
            for c, last in sorted(before.items())
            if c not in inside and LAPSED[0] <= day - last <= LAPSED[1]
        ]
        for contact in rng.sample(lapsed, needed - len(buyers)):
            added = Planned(contact, day + rng.random() * RESULT_DAYS, bool(follow_up), fixed=True)
            orders.insert(bisect_left([o.day for o in orders], added.day), added)
            buyers.append(contact)
    buyers = buyers[:needed]
    rng.shuffle(buyers)
    bought = set(buyers)
    for order in orders:
        if order.contact in bought and day < order.day <= day + RESULT_DAYS:
            order.fixed = True
    quiet = [c for c in sorted(before) if c not in inside and c not in bought]
    rest = rng.sample(quiet, treated[1] + held_out[1] - needed)
    split = treated[1] - treated[0]
    return Sent(
        day,
        tuple(sorted(buyers[: treated[0]] + rest[:split])),
        tuple(sorted(buyers[treated[0] :] + rest[split:])),
    )


def _around(
    orders: list[Planned], day: float, follow_up: bool | None
) -> tuple[dict[int, float], dict[int, float]]:
    """Return each person's last order before the day, and her orders that count in the window."""
    before: dict[int, float] = {}
    inside: dict[int, float] = {}
    for order in orders:
        if order.day <= day:
            before[order.contact] = order.day
        elif order.day <= day + RESULT_DAYS and follow_up in (None, order.follow_up):
            inside[order.contact] = order.day
    return before, inside


SPAN = 61
"""Days before and after the incident that are compared."""
MENDING = 30
"""Days after them in which sales are still a little low."""


def dip(orders: list[Planned], rng: Random, at: float) -> list[Planned]:
    """Return the orders with an incident on day `at`: 61 days at 80 %, 30 at 93 %, then 98.5 %."""
    usual = sum(at - SPAN <= o.day < at for o in orders)
    rate = usual / SPAN
    rest = WINDOW_DAYS - at - SPAN - MENDING
    for start, days, wanted in (
        (at, SPAN, round(0.80 * usual)),
        (at + SPAN, MENDING, round(0.93 * rate * MENDING)),
        (at + SPAN + MENDING, rest, round(0.985 * rate * rest)),
    ):
        orders = _to_quota(orders, rng, (start, start + days), wanted)
    return orders


def _to_quota(
    orders: list[Planned], rng: Random, span: tuple[float, float], wanted: int
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
    earlier = sorted({o.contact for o in orders if o.day < span[0]})
    clones = [Planned(contact, rng.uniform(*span)) for contact in rng.choices(earlier, k=-surplus)]
    return sorted(orders + clones, key=lambda o: o.day)


def price(
    plan: ShopPlan, orders: list[Planned], amounts: Random, returns: Random, as_of: datetime
) -> None:
    """Give every order without one an amount, and let some come back."""
    prices, weights = zip(*FOLLOW_PRICES, strict=True)
    for order in orders:
        if not order.amount:
            order.amount = (
                amounts.choices(prices, weights)[0]
                if order.follow_up
                else plan.buying.price(amounts, moment_of(order.day, as_of).month)
            )
        if not order.fixed:  # a return would take a buyer from a result
            order.returned = returns.random() < plan.buying.return_rate


LIVE_WEEKDAYS = (1, 3, 5)
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
