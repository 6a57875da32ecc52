"""Past lists: members chosen so that the result of each is exact, whatever the seed."""

from bisect import insort
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from random import Random

from crm.demo.cast.orders import Planned

RESULT_DAYS = 31
"""The day of sending and the 30 days after it."""
LAPSED = (30, 365)
"""Days since the last order of somebody who gets one order more."""


@dataclass(frozen=True)
class Wanted:
    """The result that a list is to have: (buyers, people) of both arms, sent on a day."""

    day: float
    treated: tuple[int, int]
    held_out: tuple[int, int]
    follow_up: bool = False
    """Its buyers bought cups or tea; otherwise any order counts."""

    @property
    def buyers(self) -> int:
        return self.treated[0] + self.held_out[0]

    @property
    def people(self) -> int:
        return self.treated[1] + self.held_out[1]

    def counts(self, order: Planned) -> bool:
        """Whether an order lies in the days that count."""
        return self.day < order.day <= self.day + RESULT_DAYS


@dataclass(frozen=True)
class Sent:
    """A list that was sent, by the numbers of its people in the cast."""

    treated: tuple[int, ...]
    held_out: tuple[int, ...]


def send_list(orders: list[Planned], rng: Random, wanted: Wanted, leave: Collection[int]) -> Sent:
    """Choose the members of a past list so that its result is exact.

    Buyers are drawn from people who had bought before and ordered once in the 30 days, so that one
    of them brings what an order brings; where too few did, one order is added for people whose last
    order is 30 to 365 days older. People in `leave` are written by hand and stay as they are.
    """
    before = {o.contact: o.day for o in orders if o.day <= wanted.day}
    inside = Counter(o.contact for o in orders if wanted.counts(o))
    bought = {o.contact for o in orders if wanted.counts(o) and o.follow_up >= wanted.follow_up}
    free = sorted(before.keys() - set(leave))
    buyers = [contact for contact in free if contact in bought and inside[contact] == 1]
    rng.shuffle(buyers)
    quiet = [contact for contact in free if not inside[contact]]
    buyers = buyers[: wanted.buyers]
    buyers += _order_once_more(orders, rng, wanted, {c: before[c] for c in quiet}, len(buyers))
    rng.shuffle(buyers)
    for order in orders:
        if order.contact in set(buyers) and wanted.counts(order):
            order.fixed = True
    rest = rng.sample(sorted(set(quiet) - set(buyers)), wanted.people - wanted.buyers)
    split = wanted.treated[1] - wanted.treated[0]
    return Sent(
        tuple(sorted(buyers[: wanted.treated[0]] + rest[:split])),
        tuple(sorted(buyers[wanted.treated[0] :] + rest[split:])),
    )


def _order_once_more(
    orders: list[Planned], rng: Random, wanted: Wanted, last: dict[int, float], have: int
) -> list[int]:
    """Add one order each for as many people as are missing; `last` is when they last bought."""
    lapsed = [c for c, day in last.items() if LAPSED[0] <= wanted.day - day <= LAPSED[1]]
    chosen = rng.sample(lapsed, wanted.buyers - have)
    for contact in chosen:
        day = wanted.day + rng.random() * RESULT_DAYS
        insort(orders, Planned(contact, day, wanted.follow_up, fixed=True), key=lambda o: o.day)
    return chosen
