"""What an alert is, whom it is for, when it is tried again, when another channel is asked.

Pure. It does not know what a complaint is: state and words of a subject are handed in.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from crm.integrations.rules import ChannelKind, Level

BASE_MAX = 100
KEY_MAX = 160
LEASE = timedelta(seconds=30)
GIVE_UP_AFTER = timedelta(hours=24)
FALL_OVER_AFTER = timedelta(minutes=2)
UPDATE_GAP = timedelta(minutes=5)
"""An occasion that goes on is told at most this often."""
DIGEST_ABOVE = 5
"""More alerts than these waiting for one channel leave as one message."""
DIGEST_MOST = 5000
DIGEST_QUIET = timedelta(minutes=1)
"""For so long after a digest a channel that people read says nothing but what cannot wait."""
TOP_SEVERITY = 1
INBOX = "inbox"
MARK_LENGTH = 16

_BACK_OFF = tuple(timedelta(seconds=s) for s in (10, 30, 60, 120, 300, 600))


class AlertKind(StrEnum):
    """What an alert is about; the subject of the first four is a complaint."""

    COMPLAINT = "complaint"
    SPREAD = "spread"
    UNKEPT = "unkept"
    RECAP = "recap"
    INCIDENT = "incident"  # the subject is an incident
    DAILY = "daily"  # the subject is the day, as an ordinal
    ATTENTION_OVER = "attention_over"  # the subject is a contact
    ROBOT_REFUSED = "robot_refused"  # the subject is a channel
    BROKEN = "broken"  # the subject is an alert or a complaint that cannot be read


COMPLAINT_KINDS = frozenset(
    {AlertKind.COMPLAINT, AlertKind.SPREAD, AlertKind.UNKEPT, AlertKind.RECAP}
)


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
    """An alert to raise. It leaves by the channels of its level, or by exactly those it names.

    `dedupe_base` names the occasion: `clock:level:repeat` for a step of the ladder. `data` holds
    figures that the words need; no name and no text.
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
    channels: tuple[int, ...] | None = None
    data: Mapping[str, int] = field(default_factory=dict)


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


def mark_of(words: Iterable[object]) -> str:
    """Return a short digest of a set, whatever its order."""
    text = "\n".join(sorted(str(word) for word in words))
    return hashlib.sha256(text.encode()).hexdigest()[:MARK_LENGTH]


def update_base(series: str, number: int, mark: str) -> str:
    """Return the occasion of one update of a series."""
    return f"{series}:{number}:{mark}"


def update_of(base: str) -> tuple[int, str]:
    """Return which update of its series an occasion is, and the mark that was told."""
    _series, number, mark = base.rsplit(":", 2)
    return int(number), mark


def nth(repeat: int) -> int:
    """Return n of "reminder n": steps that do not repeat are the first."""
    return max(repeat, 1)
