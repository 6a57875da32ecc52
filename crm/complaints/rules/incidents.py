"""Incidents: which complaints are one matter, and what spread of the matter does to each of them.

A child keeps its own clocks and its own end. What the incident does to it is an event in its own
log; which events those are is decided here, from what was heard about all the children.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from crm.complaints.rules import spread
from crm.complaints.rules.words import UNDECIDED, Channel, SignalKind, SpreadState, State

SAME_TALK = timedelta(minutes=60)
"""Complaints that name no product and no order are one matter when said within this time."""
BOUGHT_BEFORE = timedelta(days=30)
JOINED = None
"""The effect on a complaint that comes up while the matter spreads already."""


@dataclass(frozen=True)
class Matter:
    """What a complaint is about, and where and when it was talked about."""

    group_id: int | None
    channel: Channel
    order_ref: str
    product_ref: str
    text: str
    first_at: datetime
    last_at: datetime

    @property
    def is_named(self) -> bool:
        return bool(self.order_ref or self.product_ref)

    @property
    def is_live(self) -> bool:
        return self.channel is Channel.LIVESTREAM_COMMENT


@dataclass(frozen=True)
class Heard:
    """Something that counts for spread: what an onlooker did, or a public reply (no kind)."""

    at: datetime
    recorded_at: datetime
    complaint_id: int
    seq: int
    kind: SignalKind | None = None
    member: str = ""

    @property
    def order(self) -> tuple[datetime, int, int]:
        """The order in which it became known."""
        return self.recorded_at, self.complaint_id, self.seq

    @property
    def signal(self) -> spread.Signal | None:
        return spread.Signal(self.at, self.kind, self.member) if self.kind else None


@dataclass
class Child:
    """A complaint of the matter: what was heard on it, and what spread did to it so far."""

    id: int
    state: State
    logged_at: datetime
    rule: spread.SpreadRule = spread.SHIPPED
    heard: list[Heard] = field(default_factory=list)
    seen_replies: list[datetime] = field(default_factory=list)
    """When staff said anything that onlookers could read, "one moment" too."""
    effects: dict[datetime | None, int] = field(default_factory=dict)
    """By the moment of the crossing, the number of the event that brought it here."""


def same_matter(one: Matter, other: Matter) -> bool:
    """Whether two public complaints are children of one incident.

    In one group: the same product or order, or neither says which and both were said in one
    hour's talk. A livestream comment belongs where the order or product that it names does.
    """
    if _names(one, other) or _names(other, one):
        return one.is_live or other.is_live or one.group_id == other.group_id
    is_one_group = one.group_id is not None and one.group_id == other.group_id
    if one.is_named or other.is_named or not is_one_group:
        return False
    return one.first_at <= other.last_at + SAME_TALK and other.first_at <= one.last_at + SAME_TALK


def _names(one: Matter, other: Matter) -> bool:
    refs = [ref for ref in (other.order_ref, other.product_ref) if ref]
    own = {one.order_ref, one.product_ref}
    return any(ref in own or (one.is_live and ref in one.text) for ref in refs)


def rule_of(children: Iterable[Child]) -> spread.SpreadRule:
    """From when on doubt about the matter spreads: as its first complaint was promised."""
    first = min(children, key=lambda child: child.id, default=None)
    return first.rule if first else spread.SHIPPED


def all_heard(children: Iterable[Child]) -> list[Heard]:
    """What was heard about all children, in the order in which it became known."""
    heard = (one for child in children for one in child.heard)
    return sorted(heard, key=lambda one: one.order)


def crossings(heard: Sequence[Heard], rule: spread.SpreadRule = spread.SHIPPED) -> list[Heard]:
    """The signals that brought the matter to the threshold, again after each containment too."""
    onset = spread.Onset(rule)
    found: list[Heard] = []
    for one in heard:
        if one.signal is None:
            onset.reply(one.at)
        elif onset.crosses(one.signal):
            found.append(one)
    return found


def standing(
    heard: Iterable[Heard], at: datetime, rule: spread.SpreadRule = spread.SHIPPED
) -> spread.Standing:
    """How the matter stands after what was heard."""
    signals, replies = split(heard)
    return spread.standing(signals, replies, at, rule)


def split(heard: Iterable[Heard]) -> tuple[list[spread.Signal], list[datetime]]:
    """Signals, and the times of public replies."""
    signals: list[spread.Signal] = []
    replies: list[datetime] = []
    for one in heard:
        if one.signal is None:
            replies.append(one.at)
        else:
            signals.append(one.signal)
    return signals, replies


def effects_due(
    child: Child, heard: Sequence[Heard], reached: Sequence[Heard], rule: spread.SpreadRule
) -> set[datetime | None]:
    """What spread must have done to a child: by crossings, or from its start.

    A crossing by the child's own signals needs no event: its own log says it.
    """
    own = {one.recorded_at for one in crossings(child.heard, child.rule)}
    due: set[datetime | None] = {
        one.recorded_at
        for one in reached
        if one.recorded_at >= child.logged_at and one.recorded_at not in own
    }
    before = [one for one in heard if one.recorded_at < child.logged_at]
    if standing(before, child.logged_at, rule).state is SpreadState.SPREADING:
        due.add(JOINED)
    return due


def changes(
    child: Child, heard: Sequence[Heard], reached: Sequence[Heard], rule: spread.SpreadRule
) -> tuple[list[int], list[datetime | None]]:
    """Numbers of the events to take back, and the effects to bring; ended children get no new."""
    due = effects_due(child, heard, reached, rule)
    gone = [seq for at, seq in child.effects.items() if at not in due]
    missing = due - set(child.effects) if child.state in UNDECIDED else set()
    new = sorted(at for at in missing if at is not None)
    return gone, [*([JOINED] if JOINED in missing else []), *new]


@dataclass(frozen=True)
class Origin:
    """What an incident goes back to, and the days on which others bought the same."""

    product_ref: str = ""
    order_ref: str = ""
    batch_ref: str = ""
    packer_ref: str = ""
    bought_from: date | None = None
    bought_until: date | None = None

    def days(self, began: date) -> tuple[date, date]:
        """The days asked about; unless somebody says otherwise, the month before it began."""
        return self.bought_from or began - BOUGHT_BEFORE, self.bought_until or began


@dataclass(frozen=True)
class Silence:
    """How long an audience read a complaint and no word of ours."""

    audience: int
    since: datetime
    until: datetime

    @property
    def minutes(self) -> int:
        return max(0, int((self.until - self.since).total_seconds() // 60))

    @property
    def exposure(self) -> int:
        """Audience times minutes."""
        return self.audience * self.minutes
