"""The statistics of a demo shop's orders and chats, drawn without a database, and their bands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import mean, pstdev

from sqlalchemy.orm import Session

from crm.demo.cast.attention import DAYS, chats
from crm.demo.cast.orders import Planned
from crm.demo.cast.shops import PLANS, WINDOW_DAYS
from crm.demo.seed import people, trade, work
from crm.demo.seed.stage import Stage
from crm.demo.stories import story

Band = tuple[float, float, int]
"""Lowest, highest, and to how many digits the value is rounded before it is compared."""
YEAR = 365
MARGIN, FEN_A_MINUTE = 0.42, 60


def drawn(shop: str, seed: int, as_of: datetime) -> Stage:
    """Return the orders of a shop with everything its story does to them."""
    stage = Stage(Session(), story(shop), PLANS[shop], as_of, seed)
    people.number_people(stage)
    trade.plan_orders(stage)
    return stage


@dataclass(frozen=True)
class Buyers:
    """The orders of each buyer, oldest first."""

    orders: list[list[Planned]]
    contacts: int

    @property
    def all(self) -> list[Planned]:
        return [order for one in self.orders for order in one]


def buyers(stage: Stage, chosen: Callable[[Planned], bool] = lambda _order: True) -> Buyers:
    """Group the orders by buyer."""
    found: dict[int, list[Planned]] = {}
    for order in stage.orders:
        if chosen(order):
            found.setdefault(order.contact, []).append(order)
    return Buyers(list(found.values()), stage.people_count)


def is_pot(order: Planned) -> bool:
    return not order.follow_up


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def share(items: Sequence[object], hits: int) -> float:
    return hits / len(items)


def _revenue(orders: Sequence[Planned]) -> int:
    return sum(order.amount for order in orders)


def _repurchase(book: Buyers, days: int) -> float:
    """Among buyers whose first order lies at least that many days back."""
    seen = [one for one in book.orders if one[0].day <= WINDOW_DAYS - days]
    return share(seen, sum(len(one) > 1 and one[1].day - one[0].day <= days for one in seen))


def _gaps(book: Buyers) -> list[float]:
    return [b.day - a.day for one in book.orders for a, b in pairwise(one)]


def figures(book: Buyers) -> dict[str, float]:
    """Return the statistics that every shop has a band for."""
    orders, gaps = book.all, _gaps(book)
    amounts = [order.amount for order in orders]
    often = [one for one in book.orders if len(one) >= 3]
    last_year = [sum(o.day >= WINDOW_DAYS - YEAR for o in one) for one in book.orders]
    active = [count for count in last_year if count]
    ranked = sorted(map(_revenue, book.orders), reverse=True)
    revenue = sum(amounts)
    return {
        "ever-buyers": len(book.orders) / book.contacts,
        "orders": len(orders),
        "orders per buyer": len(orders) / len(book.orders),
        "one order": share(book.orders, sum(len(one) == 1 for one in book.orders)),
        "three orders": share(book.orders, len(often)),
        "revenue of three orders": sum(map(_revenue, often)) / revenue,
        "repurchase in 90 days": _repurchase(book, 90),
        "repurchase in 180 days": _repurchase(book, 180),
        "repeat in 12 months": share(active, sum(count >= 2 for count in active)),
        "gap p25": quantile(gaps, 0.25),
        "gap median": quantile(gaps, 0.5),
        "gap p75": quantile(gaps, 0.75),
        "gap CV": pstdev(gaps) / mean(gaps),
        "order value": mean(amounts),
        "order value p10": quantile(amounts, 0.1),
        "order value p90": quantile(amounts, 0.9),
        "200 to 500": share(amounts, sum(200 <= a <= 500 for a in amounts)),
        "revenue of the top fifth": sum(ranked[: round(len(ranked) * 0.2)]) / revenue,
        "returns": share(orders, sum(order.returned for order in orders)),
    }


def pairing(stage: Stage) -> float:
    """Return the share of pot buyers who bought a cup or tea within 180 days of their first pot."""
    seen = hits = 0
    for one in buyers(stage).orders:
        pot = one[0].day
        if pot <= WINDOW_DAYS - 180:
            seen += 1
            hits += any(order.follow_up and order.day - pot <= 180 for order in one)
    return hits / seen


def attention(stage: Stage) -> dict[str, float]:
    """Return where the one-on-one time of 90 days went; margins are those of the same days."""
    minutes: dict[int, int] = {}
    written = set(stage.numbers.values())
    crowd = [number for number in range(stage.people_count) if number not in written]
    for chat in chats(work.habit(stage), stage.stream("attention"), crowd, stage.orders):
        minutes[chat.contact] = minutes.get(chat.contact, 0) + chat.minutes
    for person in stage.story["people"]:
        for days_ago, told, *_more in person.get("touches", ()):
            if days_ago < DAYS:
                number = stage.numbers[person["key"]]
                minutes[number] = minutes.get(number, 0) + told
    margin = dict.fromkeys(minutes, 0.0)
    for order in stage.orders:
        if order.contact in margin and order.day >= WINDOW_DAYS - DAYS and not order.returned:
            margin[order.contact] += MARGIN * 100 * order.amount
    ranked = sorted(minutes, key=lambda number: -minutes[number])
    top = ranked[: -(-len(ranked) // 10)]
    total = sum(minutes.values())
    return {
        "active contacts": len(minutes),
        "hours a day": total / 60 / DAYS,
        "Gini of minutes": _gini(list(minutes.values())),
        "minutes of the top tenth": sum(minutes[n] for n in top) / total,
        "margin of the top tenth": sum(margin[n] for n in top) / sum(margin.values()),
        "cost more than they brought": share(
            ranked, sum(FEN_A_MINUTE * minutes[n] > margin[n] for n in ranked)
        ),
    }


def _gini(values: list[int]) -> float:
    ordered, count = sorted(values), len(values)
    weighted = sum(place * value for place, value in enumerate(ordered, 1))
    return 2 * weighted / (count * sum(ordered)) - (count + 1) / count


def all_figures(shop: str, seed: int, as_of: datetime) -> dict[str, dict[str, float]]:
    """Return every statistic that has a band, by table of demo.md section 4."""
    stage = drawn(shop, seed, as_of)
    if shop != "teapots":
        return {shop: figures(buyers(stage))}
    whole = figures(buyers(stage)) | {"pairing in 180 days": pairing(stage)}
    return {"pots": figures(buyers(stage, is_pot)), "teapots": whole | attention(stage)}


def outside(shop: str, found: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return what lies outside its band, rounded as the band is written."""
    return {
        f"{table}: {name}": value
        for table, values in found.items()
        for name, (low, high, digits) in BANDS[table].items()
        if not low <= round(value := values[name], digits) <= high
    }


