"""The words of complaints: channels, states, clocks, events, limits."""

import enum
from datetime import datetime, timedelta

from crm.integrations.rules import Level

TEXT_MAX = 2000
REASON_MAX = 200
ALIAS_MAX = 40
REF_MAX = 64
NAME_MAX = 40
CLIENT_KEY_MAX = 64
AUDIENCE_MAX = 1_000_000

CLOCK_SKEW = timedelta(minutes=2)
POSTED_MAX_AGE = timedelta(days=30)
LATE_ENTRY = timedelta(minutes=10)
PAUSE_MAX = timedelta(hours=72)
QUIET_AFTER_OFFER = timedelta(hours=72)
REOPEN_BY_STAFF = timedelta(days=30)
COOL_OFF = timedelta(days=7)
UNDO_WINDOW = timedelta(hours=24)
EXTENSIONS_MAX = 2
DUE_FURTHEST = timedelta(days=366)
"""From now: what people type as a due time is no later."""


class Channel(enum.Enum):
    """Where the customer said it."""

    GROUP = "group"
    PRIVATE = "private"
    SHOP_SUPPORT = "shop_support"
    LIVESTREAM_COMMENT = "livestream_comment"
    PHONE = "phone"
    COUNTER = "counter"
    PLATFORM_AFTERSALE = "platform_aftersale"
    PLATFORM_DISPUTE = "platform_dispute"
    REGULATOR = "regulator"
    PRIVACY_REQUEST = "privacy_request"


PUBLIC_CHANNELS = frozenset({Channel.GROUP, Channel.LIVESTREAM_COMMENT})
PLATFORM_CHANNELS = frozenset(
    {Channel.PLATFORM_AFTERSALE, Channel.PLATFORM_DISPUTE, Channel.REGULATOR}
)


class Visibility(enum.Enum):
    """Whether onlookers can read it."""

    PUBLIC = "public"
    PRIVATE = "private"


class Category(enum.Enum):
    """What the complaint is about."""

    WRONG_ITEM = "wrong_item"
    SUSPECTED_FAKE = "suspected_fake"
    QUALITY = "quality"
    SAFETY = "safety"
    REFUND = "refund"
    DELIVERY = "delivery"
    SERVICE = "service"
    AD_CLAIM = "ad_claim"
    ENQUIRY = "enquiry"
    PRAISE = "praise"
    OTHER = "other"


class Cause(enum.Enum):
    """Why it came to this, as people found out."""

    WRONG_PARCEL = "wrong_parcel"
    BATCH_DEFECT = "batch_defect"
    DAMAGED = "damaged"
    DESCRIPTION = "description"
    SIZE = "size"
    COURIER = "courier"
    SLOW_ANSWER = "slow_answer"
    MISUNDERSTANDING = "misunderstanding"
    OTHER = "other"


class Task(enum.Enum):
    """What staff do for a customer by a date that they gave her; other words are free."""

    REFUND = "refund"
    PICKUP = "pickup"
    RESEND = "resend"


class Situation(enum.Enum):
    """When a text for a reply fits."""

    WRONG_ITEM = "wrong_item"
    SUSPECTED_FAKE = "suspected_fake"
    QUALITY = "quality"
    DELIVERY = "delivery"
    REFUND = "refund"
    GENERAL = "general"
    HOLDING = "holding"
    OFF_SHIFT = "off_shift"
    TASK_REFUND = "task_refund"
    TASK_PICKUP = "task_pickup"
    TASK_RESEND = "task_resend"
    OUTCOME = "outcome"


class State(enum.Enum):
    """Where a complaint stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"
    VOIDED = "voided"


LIVE = frozenset({State.OPEN, State.ACKNOWLEDGED, State.ANSWERED, State.WAITING})
UNDECIDED = LIVE | {State.RESOLVED}
"""A complaint that is not yet closed holds its contact out of lists."""


NAMES_IN_DATA = ("reporter", "member")
WORDS_IN_DATA = ("reason", "task", "note")
"""What the data of an event says of somebody in words, beside what decides."""


class ClockKind(enum.Enum):
    """What is owed by a deadline."""

    PUBLIC_ACK = "public_ack"
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"
    PUBLIC_CLOSURE = "public_closure"
    PROMISE = "promise"
    EXTERNAL = "external"


ANSWERED_BY = frozenset(
    {ClockKind.PUBLIC_ACK, ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE, ClockKind.EXTERNAL}
)
"""A live complaint is answered exactly when none of these runs."""
OUR_ANSWERS = ANSWERED_BY - {ClockKind.EXTERNAL}
PAUSABLE = frozenset({ClockKind.NEXT_RESPONSE, ClockKind.RESOLUTION})
TIGHTENED_BY_SPREAD = frozenset(
    {ClockKind.PUBLIC_ACK, ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE, ClockKind.PROMISE}
)


class Basis(enum.Enum):
    """How the time of a clock is counted."""

    WALL = "wall"
    BUSINESS_HOURS = "business_hours"
    WORKDAYS = "workdays"
    EXTERNAL = "external"


class ClockState(enum.Enum):
    """What became of a clock; whether it was late is said by `breached_at`."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MET_LATE = "met_late"
    MISSED_CLOSED = "missed_closed"
    CANCELLED = "cancelled"


