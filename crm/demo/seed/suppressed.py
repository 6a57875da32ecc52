"""Who is on the list that waits: whom it reaches, and the exact numbers that it leaves out."""

from datetime import timedelta
from typing import Any

from crm.attention.queries import policy
from crm.attention.rules import TouchKind
from crm.contacts.queries import contact_for_update
from crm.demo.cast.orders import moment_of
from crm.demo.seed import book
from crm.demo.seed.stage import Stage
from crm.demo.seed.trade import last_bought
from crm.loyalty.queries import loyal_orders

USED_UP = (12, 6)
"""Days ago at which the time of somebody at her limit was spent, half each."""


def parts(stage: Stage, line: dict[str, Any]) -> dict[str, list[int]]:
    """Choose who matches, and what becomes of each."""
    chosen = {"open_complaint": [stage.people[p["key"]] for p in _written(stage)]}
    pool = _pool(stage, line)
    stage.stream("ready list").shuffle(pool)
    pool.sort(key=lambda contact_id: contact_id not in stage.chatted)
    for name in (
        "time_at_cap",
        "contacted_lately",
        "opted_out",
    ):  # the first was never chatted with
        chosen[name] = [pool.pop() for _ in range(stage.scaled(line[name]))]
    left = stage.scaled(line["matched"]) - sum(map(len, chosen.values()))
    stage.stream("reachable").shuffle(pool)
    chosen["reachable"] = sorted(pool[:left])
    return chosen


def _written(stage: Stage) -> list[dict[str, Any]]:
    """Return the people of the story with an open complaint, or who looked on at one."""
    return [person for person in stage.story["people"] if person.get("summer")]


def _pool(stage: Stage, line: dict[str, Any]) -> list[int]:
    """Return who may be on the list: bought, not lately, and looked after by who is to write."""
    apart = set(stage.people.values()) | stage.members[stage.story["live"]["group"]]
    writers = {stage.actors[login].id for login in line["assigned"]}
    edge = stage.as_of - timedelta(days=line["days_since"] + 1)
    return [
        contact_id
        for contact_id, last in sorted(last_bought(stage).items())
        if contact_id not in apart
        and stage.known[contact_id].owner_id in writers
        and moment_of(last.day, stage.as_of) < edge
    ]


def use_up_time(stage: Stage, contact_ids: list[int]) -> None:
    """Spend the time of people up to their limit, lately."""
    limits, loyal = policy(stage.session), loyal_orders(stage.session, contact_ids)
    touches = []
    for contact_id in contact_ids:
        most = limits.loyal_cap_minutes if contact_id in loyal else limits.cap_minutes
        for days_ago, minutes in zip(USED_UP, (most // 2, most - most // 2), strict=True):
            touches.append(
                book.Chatted(
                    contact_id,
                    stage.known[contact_id].owner_id,
                    minutes,
                    TouchKind.CHAT,
                    stage.at("16:20", days_ago),
                    f"demo-limit-{contact_id}-{days_ago}",
                )
            )
    book.write_touches(stage.session, touches)


def share_out(stage: Stage, line: dict[str, Any], treated: list[int]) -> None:
    """Hand contacts over until each manager has as many to write to as the story says."""
    wanted = {
        stage.actors[login].id: stage.scaled(count) for login, count in line["assigned"].items()
    }
    first = next(iter(wanted))
    wanted[first] += len(treated) - sum(wanted.values())  # what rounding left in a small demo
    have: dict[int, list[int]] = {staff_id: [] for staff_id in wanted}
    for contact_id in treated:
        have[stage.known[contact_id].owner_id].append(contact_id)
    spare = [i for staff_id, count in wanted.items() for i in have[staff_id][count:]]
    homes = {
        stage.actors[member["login"]].id: stage.stores[member["owns"]].id
        for member in stage.story["staff"]
        if member["login"] in line["assigned"]
    }
    for staff_id, count in wanted.items():
        for _ in range(count - len(have[staff_id])):
            contact = contact_for_update(stage.session, spare.pop(), stage.owner)
            contact.owner_id, contact.store_id = staff_id, homes[staff_id]
    stage.session.flush()