BANDS: dict[str, dict[str, Band]] = {
    "apparel": {
        "ever-buyers": (0.44, 0.48, 2),
        "orders": (2781, 3241, 0),
        "orders per buyer": (2.3, 2.7, 1),
        "one order": (0.44, 0.51, 2),
        "three orders": (0.28, 0.34, 2),
        "revenue of three orders": (0.59, 0.69, 2),
        "repurchase in 90 days": (0.29, 0.35, 2),
        "repurchase in 180 days": (0.42, 0.48, 2),
        "repeat in 12 months": (0.42, 0.51, 2),
        "gap p25": (16, 20, 0),
        "gap median": (41, 53, 0),
        "gap p75": (95, 119, 0),
        "gap CV": (1.14, 1.26, 2),
        "order value": (313, 319, 0),
        "order value p10": (199, 219, 0),
        "order value p90": (429, 469, 0),
        "200 to 500": (0.85, 0.88, 2),
        "revenue of the top fifth": (0.50, 0.53, 2),
        "returns": (0.10, 0.13, 2),
    },
    "tonics": {
        "ever-buyers": (0.69, 0.73, 2),
        "orders": (2831, 3385, 0),
        "orders per buyer": (3.4, 4.0, 1),
        "one order": (0.32, 0.40, 2),
        "three orders": (0.41, 0.49, 2),
        "revenue of three orders": (0.77, 0.82, 2),
        "repurchase in 90 days": (0.37, 0.43, 2),
        "repurchase in 180 days": (0.51, 0.57, 2),
        "repeat in 12 months": (0.55, 0.65, 2),
        "gap p25": (16, 22, 0),
        "gap median": (36, 44, 0),
        "gap p75": (77, 91, 0),
        "gap CV": (1.12, 1.28, 2),
        "order value": (277, 289, 0),
        "order value p10": (108, 118, 0),
        "order value p90": (508, 588, 0),
        "revenue of the top fifth": (0.55, 0.59, 2),
        "returns": (0.038, 0.053, 3),
    },
    "pots": {
        "ever-buyers": (0.79, 0.85, 2),
        "orders": (620, 717, 0),
        "orders per buyer": (1.8, 2.1, 1),
        "one order": (0.46, 0.55, 2),
        "three orders": (0.17, 0.28, 2),
        "repurchase in 90 days": (0.11, 0.19, 2),
        "repurchase in 180 days": (0.29, 0.39, 2),
        "repeat in 12 months": (0.32, 0.43, 2),
        "gap p25": (62, 87, 0),
        "gap median": (119, 142, 0),
        "gap p75": (201, 246, 0),
        "gap CV": (0.69, 0.79, 2),
        "order value": (546, 550, 0),
        "order value p10": (507, 517, 0),
        "order value p90": (580, 590, 0),
        "revenue of the top fifth": (0.39, 0.44, 2),
        "returns": (0.0, 0.02, 2),
    },
    "teapots": {
        "ever-buyers": (0.79, 0.85, 2),
        "orders": (1058, 1253, 0),
        "orders per buyer": (3.1, 3.6, 1),
        "one order": (0.20, 0.29, 2),
        "three orders": (0.45, 0.56, 2),
        "repurchase in 90 days": (0.55, 0.67, 2),
        "repurchase in 180 days": (0.67, 0.79, 2),
        "repeat in 12 months": (0.64, 0.73, 2),
        "gap p25": (22, 25, 0),
        "gap median": (41, 50, 0),
        "gap p75": (85, 101, 0),
        "order value": (380, 393, 0),
        "revenue of the top fifth": (0.40, 0.45, 2),
        "pairing in 180 days": (0.64, 0.75, 2),
        "returns": (0.006, 0.02, 3),
        "active contacts": (193, 235, 0),
        "hours a day": (1.6, 2.9, 1),
        "Gini of minutes": (0.57, 0.71, 2),
        "minutes of the top tenth": (0.39, 0.60, 2),
        "margin of the top tenth": (0.09, 0.18, 2),
        "cost more than they brought": (0.33, 0.49, 2),
    },
}
"""Ever-buyers and the tenths of the order values are single numbers in the design: near them."""
