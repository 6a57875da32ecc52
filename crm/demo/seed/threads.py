"""What was said in groups, and the complaints that came of it, told through the services."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from crm.complaints import jobs, service
from crm.complaints.models import Complaint
from crm.complaints.queries.thread import undecided_of_group
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.words import Category, Channel, EventType, Visibility
from crm.demo.cast.people import invented_name
from crm.demo.cast.quantiles import answer_minutes
from crm.demo.seed.stage import Stage
from crm.groups import service as groups
from crm.groups.rules import NewMessage
from crm.stores.queries import business_calendar

E = EventType
INCIDENT_MINUTES = 476
"""Staffed minutes of silence: 19 h 26 min less night and lunch."""


def record(stage: Stage, complaint: Complaint, kind: EventType, at: datetime, **more: Any) -> None:
    """Record an event of a complaint as it happened then, by the person in `by`."""
    by = stage.actors[more.pop("by", _first_lead(stage))]
    text, data = more.pop("text", ""), more.pop("data", {})
    command = NewEvent(kind, at=at, text=text, data=data)
    service.record_event(stage.session, complaint, command, actor=by, now=at)


def _first_lead(stage: Stage) -> str:
    return str(next(a.login for a in stage.actors.values() if a.role.value in ("lead", "owner")))


def log(stage: Stage, at: datetime, text: str, category: Category, **who: Any) -> Complaint:
    """Log a complaint of a group or another channel at the moment it was said."""
    group = stage.groups.get(who.get("group", ""))
    contact_id = stage.people.get(who.get("person", ""))
    store_id = group.store_id if group else stage.known[contact_id or 0].store_id
    name = stage.known[contact_id].name if contact_id else who.get("reporter", "")
    command = LogComplaint(
        channel=Channel(who.get("channel", "group")),
        text=text,
        occurred_at=at,
        store_id=store_id,
        group_id=group.id if group else None,
        contact_id=contact_id,
        reporter_name=name,
        category=category,
        short_no=who.get("short_no"),
    )
    by = stage.actors[who.get("by", _first_lead(stage))]
    return service.log_complaint(stage.session, command, actor=by, now=at)


def close(stage: Stage, complaint: Complaint, answered_at: datetime) -> None:
    """Bring an answered complaint to its end: offered, confirmed, told to the group."""
    steps = [(E.RESOLUTION_OFFERED, 20), (E.CUSTOMER_CONFIRMED, 90)]
    if complaint.visibility is Visibility.PUBLIC:
        steps.append((E.PUBLIC_CLOSURE, 110))
    for kind, minutes in steps:
        at = min(answered_at + timedelta(minutes=minutes), stage.as_of)
        record(stage, complaint, kind, at, text="已处理好，谢谢您")


@dataclass
class Answers:
    """Minutes to the first answer: up to the incident, since, and for the newest cases."""

    before: list[float]
    since: list[float]
    newest: list[float]


def answers(stage: Stage) -> Answers:
    """Draw the minutes; the incident itself stands for the value nearest to its own 476."""
    history, rng = stage.story["history"], stage.stream("answers")
    before = answer_minutes(**history["before"], rng=rng)
    if "past" in stage.story:
        before.remove(min(before, key=lambda m: abs(m - INCIDENT_MINUTES)))
    since = answer_minutes(**history["since"], rng=rng) if "since" in history else []
    newest = sum("answer_minutes" not in line for line in _newest(stage))
    return Answers(before, since[newest:], since[:newest])


def old_complaints(stage: Stage, minutes: Answers, incident: datetime | None) -> None:
    """Tell the complaints of two years in order, so that their numbers follow each other."""
    rng = stage.stream("complaints")
    number = _row_of(stage, minutes.before, (718.0, 156.0), rng, 0)
    if incident is not None:
        tell_incident(stage, incident)
    _row_of(stage, minutes.since, (146.0, 3.0), rng, number)


def _row_of(
    stage: Stage, minutes: list[float], days: tuple[float, float], rng: Random, number: int
) -> int:
    step = (days[0] - days[1]) / max(1, len(minutes))
    for place, waited in enumerate(minutes):
        days_ago = round(days[0] - step * (place + rng.random() * 0.9))
        said_at = stage.at(f"{rng.randint(9, 11):02d}:{rng.randint(0, 59):02d}", days_ago)
        _old_complaint(stage, number + place, said_at, waited, rng)
    return number + len(minutes)


def _old_complaint(
    stage: Stage, number: int, said_at: datetime, minutes: float, rng: Random
) -> None:
    texts = stage.story["old_texts"]
    text, category = texts[number % len(texts)]
    keys = sorted(stage.groups)
    complaint = log(
        stage,
        said_at,
        text,
        Category(category),
        group=keys[number % len(keys)],
        reporter=invented_name(rng),
        short_no=stage.story["first_complaint"] if number == 0 else None,
    )
    answered_at = _answer_at(stage, complaint, said_at, minutes)
    record(stage, complaint, E.PUBLIC_REPLY, answered_at, text="查到了，马上给您处理")
    close(stage, complaint, answered_at)


def _answer_at(stage: Stage, complaint: Complaint, said_at: datetime, minutes: float) -> datetime:
    stage.session.flush()
    calendar = business_calendar(stage.session, complaint.store_id)
    return calendar.add(said_at, minutes * 60)


def tell_incident(stage: Stage, at: datetime) -> None:
    """Tell the evening on which nobody answered."""
    past = stage.story["past"]
    start = at
    group = past["group"]
    first = past["lines"][0]
    complaint = log(
        stage, start, first[2], Category.SUSPECTED_FAKE, group=group, person=past["person"]
    )
    say(stage, group, start, past["lines"], {})
    _signals(stage, complaint, start, past["lines"])
    minutes, who, text = past["answer"]
    answered_at = start + timedelta(minutes=minutes)
    record(stage, complaint, E.PUBLIC_REPLY, answered_at, text=text, by="wangmei")
    say(stage, group, start, [[minutes, who, text]], {who: "wangmei"})
    for number in range(past["left"]):
        record(
            stage,
            complaint,
            E.ONLOOKER_SIGNAL,
            answered_at + timedelta(hours=1 + number),
            data={"signal": "left_group", "member": f"退群{number + 1}"},
        )
    close(stage, complaint, answered_at + timedelta(days=1))


def say(stage: Stage, group: str, start: datetime, lines: list[Any], staff: dict[str, str]) -> None:
    """Put lines into a group one after the other, each at its minute; nothing is scored."""
    for line in lines:
        message = _message(stage, group, start, line, staff)
        groups.store_messages(
            stage.session,
            stage.groups[group],
            [message],
            actor=stage.owner,
            now=message.sent_at,
        )


def _message(
    stage: Stage, group: str, start: datetime, line: list[Any], staff: dict[str, str]
) -> NewMessage:
    minutes, who, text, *_signal = line
    members = {stage.known[i].name: i for i in stage.members.get(group, ())}
    login = staff.get(who)
    return NewMessage(
        sender=who,
        sent_at=start + timedelta(minutes=minutes),
        text=text,
        contact_id=None if login else members.get(who),
        staff_id=stage.actors[login].id if login else None,
        is_staff=login is not None,
    )


def _signals(stage: Stage, complaint: Complaint, start: datetime, lines: list[Any]) -> None:
    for minutes, who, _text, *signal in lines:
        if signal:
            at = start + timedelta(minutes=minutes)
            data = {"signal": signal[0], "member": who}
            record(stage, complaint, E.ONLOOKER_SIGNAL, at, data=data)


def _newest(stage: Stage) -> list[dict[str, Any]]:
    return [
        *stage.story.get("handling", ()),
        *stage.story.get("closed_today", ()),
        *stage.story.get("newest", ()),
    ]


def newest_ones(stage: Stage, minutes: list[float]) -> None:
    """Tell the complaints in handling, and those closed today or lately."""
    for line in _newest(stage):
        at = stage.ago(minutes=line["said_minutes_ago"])
        who = {k: line[k] for k in ("group", "person", "reporter", "channel") if k in line}
        complaint = log(stage, at, line["text"], Category(line["category"]), **who)
        waited = line["answer_minutes"] if "answer_minutes" in line else minutes.pop()
        answered_at = _answer_at(stage, complaint, at, waited)
        public = complaint.visibility is Visibility.PUBLIC
        kind = E.PUBLIC_REPLY if public else E.PRIVATE_REPLY
        record(stage, complaint, kind, answered_at, text=line["answer"])
        promise = line.get("promise")
        if promise:
            data = {"due_at": stage.due(promise["due"]).isoformat(), "task": promise["task"]}
            at = answered_at + timedelta(minutes=2)
            record(stage, complaint, E.PROMISED, at, data=data)
        else:
            close(stage, complaint, answered_at)


def live_ones(stage: Stage) -> None:
    """Tell what runs now: the one nobody took, then the one everybody watches."""
    late = stage.story.get("late")
    if late:
        at = stage.at(late["at"])
        log(
            stage,
            at,
            late["text"],
            Category(late["category"]),
            group=late["group"],
            person=late["person"],
            by="lixiao",
        )
    live = stage.story.get("live")
    if live:
        _live(stage, live)
    _tick(stage)


def _live(stage: Stage, live: dict[str, Any]) -> None:
    start = stage.at(live["at"])
    first, rest = live["lines"][0], live["lines"][1:]
    line = _message(stage, live["group"], start, first, {})
    group = stage.groups[live["group"]]
    service.take_lines(stage.session, group, [line], actor=stage.owner, now=start)
    found = undecided_of_group(stage.session, stage.groups[live["group"]].id)
    complaint = next(c for c in found if c.contact_id == stage.people[live["person"]])
    record(
        stage,
        complaint,
        E.HANDED_OVER,
        start,
        by=live["by"],
        data={"to_id": stage.actors[live["assignee"]].id},
    )
    for line in rest:
        say(stage, live["group"], start, [line], {})
        _signals(stage, complaint, start, [line])


def _tick(stage: Stage) -> None:
    """Let the ladder of the last hours fire at its own times."""
    at = stage.ago(hours=2)
    while at <= stage.as_of:
        jobs.tick(stage.session, now=at)
        at += timedelta(seconds=30)
