"""What a complaint's log alone says must have been told, and whether it was.

Nothing of the product is asked what is due: the ladder is reckoned here a second time, in plain
arithmetic over the times of the events, and compared with steps, inboxes and messages.
"""

import enum
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import select

from crm.alerts.models import Alert, AlertAttempt, AlertReceipt
from crm.complaints.models import AlertStep, ComplaintEvent, SlaClock
from crm.complaints.rules.policy import Ladder, Policy, Preset, Rung, Target
from crm.complaints.rules.words import Basis, ClockKind, Party
from crm.integrations.rules import Level
from tests.soak.order import committed

TARGETS = {"public_ack": 6, "first_response": 10, "resolution": 20}
RUNGS = (("W1", 0.5, 0), ("W2", 0.8, 0), ("L0", 1, 0), ("L1", 1, 2), ("L2", 1, 4))
"""Level, share of the target, seconds after it."""
REPEATS, REPEAT_EVERY = 3, 3
LAST = max(TARGETS.values()) + 4 + REPEATS * REPEAT_EVERY
ENDED_BY = {
    "public_ack": "public_reply",
    "first_response": "public_reply",
    "resolution": "resolution_offered",
}
TICK = timedelta(milliseconds=1)
PATIENCE = timedelta(seconds=2)
REPAIRED = timedelta(minutes=2)  # a minute, and another where its worker was killed


def _rung(level, share, after):
    parties = {"L1": (Party.LEAD,), "L2": (Party.OWNER,)}.get(level, (Party.ASSIGNEE, Party.DUTY))
    percent = round(share * 100) if share < 1 else None
    return Rung(Level(level), parties, percent=percent, after=after)


def policy():
    """The ladder of this module as a policy of the product: hours became seconds."""
    row = {ClockKind(kind): Target(Basis.WALL, seconds) for kind, seconds in TARGETS.items()}
    row[ClockKind.NEXT_RESPONSE] = row[ClockKind.FIRST_RESPONSE]
    row[ClockKind.PUBLIC_CLOSURE] = Target(Basis.WALL, 86_400)
    return Policy(
        preset=Preset.FULL,
        targets=dict.fromkeys(range(1, 5), row),
        ladder=Ladder(tuple(_rung(*one) for one in RUNGS), REPEAT_EVERY, REPEATS),
        ack_hold=dict.fromkeys(range(1, 5), 1),
        spread_seconds=300,
    )


def planned(kind, started):
    """Every step of a clock within this test, as (level, repeat) and the moment it is due."""
    target = timedelta(seconds=TARGETS[kind])
    for level, share, after in RUNGS:
        yield (level, 1), started + share * target + timedelta(seconds=after)
    last = started + target + timedelta(seconds=RUNGS[-1][2])
    for number in range(1, REPEATS + 1):
        yield ("R", number), last + number * timedelta(seconds=REPEAT_EVERY)


@dataclass
class Verdict:
    """What was found; every list names the rows, so that a failure can be read."""

    steps: int = 0
    alerts: int = 0
    messages: int = 0
    superseded: int = 0
    suppressed: int = 0
    lost: list = field(default_factory=list)
    wrong: list = field(default_factory=list)
    inbox_duplicates: list = field(default_factory=list)
    outside_duplicates: int = 0
    raced: int = 0  # sends whose commit was compared with that of an answer

    def faults(self):
        return [*self.lost, *self.wrong, *self.inbox_duplicates]

    def line(self):
        return (
            f"steps {self.steps}, alerts {self.alerts}, messages {self.messages}, "
            f"superseded {self.superseded}, suppressed {self.suppressed}: lost {len(self.lost)}, "
            f"wrong {len(self.wrong)}, inbox duplicates {len(self.inbox_duplicates)}, "
            f"outside duplicates {self.outside_duplicates}"
        )


