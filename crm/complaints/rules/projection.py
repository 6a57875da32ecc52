"""What is true of a complaint after its events: state, severity, clocks, what comes by itself.

A projection is only ever made by replaying events; the stored columns are copies of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from crm.complaints.rules import spread
from crm.complaints.rules.calendars import Calendars
from crm.complaints.rules.clocks import Clock, Deadline, reckon, reckon_anew
from crm.complaints.rules.policy import PRIVACY_RESOLUTION, Policy, Target
from crm.complaints.rules.words import (
    ANSWERED_BY,
    LIVE,
    PLATFORM_CHANNELS,
    QUIET_AFTER_OFFER,
    Basis,
    Category,
    Channel,
    ClockKind,
    EventType,
    SpreadState,
    State,
    Visibility,
)


@dataclass(frozen=True)
class Event:
    """One row of the log: what happened, when it really happened, when it was recorded."""

    seq: int
    type: EventType
    at: datetime
    recorded_at: datetime
    actor_id: int | None = None
    visibility: Visibility | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Owed:
    """A message of the customer that nobody answered yet."""

    at: datetime
    is_public: bool


@dataclass(frozen=True)
class Automatic:
    """What happens by itself when its time comes, whether or not anybody looks."""

    type: EventType
    at: datetime


@dataclass
class Projection:
    """The complaint as its events leave it."""

    policy: Policy
    calendars: Mapping[int, Calendars]
    calendar_id: int = 0
    channel: Channel = Channel.PRIVATE
    category: Category = Category.OTHER
    visibility: Visibility = Visibility.PRIVATE
    reporter: str | None = None
    state: State = State.OPEN
    severity: int = 3
    cycle: int = 1
    assignee_id: int | None = None
    clocks: list[Clock] = field(default_factory=list)
    owed: list[Owed] = field(default_factory=list)
    chase_count: int = 0
    onset: spread.Onset = field(default_factory=spread.Onset)
    private_replies: list[datetime] = field(default_factory=list)
    spread_at: datetime | None = None
    hold_until: datetime | None = None
    pause_until: datetime | None = None
    pause_reason: str = ""
    pause_count: int = 0
    offered_at: datetime | None = None
    resumed_at: datetime | None = None
    holding_used: bool = False
    occurred_at: datetime | None = None
    spoken_at: datetime | None = None
    first_response_at: datetime | None = None
    contented_at: list[datetime] = field(default_factory=list)
    """When the customer said that it is solved."""
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    merged_into_id: int | None = None

    def __post_init__(self) -> None:
        self.onset.rule = self.policy.spread

    def copy(self) -> Projection:
        """The same, to go on from apart; clocks and messages are never changed."""
        return replace(
            self,
            clocks=[*self.clocks],
            owed=[*self.owed],
            onset=self.onset.copy(),
            private_replies=[*self.private_replies],
            contented_at=[*self.contented_at],
        )

    @property
    def signals(self) -> list[spread.Signal]:
        """What onlookers did, by its real time."""
        return self.onset.signals

    @property
    def public_replies(self) -> list[datetime]:
        """When staff answered where onlookers read it."""
        return self.onset.replies

    @property
    def is_public(self) -> bool:
        return self.visibility is Visibility.PUBLIC

    @property
    def is_platform(self) -> bool:
        return self.channel in PLATFORM_CHANNELS

    @property
    def pinned(self) -> Calendars:
        """The hours that new clocks of this complaint count by."""
        return self.calendars[self.calendar_id]

    @property
    def next_due_at(self) -> datetime | None:
        """The earliest deadline that still runs."""
        return min((clock.due_at for clock in self.clocks if clock.is_ticking), default=None)

    @property
    def leading_clock(self) -> Clock | None:
        """The clock to show: the response clock or promise due first, else what is due first."""
        ticking = [clock for clock in self.clocks if clock.is_ticking]
        first = [c for c in ticking if c.kind in ANSWERED_BY or c.kind is ClockKind.PROMISE]
        return min(first or ticking, key=lambda clock: clock.due_at, default=None)

    @property
    def owes_answer(self) -> bool:
        """Whether a response clock still runs."""
        return any(clock.kind in ANSWERED_BY and clock.is_unmet for clock in self.clocks)

    def spread_state(self, at: datetime) -> SpreadState:
        """How warm the group is at that moment."""
        return spread.state_at(self.signals, self.public_replies, at, self.policy.spread)

    def due_at(self, kind: ClockKind) -> datetime | None:
        """Due time of the newest clock of that kind in the current cycle."""
        found = [c for c in self.clocks if c.kind is kind and c.complaint_cycle == self.cycle]
        return found[-1].due_at if found else None

    def clock(self, kind: ClockKind, cycle: int) -> Clock | None:
        """One clock by its name."""
        return next((c for c in self.clocks if (c.kind, c.cycle) == (kind, cycle)), None)

    def may_reopen_by_message(self, at: datetime) -> bool:
        """Whether a new problem of that time still belongs to this complaint."""
        ended = self.closed_at or self.resolved_at
        return ended is None or at <= ended + timedelta(days=self.policy.reopen_days)

    def first_breach(self, now: datetime) -> datetime | None:
        """The first deadline of the current cycle that passed unmet."""
        missed = (c.breached_at(now) for c in self.clocks if c.complaint_cycle == self.cycle)
        return min((at for at in missed if at), default=None)

    def automatic(self) -> Automatic | None:
        """What comes by itself next: the end of a hold, of a pause, of the quiet after an offer."""
        if self.state is State.ACKNOWLEDGED and self.hold_until is not None:
            return Automatic(EventType.ACK_TIMED_OUT, self.hold_until)
        if self.state is State.WAITING and self.pause_until is not None:
            return Automatic(EventType.RESUMED, self.pause_until)
        if self.state is State.ANSWERED and self.offered_at is not None:
            quiet = self.offered_at + QUIET_AFTER_OFFER
            return Automatic(EventType.RESOLVED, max(quiet, self.resumed_at or quiet))
        return None

    # What handlers of events are made of.

    def target(self, kind: ClockKind, severity: int | None = None) -> Target | None:
        """The target of the pinned policy; a privacy request has thirty days by its own rule."""
        if self.channel is Channel.PRIVACY_REQUEST:
            if kind is ClockKind.RESOLUTION:
                return PRIVACY_RESOLUTION
            return self.policy.target(4, kind)
        return self.policy.target(severity or self.severity, kind)

    def start(self, kind: ClockKind, at: datetime) -> None:
        """Start a clock of the policy at `at`, unless the policy switches it off."""
        target = self.target(kind)
        if target is not None:
            self.run(kind, at, target, reckon(target, at, self.pinned))

    def run(
        self, kind: ClockKind, at: datetime, target: Target, deadline: Deadline, **more: Any
    ) -> None:
        """Start a clock with a known deadline."""
        number = 1 + sum(clock.kind is kind for clock in self.clocks)
        self.clocks.append(
            Clock(kind, number, self.cycle, at, target, self.pinned.of(target), (deadline,), **more)
        )

    def change(self, wanted: Callable[[Clock], bool], how: Callable[[Clock], Clock]) -> int:
        """Replace the clocks that are wanted; says how many."""
        count = 0
        for number, clock in enumerate(self.clocks):
            if wanted(clock):
                self.clocks[number] = how(clock)
                count += 1
        return count

    def settle(self) -> None:
        """The invariant: live is answered exactly when no response clock runs, and not waiting."""
        if self.state not in LIVE or self.state is State.WAITING:
            return
        if not self.owes_answer:
            self.state = State.ANSWERED
            self.hold_until = None
        elif self.state is State.ANSWERED:
            self.state = State.OPEN

    def tighten(self, clock: Clock, at: datetime, seconds: int) -> Clock:
        """A clock that is due no later than `seconds` from now, and never in the past."""
        latest = at + timedelta(seconds=seconds)
        return clock.sooner(latest, seconds, at, "spread", Basis.WALL)

    def raise_to(
        self, clock: Clock, at: datetime, severity: int, cause: str, seconds: int
    ) -> Clock:
        """A clock under a graver target: earlier, but at least `seconds` from now."""
        target = self.target(clock.kind, severity)
        if target is None:
            return clock
        anew = reckon_anew(clock, target, clock.calendars)
        earliest = at + timedelta(seconds=seconds)
        is_paused = clock.paused_at is not None
        if anew.left_seconds < seconds if is_paused else anew.due_at < earliest:
            return clock.sooner(earliest, seconds, at, cause, Basis.WALL)
        basis = anew.deadlines[-1].basis
        moved = clock.sooner(anew.due_at, anew.left_seconds, at, cause, basis)
        return moved if moved is clock else replace(moved, calendars=anew.calendars)


def unmet(kinds: Collection[ClockKind]) -> Callable[[Clock], bool]:
    """Clocks of these kinds that still run or are paused."""
    return lambda clock: clock.kind in kinds and clock.is_unmet


def stoppable(kinds: Collection[ClockKind], at: datetime) -> Callable[[Clock], bool]:
    """Clocks of these kinds that had started by then: an act stops nothing that began after it."""
    return lambda clock: clock.kind in kinds and clock.is_unmet and clock.started_at <= at
