"""Limits of one-on-one time: one sum over 30 days against one limit, and what comes next.

Pure. A limit never blocks a log: it only says how things stand. Complaint, after-sales and access
help are never charged. It does not know orders: the caller says who is loyal.
"""

import enum
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from crm.accounts.rules import Actor, Permission, can

WINDOW_DAYS = 30
WORTH_DAYS = 90
WINDOW = timedelta(days=WINDOW_DAYS)
UNDO_WINDOW = timedelta(hours=24)
PLAN_A_DAY = 8
"""Up to how many people the plan fills one member of staff's day."""
PLAN_REST = timedelta(days=7)
"""Nobody is planned so soon after a touch."""
GREET_WITHIN = timedelta(days=3)
LATE_REPORT = timedelta(minutes=10)
NOTE_MAX = 500
NEXT_STEP_MAX = 100
REASON_MAX = 200
CLIENT_KEY_MAX = 64
DEDUPE_KEY_MAX = 80
MINUTES_MAX = 480
CAP_MAX = 600
DAY_MAX = 720
FULL = 100


class TouchKind(enum.StrEnum):
    """How somebody was in contact."""

    CHAT = "chat"
    PHOTO = "photo"
    VOICE = "voice"
    STORE = "store"
    PHONE = "phone"


class Topic(enum.StrEnum):
    """What it was about; the last three are never charged."""

    PRE_SALE = "pre_sale"
    PHOTO_ROUND = "photo_round"
    ORDER = "order"
    GREETING = "greeting"
    COMPLAINT = "complaint"
    AFTER_SALES = "after_sales"
    ACCESS_HELP = "access_help"


class State(enum.StrEnum):
    """How used time stands against the limit."""

    OK = "ok"
    NEAR = "near"
    OVER = "over"


class OverReason(enum.StrEnum):
    """Why more time was spent than the limit gives."""

    ORDER_IN_PROGRESS = "order_in_progress"
    HAND_OVER = "hand_over"
    OWNER_APPROVED = "owner_approved"
    OFFICE_HOUR = "office_hour"


class FollowUpReason(enum.StrEnum):
    """Why somebody is to be contacted; the words come from the catalogue."""

    NEXT_STEP = "next_step"
    REPURCHASE = "repurchase"
    GREETING = "greeting"
    AFTER_SALES = "after_sales"
    CAMPAIGN = "campaign"


EXEMPT = frozenset({Topic.COMPLAINT, Topic.AFTER_SALES, Topic.ACCESS_HELP})
CHARGED = tuple(topic for topic in Topic if topic not in EXEMPT)
MINUTE_CHOICES = (1, 3, 5, 10, 20)
DEFAULT_MINUTES = {
    TouchKind.CHAT: 3,
    TouchKind.PHOTO: 5,
    TouchKind.VOICE: 3,
    TouchKind.STORE: 10,
    TouchKind.PHONE: 5,
}


class TooLate(Exception):
    """Undo and change are offered for 24 hours; `contact_id` says whose touch it is."""

    def __init__(self, contact_id: int) -> None:
        super().__init__(contact_id)
        self.contact_id = contact_id


class NotYours(Exception):
    """Only one's own act is undone, or anybody's by those who may overrule a limit everywhere."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The shop's limits, minutes in 30 days; the shipped values."""

    cap_minutes: int = 30
    loyal_cap_minutes: int = 45
    staff_day_minutes: int = 90
    warn_percent: int = 80
    margin_percent: int = 40
    hourly_cost_fen: int = 3000


@dataclass(frozen=True, slots=True)
class Allowance:
    """One contact's one-on-one time; the attributes are those of the API."""

    cap_minutes: int
    used_minutes: int
    exempt_minutes: int
    state: State
    window_days: int = WINDOW_DAYS

    @property
    def remaining_minutes(self) -> int:
        """Negative by as much as the limit is passed."""
        return self.cap_minutes - self.used_minutes

    @property
    def over_minutes(self) -> int:
        return max(0, -self.remaining_minutes)


@dataclass(frozen=True, slots=True)
class StaffDay:
    """One member of staff's charged minutes of a day."""

    used_minutes: int
    limit_minutes: int

    @property
    def remaining_minutes(self) -> int:
        return max(0, self.limit_minutes - self.used_minutes)


