"""What comes in and what goes out: commands of people, and small answers for other domains."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.complaints.rules.privacy import RequestKind
from crm.complaints.rules.words import Category, Channel, EventType, Visibility


@dataclass(frozen=True)
class LogComplaint:
    """A complaint to log. `occurred_at` is when the customer said it, and starts the clocks."""

    channel: Channel
    text: str
    occurred_at: datetime
    store_id: int
    group_id: int | None = None
    contact_id: int | None = None
    reporter_name: str = ""
    category: Category = Category.OTHER
    severity: int | None = None
    order_no: str = ""
    product_ref: str = ""
    audience_size: int | None = None
    external_due_at: datetime | None = None
    request_kind: RequestKind | None = None
    message_id: int | None = None
    previous_id: int | None = None
    client_key: str | None = None
    short_no: int | None = None


@dataclass(frozen=True)
class NewEvent:
    """Something that happened to a complaint.

    `version` is the last event that the person saw: the same act from the same page counts once.
    A `careful` one is refused when somebody else acted meanwhile; an answer never is.
    `message_id` is the line of the group chat in which staff gave the reply.
    """

    type: EventType
    at: datetime | None = None
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    visibility: Visibility | None = None
    version: int | None = None
    careful: bool = False
    message_id: int | None = None


@dataclass(frozen=True)
class PlatformStep:
    """A deadline that a platform gives: a further step, or the new value of clock `cycle`."""

    due_at: datetime
    step: str = ""
    cycle: int | None = None


class HoldReason(enum.Enum):
    """Why a contact is left out of lists."""

    OPEN_COMPLAINT = "open_complaint"
    COOL_OFF = "complaint_cooloff"


@dataclass(frozen=True)
class Hold:
    """A contact or a group that nothing is sent to, until a moment or until closed (None)."""

    reason: HoldReason
    until: datetime | None
    complaint_id: int
    short_no: int


@dataclass(frozen=True)
class Suspected:
    """A line that reads like a complaint; `index` is its place among the lines given."""

    index: int
    message_id: int
    score: float
    reason: str


@dataclass(frozen=True)
class TakenLines:
    """What lines of a chat led to."""

    import_id: int | None
    accepted: int
    duplicates: int
    suspected: tuple[Suspected, ...] = ()
    complaint_ids: tuple[int, ...] = ()


class StaleForm(Exception):
    """Somebody else did something since the form was opened."""

    def __init__(self, by_id: int | None, at: datetime, type_: EventType) -> None:
        super().__init__(type_.value)
        self.by_id = by_id
        self.at = at
        self.type = type_


class TooLate(Exception):
    """An act is undone within a day, by who did it, or not at all."""
