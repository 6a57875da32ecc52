"""Complaints of two years, told through the services at the times at which they happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from crm.complaints import jobs, service
from crm.complaints.models import Complaint
from crm.complaints.queries.due import due_steps
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.words import Category, Channel, EventType, Visibility
from crm.demo.cast.people import invented_name
from crm.demo.cast.quantiles import answer_minutes
from crm.demo.seed.stage import Stage
from crm.stores.queries import business_calendar

E = EventType
INCIDENT_MINUTES = 476
"""Staffed minutes of silence: 19 h 26 min less night and lunch."""
BEFORE_DAYS, SINCE_DAYS = (718.0, 156.0), (146.0, 3.0)
"""Days ago between which the complaints before and since the incident lie."""


def record(stage: Stage, complaint: Complaint, kind: EventType, at: datetime, **more: Any) -> None:
    """Record an event of a complaint as it happened then, by the person in `by`."""
    by = stage.actors[more.pop("by")] if "by" in more else stage.lead
    command = NewEvent(kind, at=at, **more)
    service.record_event(stage.session, complaint, command, actor=by, now=at)


def log(stage: Stage, at: datetime, text: str, category: str, **who: Any) -> Complaint:
    """Log a complaint of a group or another channel at the moment it was said."""
    group = stage.groups.get(who.get("group", ""))
    contact_id = stage.people.get(who.get("person", ""))
    store_id = group.store_id if group else stage.known[contact_id or 0].store_id
    command = LogComplaint(
        channel=Channel(who.get("channel", "group")),
        text=text,
        occurred_at=at,
        store_id=store_id,
        group_id=group.id if group else None,
        contact_id=contact_id,
        reporter_name=stage.known[contact_id].name if contact_id else who.get("reporter", ""),
        category=Category(category),
        short_no=who.get("short_no"),
        message_id=who.get("message_id"),
    )
    by = stage.actors[who["by"]] if "by" in who else stage.lead
    return service.log_complaint(stage.session, command, actor=by, now=at)


def close(stage: Stage, complaint: Complaint, answered_at: datetime) -> None:
    """Bring an answered complaint to its end: offered, confirmed, told to the group."""
    steps = [(E.RESOLUTION_OFFERED, 20), (E.CUSTOMER_CONFIRMED, 90)]
    if complaint.visibility is Visibility.PUBLIC:
        steps.append((E.PUBLIC_CLOSURE, 110))
    for kind, minutes in steps:
        at = min(answered_at + timedelta(minutes=minutes), stage.as_of)
        record(stage, complaint, kind, at, text=stage.story["closing"])


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
    if stage.incident is not None:
        before.remove(min(before, key=lambda minutes: abs(minutes - INCIDENT_MINUTES)))
    since = answer_minutes(**history["since"], rng=rng) if "since" in history else []
    newest = sum("answer_minutes" not in line for line in _newest(stage))
    return Answers(before, since[newest:], since[:newest])


def before_incident(stage: Stage, minutes: Answers) -> None:
    """Tell the complaints of the time in which answers were slow; without incident, all of them."""
    _row_of(stage, minutes.before, BEFORE_DAYS, 0)


def since_incident(stage: Stage, minutes: Answers) -> None:
    """Tell those after it, when answers were quick."""
    _row_of(stage, minutes.since, SINCE_DAYS, len(minutes.before))


def _row_of(stage: Stage, minutes: list[float], days: tuple[float, float], number: int) -> None:
    rng = stage.stream(f"complaints from {number}")
    step = (days[0] - days[1]) / max(1, len(minutes))
    for place, waited in enumerate(minutes):
        days_ago = round(days[0] - step * (place + rng.random() * 0.9))
        said_at = stage.at(f"{rng.randint(9, 11):02d}:{rng.randint(0, 59):02d}", days_ago)
        _old_complaint(stage, number + place, said_at, waited, rng)


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
        category,
        group=keys[number % len(keys)],
        reporter=invented_name(rng),
        short_no=stage.story["first_complaint"] if number == 0 else None,
    )
    answered_at = _answer_at(stage, complaint, said_at, minutes)
    record(stage, complaint, E.PUBLIC_REPLY, answered_at, text=stage.story["old_answer"])
    close(stage, complaint, answered_at)


def _answer_at(stage: Stage, complaint: Complaint, said_at: datetime, minutes: float) -> datetime:
    calendar = business_calendar(stage.session, complaint.store_id)
    return calendar.add(said_at, minutes * 60)


def _newest(stage: Stage) -> list[dict[str, Any]]:
    kinds = ("handling", "closed_today", "newest")
    return [line for kind in kinds for line in stage.story.get(kind, ())]


def newest_ones(stage: Stage, minutes: list[float]) -> None:
    """Tell the complaints in handling, and those closed today or lately."""
    for line in _newest(stage):
        said_at = stage.ago(minutes=line["said_minutes_ago"])
        who = {k: line[k] for k in ("group", "person", "reporter", "channel") if k in line}
        complaint = log(stage, said_at, line["text"], line["category"], **who)
        waited = line["answer_minutes"] if "answer_minutes" in line else minutes.pop()
        answered_at = _answer_at(stage, complaint, said_at, waited)
        for minutes_after, words in line.get("chased", ()):
            at = said_at + timedelta(minutes=minutes_after)
            record(stage, complaint, E.CUSTOMER_MESSAGE, at, text=words, data={"intent": "chase"})
        public = complaint.visibility is Visibility.PUBLIC
        kind = E.PUBLIC_REPLY if public else E.PRIVATE_REPLY
        record(stage, complaint, kind, answered_at, text=line["answer"])
        if "promise" in line:
            _promise(stage, complaint, line["promise"], answered_at)
        else:
            close(stage, complaint, answered_at)


def _promise(
    stage: Stage, complaint: Complaint, promise: dict[str, Any], answered_at: datetime
) -> None:
    data = {"due_at": stage.due(promise["due"]).isoformat(), "task": promise["task"]}
    record(stage, complaint, E.PROMISED, answered_at + timedelta(minutes=2), data=data)


def climb_ladder(stage: Stage, until: datetime) -> None:
    """Let the alerts that are due go out at their own times, as the worker would have."""
    while due := due_steps(stage.session, until, 1):
        jobs.tick(stage.session, now=due[0].wake_at)
