"""The kinds of channel, what is handed to a sender, what it answers, how often it may be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

URL_MAX = 500
SECRET_MAX = 200
ADDRESS_MAX = 254  # RFC 5321
DETAIL_MAX = 200
CODE_MAX = 32
KEPT_AFTER_REMOVAL = timedelta(hours=24)
"""For so long the removal of a channel can be taken back; then its secrets are wiped."""
REST = timedelta(seconds=10)
"""How long a channel rests after it could not be reached."""


class ChannelKind(StrEnum):
    """Where an alert can go besides the inbox. The order is the order of falling over."""

    WECOM_ROBOT = "wecom_robot"
    DINGTALK_ROBOT = "dingtalk_robot"
    FEISHU_ROBOT = "feishu_robot"
    WEBHOOK = "webhook"
    EMAIL = "email"

    @property
    def is_robot(self) -> bool:
        return self.value.endswith("_robot")


class ChannelState(StrEnum):
    """What the last attempt on a channel showed."""

    OK = "ok"
    REFUSED = "refused"
    DISABLED = "disabled"


class Level(StrEnum):
    """The steps of the ladder; a channel may be limited to some of them."""

    W0 = "W0"
    W1 = "W1"
    W2 = "W2"
    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    R = "R"
    H = "H"


LEVELS = tuple(Level)


class Verdict(StrEnum):
    """What a vendor's answer means for the message and for its channel."""

    DELIVERED = "delivered"
    TEMPORARY = "temporary"  # the same message may pass later
    REFUSED = "refused"  # this message never will
    DISABLED = "disabled"  # nothing will: the robot is gone


@dataclass(frozen=True)
class NewChannel:
    """What the settings page or the API says about a channel."""

    kind: ChannelKind
    url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    address: str = ""
    store_id: int | None = None
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True)
class Reach:
    """What a channel hears of: one store or all, some levels or all."""

    store_id: int | None = None
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True)
class Route:
    """A channel with its secrets open, for the moment of sending. They stay out of its repr."""

    channel_id: int
    kind: ChannelKind
    url: str = field(repr=False)
    secret: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True)
class Message:
    """One text for one channel; the payload is what a webhook posts."""

    text: str
    title: str
    payload: Mapping[str, object]
    delivery_id: str


@dataclass(frozen=True)
class Delivery:
    """The outcome of one attempt; `code` is the vendor's word for it.

    `wait` is how long the whole channel rests, not only this message; `their_time` is what the
    other side's clock said.
    """

    verdict: Verdict
    code: str
    detail: str = ""
    wait: timedelta | None = None
    their_time: datetime | None = None

    @property
    def delivered(self) -> bool:
        return self.verdict is Verdict.DELIVERED


CLOCK_SLACK = timedelta(minutes=5)
"""Vendors refuse a signature that is an hour off; from here on a person should know."""
_SIGNED = frozenset({ChannelKind.DINGTALK_ROBOT, ChannelKind.FEISHU_ROBOT})


def clock_off(kind: ChannelKind, outcome: Delivery, *, at: datetime) -> timedelta | None:
    """Return how far our clock is before the other side's, where signatures depend on it."""
    if kind not in _SIGNED or outcome.their_time is None:
        return None
    off = at - outcome.their_time
    return off if abs(off) > CLOCK_SLACK else None


# 18 a minute with room for 2 at once: at most 20 in any 60 seconds, what the vendors allow.
_INTERVAL = timedelta(seconds=60) / 18
_CAPACITY = 2


def take_token(bucket_at: datetime | None, *, now: datetime) -> datetime:
    """Take one token of a robot's bucket, which is one moment: when it will be full again."""
    return max(bucket_at or now, now) + _INTERVAL


def free_at(bucket_at: datetime) -> datetime:
    """Return when the next token is there."""
    return bucket_at - (_CAPACITY - 1) * _INTERVAL


def matches(levels: tuple[Level, ...], level: Level) -> bool:
    """Say whether a channel limited to these levels carries this one; no limit means all."""
    return not levels or level in levels
