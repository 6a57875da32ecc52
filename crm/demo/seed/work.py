"""One-on-one time and whom to contact today."""

from math import log
from random import Random

from crm.accounts.rules import Actor
from crm.attention import service
from crm.attention.rules import FollowUpReason, NewFollowUp, Policy, TouchKind
from crm.demo.cast.orders import moment_of
from crm.demo.cast.shops import WINDOW_DAYS
from crm.demo.seed.lists import log_touch
from crm.demo.seed.stage import Stage


CHAT_DAYS = 90
TOUCH_MINUTES = 20
PHOTO_SHARE = 0.35


def touches_by_hand(stage: Stage) -> None:
    """Log the touches that the story writes."""
    for person in stage.story["people"]:
        contact_id = stage.people[person["key"]]
        owner = _owner(stage, contact_id)
        for number, (days_ago, minutes, kind, note) in enumerate(person.get("touches", ())):
            at = stage.at("15:10", days_ago)
            log_touch(stage, contact_id, owner, minutes, at, number, TouchKind(kind), note)
    today = stage.story.get("today_touches", ())
    for number, (key, minutes, kind) in enumerate(today):
        contact_id = stage.people[key]
        at = stage.at(f"{13 + number:02d}:20")
        log_touch(
            stage, contact_id, _owner(stage, contact_id), minutes, at, 90 + number, TouchKind(kind)
        )


def limits(stage: Stage) -> None:
    """Set the shop's own limits of one-on-one time."""
    own = stage.story.get("limits")
    if own:
        service.set_policy(stage.session, Policy(**own), actor=stage.owner, now=stage.ago(days=700))


def chats(stage: Stage) -> None:
    """Log the chats of 90 days: a few people take most of the time."""
    drawn = stage.story.get("attention")
    if drawn is None:
        return
    rng, edge = stage.stream("attention"), WINDOW_DAYS - CHAT_DAYS
    lately: dict[int, int] = {}
    for planned in stage.orders:
        if planned.day >= edge:
            lately[planned.contact] = lately.get(planned.contact, 0) + 1
    written = set(stage.numbers.values())
    for number, contact_id in enumerate(stage.contact_ids):
        bought = lately.get(number, 0)
        if number in written or (not bought and rng.random() >= drawn["active_share"]):
            continue
        minutes = rng.lognormvariate(log(drawn["median"]), drawn["sigma"])
        _spread(stage, contact_id, round(minutes * (1 + drawn["per_order"] * bought)), rng)


def _spread(stage: Stage, contact_id: int, minutes: int, rng: Random) -> None:
    """Log minutes as touches of up to twenty, over the 90 days."""
    left, number = max(1, minutes), 0
    while left > 0:
        part = min(left, rng.randint(3, TOUCH_MINUTES))
        at = stage.at(
            f"{rng.randint(9, 20):02d}:{rng.randint(0, 59):02d}", rng.randint(1, CHAT_DAYS - 1)
        )
        kind = TouchKind.PHOTO if rng.random() < PHOTO_SHARE else TouchKind.CHAT
        log_touch(stage, contact_id, stage.owner, part, at, number, kind)
        left, number = left - part, number + 1


def _owner(stage: Stage, contact_id: int) -> Actor:
    return next(a for a in stage.actors.values() if a.id == stage.known[contact_id].owner_id)


def to_contact_today(stage: Stage) -> None:
    """Plan the people whom the story wants contacted today, each with the reason."""
    last = {}
    for planned in stage.orders:
        last[stage.contact_ids[planned.contact]] = planned
    rows = []
    for person in stage.story["people"]:
        plan = person.get("follow_up")
        if plan is None:
            continue
        contact_id = stage.people[person["key"]]
        words: dict[str, object] = {}
        reason = FollowUpReason(plan["reason"])
        if reason is FollowUpReason.REPURCHASE:
            bought = last[contact_id]
            day = moment_of(bought.day, stage.as_of).date()
            words = {
                "product": bought.category,
                "last_on": day.isoformat(),
                "interval": plan["interval"],
            }
        elif reason is FollowUpReason.GREETING:
            words = {"added_on": stage.known[contact_id].created_at.date().isoformat()}
        else:
            words = {"text": plan["text"]}
        rows.append(
            NewFollowUp(
                contact_id=contact_id,
                staff_id=stage.known[contact_id].owner_id or 0,
                due_on=stage.today,
                reason=reason,
                dedupe_key=f"demo:{person['key']}",
                words=words,
                minutes=plan["minutes"],
            )
        )
    service.add_follow_ups(stage.session, rows, now=stage.at("09:00"))
