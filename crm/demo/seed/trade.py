"""Two years of orders: drawn, bent into the story, then taken like any other orders."""

from random import Random
from typing import Any

from crm.demo.cast.incident import dip
from crm.demo.cast.lists import Sent, Wanted, send_list
from crm.demo.cast.orders import Planned, at_its_hour, base_orders, day_of, moment_of, price
from crm.demo.cast.shops import CUP_PRICES, CUP_SHARE
from crm.demo.seed.stage import Stage
from crm.loyalty import service as loyalty
from crm.orders import service
from crm.orders.rules import NewLine, NewOrder, OrderChannel, OrderStatus

BATCH = 1000
FEN = 100


def plan_orders(stage: Stage) -> list[Sent]:
    """Draw the orders, tell the past lists and the incident with them; return who was on a list.

    Reads and writes no database.
    """
    plan, as_of, leave = stage.plan, stage.as_of, frozenset(stage.numbers.values())
    orders = [
        o
        for o in base_orders(plan, stage.stream("orders"), as_of)
        if o.contact not in leave and o.contact < stage.people_count
    ]
    at_its_hour(plan, orders, stage.stream("hours"), as_of)
    orders = sorted(orders + _by_hand(stage), key=lambda o: o.day)
    rng = stage.stream("campaigns")
    sent = [
        send_list(orders, rng, _wanted(stage, past), leave)
        for past in stage.story.get("past_lists", ())
    ]
    if stage.incident is not None:
        listed = {number for one in sent for number in (*one.treated, *one.held_out)}
        day = day_of(stage.incident, as_of)
        orders = dip(orders, stage.stream("incident"), day, leave | listed)
    price(plan, orders, stage.stream("amounts"), stage.stream("returns"), as_of)
    stage.orders = orders
    return sent


def _wanted(stage: Stage, past: dict[str, Any]) -> Wanted:
    return Wanted(
        day=day_of(stage.at("00:00", past["days_ago"]), stage.as_of),
        treated=_scaled(past["treated"], stage.share),
        held_out=_scaled(past["held_out"], stage.share),
        follow_up=past.get("follow_up", False),
    )


def _scaled(arm: list[int], share: float) -> tuple[int, int]:
    buyers, people = arm
    return (buyers, people) if share == 1 else (round(buyers * share), round(people * share))


def _by_hand(stage: Stage) -> list[Planned]:
    """Return the orders that the story writes for its people, at ten in the morning."""
    return [
        Planned(
            contact=stage.numbers[person["key"]],
            day=day_of(stage.at("10:00", days_ago), stage.as_of),
            fixed=True,
            amount=amount,
            category=category,
            returned="returned" in more,
        )
        for person in stage.story["people"]
        for days_ago, amount, category, *more in person.get("orders", ())
    ]


def take_orders(stage: Stage) -> None:
    """Take the orders in, one that nobody is known for included, and work out loyalty."""
    rng, rows = stage.stream("lines"), []
    for number, planned in enumerate(stage.orders):
        rows.append(_order(stage, number, planned, rng))
    stranger = Planned(0, day_of(stage.ago(days=12), stage.as_of), amount=259)
    rows.append(_order(stage, len(rows), stranger, rng, unknown=True))
    for start in range(0, len(rows), BATCH):
        service.take_orders(stage.session, rows[start : start + BATCH], actor=None, now=stage.as_of)
    stage.session.flush()
    loyalty.recompute(stage.session, None, now=stage.as_of)
    stage.session.flush()


def _order(
    stage: Stage, number: int, planned: Planned, rng: Random, *, unknown: bool = False
) -> NewOrder:
    paid = planned.amount * FEN
    category = planned.category or _category(stage, planned, rng)
    product = stage.story["products"].get(category, category)
    return NewOrder(
        channel=OrderChannel.WECHAT_SHOP,
        order_no=f"3707{number:010d}",
        ordered_at=moment_of(planned.day, stage.as_of),
        paid_fen=paid,
        refunded_fen=paid if planned.returned else 0,
        status=OrderStatus.REFUNDED if planned.returned else OrderStatus.COMPLETED,
        status_text="已退款" if planned.returned else "已完成",
        lines=(NewLine(product, 1, paid, category, paid if planned.returned else 0),),
        contact_id=None if unknown else stage.contact_ids[planned.contact],
        external_userid="wm_stranger" if unknown else None,
    )


def _category(stage: Stage, planned: Planned, rng: Random) -> str:
    """Return a category whose price fits; an order that fits none is of two pieces."""
    names = [c[0] for c in stage.plan.categories]
    if stage.plan.key == "teapots":
        if not planned.follow_up:
            return names[0]
        return (
            names[1] if planned.amount <= CUP_PRICES[1] and rng.random() < CUP_SHARE else names[2]
        )
    fits: list[tuple[str, float]] = [
        (name, weight)
        for name, weight, low, high in stage.plan.categories
        if low <= planned.amount <= high
    ] or [(c[0], c[1]) for c in stage.plan.categories]
    return rng.choices([f[0] for f in fits], [f[1] for f in fits])[0]


def last_bought(stage: Stage) -> dict[int, Any]:
    """Return each contact's last order by contact id."""
    last: dict[int, Any] = {}
    for planned in stage.orders:
        if not planned.returned:
            last[stage.contact_ids[planned.contact]] = planned
    return last
