"""What is said in groups: the evening nobody answered, what goes between, what runs now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from crm.complaints import service
from crm.complaints.models import Complaint, Incident
from crm.complaints.queries import case_of
from crm.complaints.queries.thread import undecided_of_group
from crm.complaints.rules.incidents import Origin
from crm.complaints.rules.words import EventType
from crm.complaints.service.effects import recount
from crm.demo.seed.complaints import close, log, record
from crm.demo.seed.stage import Stage
from crm.groups import service as groups
from crm.groups.models import ChatGroup, GroupMember
from crm.groups.queries import items_by_id, unanswered
from crm.groups.rules import MessageKind, NewMessage
from crm.groups.service import dismiss_item

E = EventType


@dataclass(frozen=True)
class Thread:
    """A conversation in a group; `people` are those in it whose names alone would not do."""

    stage: Stage
    key: str
    start: datetime
    people: tuple[str, ...] = ()

    @property
    def group(self) -> ChatGroup:
        return self.stage.groups[self.key]

    def message(self, line: list[Any], by: str | None = None) -> NewMessage:
        """Return a line of the story: minutes after the start, who, what."""
        minutes, who, text, *_signal = line
        return NewMessage(
            sender=who,
            sent_at=self.start + timedelta(minutes=minutes),
            text=text,
            contact_id=None if by else self._contact(who),
            staff_id=self.stage.actors[by].id if by else None,
            is_staff=by is not None,
        )

    def _contact(self, who: str) -> int | None:
        names = {i: self.stage.known[i].name for i in self.stage.members.get(self.key, ())}
        told = [self.stage.people[key] for key in self.people]
        named = [i for i in (*told, *sorted(names)) if names.get(i) == who]
        return named[0] if named else None

    def say(self, line: list[Any], by: str | None = None) -> int:
        """Put a line into the group at its minute; somebody has looked at it: it is not scored."""
        message = self.message(line, by)
        owner = self.stage.owner
        stored = groups.store_messages(
            self.stage.session, self.group, [message], actor=owner, now=message.sent_at
        )
        return stored.messages[0].id

    def complain(self, line: list[Any], category: str, **who: Any) -> Complaint:
        """Say a line and log it as a complaint."""
        message_id = self.say(line)
        who |= {"group": self.key, "message_id": message_id}
        complaint = log(self.stage, self.start, line[2], category, **who)
        groups.became_complaint(self.stage.session, [message_id], now=self.start)
        return complaint

    def look_on(self, complaint: Complaint, line: list[Any]) -> None:
        """Say a line of an onlooker; record what it did, where the story says so."""
        self.say(line)
        minutes, who, _text, *signal = line
        if signal:
            data = {"signal": signal[0], "member": who}
            at = self.start + timedelta(minutes=minutes)
            record(self.stage, complaint, E.ONLOOKER_SIGNAL, at, data=data)


def tell_incident(stage: Stage) -> None:
    """Tell the evening on which nobody answered."""
    start = stage.incident
    if start is None:
        return
    past = stage.story["past"]
    thread = Thread(stage, past["group"], start, (past["person"],))
    first, *rest = past["lines"]
    complaint = thread.complain(first, past["category"], person=past["person"])
    for line in rest:
        thread.look_on(complaint, line)
    answered_at = start + timedelta(minutes=past["answer"][0])
    reply = past["answer"][2]
    record(stage, complaint, E.PUBLIC_REPLY, answered_at, text=reply, by=past["by"])
    thread.say(past["answer"], by=past["by"])
    thread.say(past["after"])
    _leave(stage, complaint, answered_at)
    _trace(stage, complaint, answered_at)
    close(stage, complaint, answered_at + timedelta(days=1))
    _settle(stage, thread.group, answered_at)


def _leave(stage: Stage, complaint: Complaint, answered_at: datetime) -> None:
    """Let people leave the group, hour by hour; the complainer first."""
    past = stage.story["past"]
    group, still_here = stage.groups[past["group"]], stage.people[stage.story["live"]["person"]]
    for number, who in enumerate(past["left"]):
        at = answered_at + timedelta(hours=1 + number)
        data = {"signal": "left_group", "member": who}
        record(stage, complaint, E.ONLOOKER_SIGNAL, at, data=data)
        line = NewMessage(sender="", sent_at=at, text=f"{who} 退出了群聊", kind=MessageKind.SYSTEM)
        groups.store_messages(stage.session, group, [line], actor=stage.owner, now=at)
        stage.session.execute(
            update(GroupMember)
            .where(GroupMember.group_id == group.id, GroupMember.nickname == who)
            .where(GroupMember.contact_id.is_distinct_from(still_here))
            .values(left_at=at)
        )


def _trace(stage: Stage, complaint: Complaint, at: datetime) -> None:
    """Say what the incident goes back to, so that others who bought the same are known."""
    past = stage.story["past"]
    if complaint.incident_id is None:
        return
    incident = stage.session.get_one(Incident, complaint.incident_id)
    origin = Origin(product_ref=past["product"], packer_ref=past["packer"])
    by = stage.actors[past["by"]]
    service.set_origin(stage.session, incident, origin, actor=by, now=at)


def _settle(stage: Stage, group: ChatGroup, at: datetime) -> None:
    """Nothing of a past evening waits for an answer any more."""
    waiting = [one.id for one in unanswered(stage.session, [group.id])]
    for item in items_by_id(stage.session, waiting).values():
        dismiss_item(stage.session, item, actor=stage.owner, now=at)


def live_ones(stage: Stage) -> None:
    """Tell what runs now: the one nobody took, then the one everybody watches."""
    late, live = stage.story.get("late"), stage.story.get("live")
    if late:
        thread = Thread(stage, late["group"], stage.ago(seconds=late["seconds_ago"]))
        name = stage.known[stage.people[late["person"]]].name
        who = {"person": late["person"], "by": late["by"]}
        thread.complain([0, name, late["text"]], late["category"], **who)
    if live:
        _live(stage, live)


def _live(stage: Stage, live: dict[str, Any]) -> None:
    start = stage.ago(seconds=live["seconds_ago"])
    thread = Thread(stage, live["group"], start, (live["person"],))
    first, *rest = live["lines"]
    lines = [thread.message(first)]
    service.take_lines(stage.session, thread.group, lines, actor=stage.owner, now=start)
    found = undecided_of_group(stage.session, thread.group.id)
    complaint = next(c for c in found if c.contact_id == stage.people[live["person"]])
    to = {"to_id": stage.actors[live["assignee"]].id}
    record(stage, complaint, E.HANDED_OVER, start, by=live["by"], data=to)
    for line in rest:
        thread.look_on(complaint, line)
    recount(stage.session, complaint, case_of(stage.session, complaint))


def chatter(stage: Stage) -> None:
    """Let the groups talk of other things on evenings before, so that searches find negatives."""
    rng, words = stage.stream("chatter"), stage.story["chatter"]
    for key in stage.groups:
        names = sorted(stage.known[i].name for i in stage.members.get(key, ()))
        for days_ago in words["days_ago"]:
            start = stage.at(words["at"], days_ago)
            texts = rng.sample(words["lines"], min(words["a_day"], len(words["lines"])))
            lines = [[2 * number, rng.choice(names), text] for number, text in enumerate(texts)]
            _talk(Thread(stage, key, start), lines)
    for talk in stage.story.get("talks", ()):
        thread = Thread(stage, talk["group"], stage.at(talk["at"], talk["days_ago"]))
        length = len(talk["lines"])
        lines = [
            [minutes + number * length, who, text]
            for number in range(talk.get("times", 1))
            for minutes, who, text in talk["lines"]
        ]
        _talk(thread, lines, looked_at=talk.get("looked_at", False))


def _talk(thread: Thread, lines: list[list[Any]], *, looked_at: bool = False) -> None:
    """Take lines in as a paste of that evening, then let the manager see to them."""
    stage, messages = thread.stage, [thread.message(line) for line in lines]
    at = messages[-1].sent_at + timedelta(minutes=1)
    take = groups.store_messages if looked_at else service.take_lines
    take(stage.session, thread.group, messages, actor=stage.owner, now=at)
    _settle(stage, thread.group, at)
