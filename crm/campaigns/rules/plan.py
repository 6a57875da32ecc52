"""Who is written to on which day, and who is held out: days first, for everybody, then the draw."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm.campaigns.rules.skips import Reason, Skip, Standing, contacted_until, may_be_written_to

NAME_MAX = 60
COPY_MAX = 1000
SEED_MAX = 64
HOLDOUT_DEFAULT = 20
HOLDOUT_MAX = 90
DAILY_CAP_DEFAULT = 20
DAILY_CAP_MAX = 500
ATTRIBUTION_DAYS = 30
MINUTES_A_PERSON = 3  # what a written message with its answers takes, for the plan of the week
SEND_FROM = time(9)


class Arm(StrEnum):
    """What the draw made of a person."""

    TREATED = "treated"
    HOLDOUT = "holdout"


@dataclass(frozen=True)
class Candidate:
    """A person whom nothing keeps out, and the member of staff who would write."""

    contact_id: int
    assignee_id: int | None
    standing: Standing


@dataclass(frozen=True)
class Place:
    """A person's day and writer, or what keeps the day from being found."""

    contact_id: int
    assignee_id: int | None
    planned_on: date | None
    skip: Skip | None = None


def held_out(salt: str, contact_id: int, percent: int) -> bool:
    """The same contact falls on the same side on every database and at every evaluation."""
    digest = hashlib.sha256(f"{salt}:{contact_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") * 100 < percent << 64


def plan(
    candidates: Iterable[Candidate], *, now: datetime, zone: ZoneInfo, daily_cap: int
) -> list[Place]:
    """Fills the days of each writer in the order given; hold-out people take a place too.

    A person whom a cap keeps from the day that would be hers is left out and leaves it free.
    """
    taken: Counter[int | None] = Counter()
    today = now.astimezone(zone).date()
    places = []
    for candidate in candidates:
        ahead = taken[candidate.assignee_id] // daily_cap
        day = today + timedelta(days=ahead)
        at = max(now, datetime.combine(day, SEND_FROM, zone))
        if may_be_written_to(candidate.standing, at, zone):
            taken[candidate.assignee_id] += 1
            places.append(Place(candidate.contact_id, candidate.assignee_id, day))
        else:
            until = contacted_until(candidate.standing, at, zone)
            skip = Skip(Reason.CONTACTED_LATELY, until)
            places.append(Place(candidate.contact_id, candidate.assignee_id, None, skip))
    return places