class EventType(enum.Enum):
    """What happened. The log holds nothing else."""

    LOGGED = "logged"
    CUSTOMER_MESSAGE = "customer_message"
    HOLDING_REPLY = "holding_reply"
    PUBLIC_REPLY = "public_reply"
    PRIVATE_REPLY = "private_reply"
    ONLOOKER_SIGNAL = "onlooker_signal"
    ACKNOWLEDGED = "acknowledged"
    ACK_TIMED_OUT = "ack_timed_out"
    HANDED_OVER = "handed_over"
    PAUSED = "paused"
    RESUMED = "resumed"
    PROMISED = "promised"
    PROMISE_KEPT = "promise_kept"
    RESOLUTION_OFFERED = "resolution_offered"
    CUSTOMER_CONFIRMED = "customer_confirmed"
    PUBLIC_CLOSURE = "public_closure"
    CLOSURE_WAIVED = "closure_waived"
    EXTERNAL_MET = "external_met"
    SEVERITY_CHANGED = "severity_changed"
    DEADLINE_CHANGED = "deadline_changed"
    EXTENDED = "extended"
    MERGED = "merged"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    CLOSED = "closed"
    VOIDED = "voided"
    UNDONE = "undone"


WRITTEN_BY_SHUKE = frozenset(
    {
        EventType.LOGGED,
        EventType.ACK_TIMED_OUT,
        EventType.DEADLINE_CHANGED,
        EventType.RESOLVED,
        EventType.CLOSED,
    }
)
SAID_BY_STAFF = frozenset(
    {EventType.HOLDING_REPLY, EventType.PUBLIC_REPLY, EventType.PRIVATE_REPLY}
)
HAPPENED_OUTSIDE = SAID_BY_STAFF | {
    EventType.CUSTOMER_MESSAGE,
    EventType.ONLOOKER_SIGNAL,
    EventType.PROMISED,
    EventType.PROMISE_KEPT,
    EventType.RESOLUTION_OFFERED,
    EventType.CUSTOMER_CONFIRMED,
    EventType.PUBLIC_CLOSURE,
    EventType.EXTERNAL_MET,
}
"""Events with a time of their own; every other one happens when it is recorded."""
LEADERS_ONLY = frozenset(
    {
        EventType.VOIDED,
        EventType.MERGED,
        EventType.CLOSURE_WAIVED,
        EventType.EXTENDED,
        EventType.SEVERITY_CHANGED,
    }
)


class Intent(enum.Enum):
    """What a later message of the customer is."""

    PROBLEM = "problem"
    CHASE = "chase"
    THANKS = "thanks"
    INFO = "info"


class SignalKind(enum.Enum):
    """What an onlooker did."""

    PLUS_ONE = "plus_one"
    DOUBT = "doubt"
    REFUND_ASK = "refund_ask"
    LEFT_GROUP = "left_group"
    DEFENDED = "defended"


SPREAD = "spread"
"""The cause of what an incident does to its children."""


class SpreadState(enum.Enum):
    """How warm a group is about one matter."""

    CALM = "calm"
    WATCH = "watch"
    SPREADING = "spreading"
    CONTAINED = "contained"


LEVEL_ORDER = {level: number for number, level in enumerate(Level)}


class Party(enum.Enum):
    """Who a step of the ladder goes to."""

    ASSIGNEE = "assignee"
    DUTY = "duty"
    LEAD = "lead"
    OWNER = "owner"


class StepState(enum.Enum):
    """What became of a planned alert step."""

    PENDING = "pending"
    FIRED = "fired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    ERROR = "error"


class SuspicionState(enum.Enum):
    """What people or thresholds made of a message that looked like a complaint."""

    ASKED = "asked"
    OPENED = "opened"
    DISMISSED = "dismissed"


class IllegalTransition(Exception):
    """The state forbids the event; `allowed` are those it takes, `need` is the missing step."""

    def __init__(self, state: State, allowed: tuple[EventType, ...], need: str = "") -> None:
        super().__init__(state.value, need)
        self.state = state
        self.allowed = allowed
        self.need = need


class BadEvent(ValueError):
    """Content that cannot be: `field` names the part, `key` the words that explain it."""

    def __init__(self, field: str, key: str, **values: object) -> None:
        super().__init__(key)
        self.field = field
        self.key = key
        self.values = values


def posted_at(claimed: datetime, now: datetime, *, field: str = "occurred_at") -> datetime:
    """The time as it is stored: a little in the future is clock skew. Raises BadEvent."""
    if claimed > now + CLOCK_SKEW:
        raise BadEvent(field, "complaints.error.in_the_future")
    if claimed < now - POSTED_MAX_AGE:
        raise BadEvent(field, "complaints.error.too_old", days=POSTED_MAX_AGE.days)
    return min(claimed, now)


def within_reach(due_at: datetime, now: datetime, *, field: str) -> None:
    """A due time that somebody types is at most a year ahead. Raises BadEvent."""
    if due_at > now + DUE_FURTHEST:
        raise BadEvent(field, "complaints.error.due_too_far", days=DUE_FURTHEST.days)


def platform_due(
    due_at: datetime, channel: Channel, occurred_at: datetime, now: datetime, *, field: str
) -> None:
    """A platform's deadline lies after what was said, and is within reach. Raises BadEvent."""
    if channel not in PLATFORM_CHANNELS:
        raise BadEvent(field, "complaints.error.platform_only")
    if due_at.tzinfo is None:
        raise BadEvent(field, "complaints.error.moment")
    if due_at <= occurred_at:
        raise BadEvent(field, "complaints.error.external_before")
    within_reach(due_at, now, field=field)
