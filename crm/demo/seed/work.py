"""One-on-one time, and whom to contact today."""

from datetime import timedelta
from typing import Any

from crm.accounts.rules import Actor
from crm.attention import service
from crm.attention.rules import FollowUpReason, LogTouch, NewFollowUp, OverReason, Policy, TouchKind
from crm.demo.cast.attention import Habit, chats
from crm.demo.cast.orders import Planned, moment_of
from crm.demo.seed import book
from crm.demo.seed.stage import Stage


def limits(stage: Stage) -> None:
    """Set the shop's own limits of one-on-one time."""
    own = stage.story.get("limits")
    if own:
        service.set_policy(stage.session, Policy(**own), actor=stage.owner, now=stage.ago(days=700))


def habit(stage: Stage) -> Habit:
    """Return how the shop chats, as its story has it."""
    told = dict(stage.story["attention"])
    kinds = tuple(told.pop("kinds").items())
    return Habit(kinds=kinds, part=tuple(told.pop("part")), **told)


def background(stage: Stage) -> None:
    """Log the chats of 90 days with people of whom the story says nothing."""
    written = set(stage.numbers.values())
    people = [number for number in range(len(stage.contact_ids)) if number not in written]
    drawn = chats(habit(stage), stage.stream("attention"), people, stage.orders)
    touches = []
    for number, chat in enumerate(drawn):
        contact_id = stage.contact_ids[chat.contact]
        stage.chatted.add(contact_id)
        touches.append(
            book.Chatted(
                contact_id,
                stage.known[contact_id].owner_id,
                chat.minutes,
                TouchKind(chat.kind),
                stage.at("00:00", chat.days_ago) + timedelta(minutes=chat.clock_minute),
                f"demo-chat-{number}",
            )
        )
    book.write_touches(stage.session, touches)


def touches_by_hand(stage: Stage) -> None:
    """Log the touches that the story writes, in order of time."""
    planned = []
    for person in stage.story["people"]:
        for days_ago, minutes, kind, note in person.get("touches", ()):
            planned.append((stage.at("15:10", days_ago), person["key"], minutes, kind, note))
    today = stage.story.get("today_touches", ())
    for number, (key, minutes, kind) in enumerate(today, 1):
        planned.append((stage.earlier_today(number / (len(today) + 1)), key, minutes, kind, ""))
    for number, (at, key, minutes, kind, note) in enumerate(sorted(planned)):
        contact_id = stage.people[key]
        command = LogTouch(contact_id, TouchKind(kind), minutes, at, f"demo-told-{number}", note)
        actor = _owner(stage, contact_id)
        logged = service.log_touch(stage.session, command, actor=actor, now=at)
        if logged.ask_reason:
            reason = OverReason.ORDER_IN_PROGRESS
            service.give_reason(stage.session, logged.touch, reason, actor=actor, now=at)


def _owner(stage: Stage, contact_id: int) -> Actor:
    return next(a for a in stage.actors.values() if a.id == stage.known[contact_id].owner_id)


def to_contact_today(stage: Stage) -> None:
    """Plan the people whom the story wants contacted today, each with the reason."""
    last = {order.contact: order for order in stage.orders}
    rows = [
        NewFollowUp(
            contact_id=stage.people[person["key"]],
            staff_id=stage.known[stage.people[person["key"]]].owner_id,
            due_on=stage.today,
            reason=FollowUpReason(person["follow_up"]["reason"]),
            dedupe_key=f"demo:{person['key']}",
            words=_words(stage, person, last),
            minutes=person["follow_up"]["minutes"],
        )
        for person in stage.story["people"]
        if "follow_up" in person
    ]
    service.add_follow_ups(stage.session, rows, now=stage.at("09:00"))


def _words(stage: Stage, person: dict[str, Any], last: dict[int, Planned]) -> dict[str, object]:
    """Return what fills the sentence of the reason."""
    plan, number = person["follow_up"], stage.numbers[person["key"]]
    match FollowUpReason(plan["reason"]):
        case FollowUpReason.REPURCHASE:
            bought = last[number]
            last_on = moment_of(bought.day, stage.as_of).date().isoformat()
            return {"product": bought.category, "last_on": last_on, "interval": plan["interval"]}
        case FollowUpReason.GREETING:
            added_at = stage.known[stage.people[person["key"]]].created_at
            return {"added_on": added_at.astimezone(stage.as_of.tzinfo).date().isoformat()}
        case _:
            return {"text": plan["text"]}