@dataclass(frozen=True, slots=True)
class LogTouch:
    """The command of `service.log_touch`. `client_key` is unique per member of staff."""

    contact_id: int
    kind: TouchKind
    minutes: int
    happened_at: datetime
    client_key: str
    note: str = ""
    topic: Topic = Topic.PRE_SALE
    complaint_id: int | None = None
    follow_up_id: int | None = None
    next_step: str = ""
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class NewFollowUp:
    """Somebody to contact on a day. The same `dedupe_key` again adds nothing.

    `words` fill the sentence of the reason, for example product, days and interval.
    """

    contact_id: int
    staff_id: int
    due_on: date
    reason: FollowUpReason
    dedupe_key: str
    words: dict[str, Any] = field(default_factory=dict)
    kind: TouchKind = TouchKind.CHAT
    minutes: int = DEFAULT_MINUTES[TouchKind.CHAT]
    made_by_touch_id: int | None = None


@dataclass(frozen=True, slots=True)
class MoreTime:
    """The command of `service.raise_cap`: minutes on top of the limit until a moment."""

    minutes: int
    reason: str
    expires_at: datetime


def is_charged(topic: Topic) -> bool:
    return topic not in EXEMPT


def topic_of(topic: Topic, complaint_id: int | None) -> Topic:
    """A touch that belongs to a complaint is about it, whatever the default says."""
    return Topic.COMPLAINT if complaint_id is not None and is_charged(topic) else topic


def with_contact(command: LogTouch, contact_id: int) -> LogTouch:
    """Return the command for a contact that has just been made."""
    return replace(command, contact_id=contact_id)


def policy_values(policy: Policy) -> dict[str, int]:
    """Return the limits by name, as they are stored and audited."""
    return asdict(policy)


def whole_minutes(seconds: int) -> int:
    """Return minutes as they are shown; a begun minute counts."""
    return -(-seconds // 60)


def cap_of(policy: Policy, *, loyal: bool, extra_minutes: int = 0) -> int:
    """Return the limit of one contact: the shop's, plus what was granted on top."""
    return (policy.loyal_cap_minutes if loyal else policy.cap_minutes) + extra_minutes


def state_of(used_minutes: int, cap_minutes: int, warn_percent: int) -> State:
    """`near` from the warning line, `over` from 100 %; a limit of 0 is passed by any minute."""
    if cap_minutes <= 0:
        return State.OVER if used_minutes > 0 else State.OK
    if used_minutes >= cap_minutes:
        return State.OVER
    return State.NEAR if used_minutes * FULL >= cap_minutes * warn_percent else State.OK


def allowance(
    policy: Policy, *, cap_minutes: int, charged_seconds: int, exempt_seconds: int
) -> Allowance:
    """Return how one contact stands."""
    used = whole_minutes(charged_seconds)
    return Allowance(
        cap_minutes=cap_minutes,
        used_minutes=used,
        exempt_minutes=whole_minutes(exempt_seconds),
        state=state_of(used, cap_minutes, policy.warn_percent),
    )


def passes_limit(allowance: Allowance) -> bool:
    """Whether more was spent than the limit gives: then a reason is asked for, afterwards."""
    return allowance.remaining_minutes < 0


def window_start(now: datetime) -> datetime:
    """The first moment that still counts."""
    return now - WINDOW


def may_change(received_at: datetime, now: datetime) -> bool:
    """Whether a touch can still be undone or corrected."""
    return now - received_at <= UNDO_WINDOW


def is_theirs(actor: Actor, staff_id: int) -> bool:
    """Whether a person may take this act back or correct it: one's own; leads and owners, any."""
    return staff_id == actor.id or can(actor.role, Permission.DECIDE_COMPLAINT)


def time_cost_fen(policy: Policy, seconds: int) -> int:
    """Return what this much time costs, rounded to fen."""
    return (seconds * policy.hourly_cost_fen + 1800) // 3600


def margin_fen(policy: Policy, net_spent_fen: int) -> int:
    """Return what is left of sales, rounded to fen."""
    return (net_spent_fen * policy.margin_percent + FULL // 2) // FULL
