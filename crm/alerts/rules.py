"""What an alert is, whom it is for, when it is tried again, when another channel is asked.

Pure. It does not know what a complaint is: state and words of a subject are handed in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm.integrations.rules import ChannelKind, Level

BASE_MAX = 100
KEY_MAX = 160
LEASE = timedelta(seconds=30)
GIVE_UP_AFTER = timedelta(hours=24)
FALL_OVER_AFTER = timedelta(minutes=2)
TOP_SEVERITY = 1
INBOX = "inbox"

_BACK_OFF = tuple(timedelta(seconds=s) for s in (10, 30, 60, 120, 300, 600))


class AlertKind(StrEnum):
    """What an alert is about; the subject is a complaint but for the last two."""

    COMPLAINT = "complaint"
    SPREAD = "spread"
    RECAP = "recap"
    ATTENTION_OVER = "attention_over"  # the subject is a contact
    ROBOT_REFUSED = "robot_refused"  # the subject is a channel


COMPLAINT_KINDS = frozenset({AlertKind.COMPLAINT, AlertKind.SPREAD, AlertKind.RECAP})


class AlertState(StrEnum):
    """Where an outbox row stands. The last four are final."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    SUPPRESSED = "suppressed"  # answered before it left
    SUPERSEDED = "superseded"  # another channel has carried it
    DEAD = "dead"


class AttemptResult(StrEnum):
    """How one attempt ended; an attempt without an end was cut short."""

    DELIVERED = "delivered"
    TEMPORARY = "temporary"
    REFUSED = "refused"


@dataclass(frozen=True)
class NewAlert:
    """An alert to raise. Without a level it goes to inboxes only.

    `dedupe_base` names the occasion: `clock:level:repeat` for a step of the ladder.
    """

    kind: AlertKind
    subject_id: int
    recipients: tuple[int, ...]
    dedupe_base: str
    level: Level | None = None
    repeat: int = 0
    severity: int | None = None
    store_id: int | None = None
    short_no: int | None = None  # of the complaint, as people say it
    fire_at: datetime | None = None  # when it was due, if that was before now


@dataclass(frozen=True)
class Words:
    """What a text to a staff group may say: no customer's name, no phone number."""

    short_no: str
    severity: int
    place: str  # the group's name, or the store's
    path: str  # of the page, for the link


@dataclass(frozen=True)
class Subject:
    """What an alert is about, read in the transaction before it leaves."""

    still_needed: bool
    recipients_ok: bool
    words: Words


@dataclass(frozen=True)
class Retry:
    """What follows a failed attempt: another at `next_at`, or none; and when to fall over."""

    next_at: datetime | None
    fall_over_at: datetime


def dedupe_key(base: str, recipient: str, channel: str) -> str:
    """`clock:level:repeat:recipient:channel`; a robot's recipient is its group."""
    return f"{base}:{recipient}:{channel}"


def inbox_key(base: str, staff_id: int) -> str:
    return dedupe_key(base, f"staff-{staff_id}", INBOX)


def channel_key(base: str, channel_id: int, kind: ChannelKind) -> str:
    return dedupe_key(base, f"channel-{channel_id}", kind.value)


def back_off(attempts: int) -> timedelta:
    """Return the pause after this many attempts: 10 s, 30 s, 1, 2, 5, then every 10 min."""
    return _BACK_OFF[min(max(attempts, 1), len(_BACK_OFF)) - 1]


def after_failure(
    *,
    permanent: bool,
    attempts: int,
    wait: timedelta | None,
    severity: int | None,
    created_at: datetime,
    now: datetime,
) -> Retry:
    """Return when to try the same channel again and when to ask the next one."""
    pause = max(back_off(attempts), wait or timedelta(0))
    given_up = permanent or now + pause > created_at + GIVE_UP_AFTER
    at_once = given_up or severity == TOP_SEVERITY
    return Retry(
        next_at=None if given_up else now + pause,
        fall_over_at=now if at_once else now + FALL_OVER_AFTER,
    )


def nth(repeat: int) -> int:
    """Return n of "reminder n": steps that do not repeat are the first."""
    return max(repeat, 1)
