"""One-on-one time of the last 90 days: a few people take most of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log
from random import Random

from crm.demo.cast.orders import Planned
from crm.demo.cast.shops import WINDOW_DAYS

DAYS = 90


@dataclass(frozen=True)
class Habit:
    """How a shop chats: minutes of an active contact are log-normal, more with every order."""

    active_share: float
    """Chance of somebody who did not order in these days."""
    median: float
    sigma: float
    per_order: float
    part: tuple[int, int]
    """Shortest and longest touch, in minutes."""
    kinds: tuple[tuple[str, float], ...]
    most: int | None = None
    """Minutes that nobody passes; without it there is no end."""


@dataclass(frozen=True)
class Chat:
    """One touch to be: with whom, how many days ago, at which minute of the day."""

    contact: int
    minutes: int
    kind: str
    days_ago: int
    clock_minute: int


FIRST_MINUTE, LAST_MINUTE = 9 * 60, 20 * 60 + 59


def chats(
    habit: Habit, rng: Random, people: Iterable[int], orders: Iterable[Planned]
) -> list[Chat]:
    """Return the touches of these people in the 90 days before today."""
    lately: dict[int, int] = {}
    for order in orders:
        if order.day >= WINDOW_DAYS - DAYS:
            lately[order.contact] = lately.get(order.contact, 0) + 1
    found: list[Chat] = []
    for contact in people:
        bought = lately.get(contact, 0)
        if not bought and rng.random() >= habit.active_share:
            continue
        drawn = rng.lognormvariate(log(habit.median), habit.sigma)
        minutes = max(1, round(drawn * (1 + habit.per_order * bought)))
        found += _parts(habit, rng, contact, min(minutes, habit.most or minutes))
    return found


def _parts(habit: Habit, rng: Random, contact: int, minutes: int) -> list[Chat]:
    kinds, weights = zip(*habit.kinds, strict=True)
    parts: list[Chat] = []
    while minutes > 0:
        part = min(minutes, rng.randint(*habit.part))
        days_ago, at = rng.randint(1, DAYS - 1), rng.randint(FIRST_MINUTE, LAST_MINUTE)
        parts.append(Chat(contact, part, rng.choices(kinds, weights)[0], days_ago, at))
        minutes -= part
    return parts
