"""How pages that combine domains put things together. Pure; the domains decide everything else."""

import enum
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm.attention.rules import CLIENT_KEY_MAX, LATE_REPORT
from crm.lifecycle.rules.timeline import Kind

KEPT_OFFLINE = timedelta(days=14)
"""How long a log may have lain on a phone."""
WHO_CHIPS = 6
PAGE_ROWS = 50
TODAY_ROWS = 20
TIMELINE_ENTRIES = 50


class ListFilter(enum.StrEnum):
    """The filters above the list of contacts."""

    ALL = "all"
    LOYAL = "loyal"
    DUE = "due"
    COMPLAINT = "complaint"
    NEVER_BOUGHT = "never_bought"


class TimelineFilter(enum.StrEnum):
    """The filters above a contact's timeline."""

    ALL = "all"
    ORDERS = "orders"
    COMPLAINTS = "complaints"
    TOUCHES = "touches"


KINDS: dict[TimelineFilter, frozenset[Kind]] = {
    TimelineFilter.ALL: frozenset(Kind),
    TimelineFilter.ORDERS: frozenset({Kind.ORDER}),
    TimelineFilter.COMPLAINTS: frozenset({Kind.COMPLAINT}),
    TimelineFilter.TOUCHES: frozenset({Kind.TOUCH}),
}
"""Moves, consents, tags and merges stand under all entries only."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline. `undo` and `change` are set where it can still be done.

    `undo_fields` are what the form of undo says beside: no address names what is hers.
    """

    at: datetime
    title: str
    text: str = ""
    note: str = ""
    tone: str = ""
    href: str = ""
    undo: str = ""
    undo_fields: Mapping[str, str] = field(default_factory=dict)
    change: str = ""


def first_of_each(groups: Iterable[Iterable[int]], *, most: int) -> list[int]:
    """Return the first different ids of several lists, in their order."""
    return list(dict.fromkeys(item for group in groups for item in group))[:most]


def happened_at(reported: datetime | None, now: datetime) -> datetime:
    """Return when something was: what the phone says, unless that cannot be.

    A phone whose clock runs ahead, or an entry older than any phone keeps it, counts as now.
    """
    if reported is None or reported > now + LATE_REPORT or reported < now - KEPT_OFFLINE:
        return now
    return min(reported, now)


def client_key(text: str) -> str:
    """Return a key in a length that the table keeps."""
    return text if len(text) <= CLIENT_KEY_MAX else hashlib.sha256(text.encode()).hexdigest()