class Auditor:
    """Reads the tables once, when everything has drained, and judges."""

    def __init__(self, connection, requests, ended_at):
        self.connection = connection
        self.ended_at = ended_at
        self.order = committed(connection)
        self.found = Verdict()
        self.messages = [request.alert_ids for request in requests]
        self.received = {one for ids in self.messages for one in ids}
        self.events = self._grouped(ComplaintEvent, "complaint_id", ComplaintEvent.seq)
        self.steps = self._grouped(AlertStep, "clock_id", AlertStep.id)
        self.alerts = self._grouped(Alert, "dedupe_base", Alert.id)
        self.attempts = self._grouped(AlertAttempt, "alert_id", AlertAttempt.id)
        self.receipts = self._grouped(AlertReceipt, "alert_id", AlertReceipt.id)
        self.clocks = list(self._rows(SlaClock, SlaClock.id))
        self.turns = self._turns()

    def _turns(self):
        """When ladders were climbed, and how far they had been climbed by then.

        Complaints take their turns in the order of their earliest step; all of a complaint that is
        due is done in one turn.
        """
        turns = {}
        for clock in self.clocks:
            for step in self.steps[clock.id]:
                if step.state in {"fired", "superseded"}:
                    turn = clock.complaint_id, step.fired_at
                    turns[turn] = min(step.fire_at, turns.get(turn, step.fire_at))
        return [(fired_at, due) for (_complaint_id, fired_at), due in turns.items()]

    def verdict(self):
        for clock in self.clocks:
            if clock.kind in TARGETS:
                self._judge(clock)
        self._count()
        return self.found

    def _rows(self, model, order):
        for row in self.connection.execute(select(model.__table__).order_by(order)):
            yield SimpleNamespace(**{name: _plain(one) for name, one in row._mapping.items()})

    def _grouped(self, model, name, order):
        groups = {}
        for row in self._rows(model, order):
            groups.setdefault(getattr(row, name), []).append(row)
        return groups

    def _judge(self, clock):
        events = self.events[clock.complaint_id]
        end = next((e for e in events if e.type == ENDED_BY[clock.kind]), None)
        steps = {(step.level, step.repeat_no): step for step in self.steps[clock.id]}
        for name, due in planned(clock.kind, events[0].at):
            self._judge_step(clock, steps.get(name), name, due, (events[0], end))

    def _judge_step(self, clock, step, name, due, span):
        begin, end = span
        state = step.state if step else "never planned"
        where = (clock.complaint_id, clock.kind, *name, state)
        if state in {"fired", "superseded"}:
            self.found.steps += 1
            self.found.superseded += state == "superseded"
            if step.fired_at < due - TICK or (end and self._came_after(step, end)):
                self.found.wrong.append((*where, "fired out of its time"))
            if state == "fired":
                self._judge_alerts(clock, step, where, end)
        elif end and state == "error" and not step.attempts and end.recorded_at < due + REPAIRED:
            pass  # the test took it away, and the answer came before its repair
        elif due <= self.ended_at and (end is None or self._was_passed_over(due, begin, end)):
            self.found.lost.append(where)

    def _came_after(self, step, end):
        """An answer's own time is from before it waited for whoever was firing."""
        return self.order["step", step.id] > self.order["event", end.id]

    def _was_passed_over(self, due, begin, end):
        """Between logging and answer a worker lived and fired what was due later than this."""
        first, last = begin.recorded_at + PATIENCE, end.recorded_at - PATIENCE
        return any(first < at < last and other > due + PATIENCE for at, other in self.turns)

    def _judge_alerts(self, clock, step, where, end):
        base = f"clock-{clock.id}.{clock.generation}:{step.level}:{step.repeat_no}"
        alerts = self.alerts.get(base, [])
        inbox = [alert for alert in alerts if alert.staff_id]
        outside = [alert for alert in alerts if alert.channel_id]
        if not inbox or not outside:
            self.found.lost.append((*where, "raised", len(inbox), len(outside)))
        people = Counter(alert.staff_id for alert in inbox)
        self.found.inbox_duplicates += [(*where, one) for one in people if people[one] > 1]
        for alert in inbox:
            count = len(self.receipts.get(alert.id, ()))
            if count != 1:
                name = self.found.lost if count == 0 else self.found.inbox_duplicates
                name.append((*where, "receipt", alert.id))
        for alert in outside:
            self._judge_sending(alert, where, end)

    def _judge_sending(self, alert, where, end):
        if end is None and (alert.state != "sent" or alert.id not in self.received):
            self.found.lost.append((*where, "outside", alert.id, alert.state))
        elif alert.state not in {"sent", "suppressed"}:
            self.found.lost.append((*where, "left over", alert.id, alert.state))
        if end is None:
            return
        answered = self.order["event", end.id]
        for attempt in self.attempts.get(alert.id, ()):
            self.found.raced += 1
            if self.order["attempt", attempt.id] > answered:
                self.found.wrong.append((*where, "sent after the answer", alert.id))

    def _count(self):
        alerts = [alert for group in self.alerts.values() for alert in group]
        self.found.alerts = len(alerts)
        self.found.suppressed = sum(alert.state == "suppressed" for alert in alerts)
        self.found.messages = len(self.messages)
        known = set()
        for ids in self.messages:  # one that says again what was said
            self.found.outside_duplicates += not known.isdisjoint(ids)
            known.update(ids)
        for one in self.received:
            if one not in self.attempts:
                self.found.wrong.append(("sent without an attempt", one))


def _plain(value):
    return value.value if isinstance(value, enum.Enum) else value
