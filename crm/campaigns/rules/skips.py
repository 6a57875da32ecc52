"""Why a person is left out of a list: the first reason that counts, and when it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm.campaigns.rules.caps import PURPOSE_CAPS, SHOP_CAPS, all_allow, free_from

JUST_BOUGHT_DAYS = 7


class Reason(StrEnum):
    """In the order in which the first one counts."""

    OPEN_COMPLAINT = "open_complaint"
    COMPLAINT_COOLOFF = "complaint_cooloff"
    CONTACTED_LATELY = "contacted_lately"
    TIME_AT_CAP = "time_at_cap"
    OPTED_OUT = "opted_out"
    JUST_BOUGHT = "just_bought"
    IN_OTHER_LIST = "in_other_list"
    IN_BOTH_ARMS = "in_both_arms"
    """She was two contacts; only merging them shows it, never a draw."""


# What may come up between approval and sending and still takes a person out.
AFTER_APPROVAL = frozenset(
    {
        Reason.OPEN_COMPLAINT,
        Reason.COMPLAINT_COOLOFF,
        Reason.CONTACTED_LATELY,
        Reason.TIME_AT_CAP,
        Reason.OPTED_OUT,
    }
)


@dataclass(frozen=True)
class Skip:
    """A reason with the day on which it ends; None: no day is known."""

    reason: Reason
    until: date | None = None
    complaint_id: int | None = None


@dataclass(frozen=True)
class Standing:
    """What is known of one person at the moment a list is drawn up.

    `sends` are the messages of all lists, `same_purpose` those of lists with the same purpose;
    planned ones count as much as past ones.
    """

    hold: Skip | None = None
    sends: tuple[datetime, ...] = ()
    same_purpose: tuple[datetime, ...] = ()
    time: Skip | None = None
    opted_out: bool = False
    last_order_on: date | None = None
    other_list_until: date | None = None


def may_be_written_to(standing: Standing, at: datetime, zone: ZoneInfo) -> bool:
    return all_allow(standing.sends, at, SHOP_CAPS, zone) and all_allow(
        standing.same_purpose, at, PURPOSE_CAPS, zone
    )


def contacted_until(standing: Standing, at: datetime, zone: ZoneInfo) -> date:
    """The first day on which shop and purpose allow another message."""
    free = at
    while not may_be_written_to(standing, free, zone):
        later = free_from(standing.sends, free, SHOP_CAPS, zone)
        free = free_from(standing.same_purpose, later, PURPOSE_CAPS, zone)
    return free.astimezone(zone).date()


def first_skip(standing: Standing, now: datetime, zone: ZoneInfo) -> Skip | None:
    today = now.astimezone(zone).date()
    reasons: Sequence[Skip | None] = (
        standing.hold,
        _contacted(standing, now, zone),
        standing.time,
        Skip(Reason.OPTED_OUT) if standing.opted_out else None,
        _just_bought(standing, today),
        Skip(Reason.IN_OTHER_LIST, standing.other_list_until)
        if standing.other_list_until
        else None,
    )
    return next((skip for skip in reasons if skip), None)


def _contacted(standing: Standing, now: datetime, zone: ZoneInfo) -> Skip | None:
    if may_be_written_to(standing, now, zone):
        return None
    return Skip(Reason.CONTACTED_LATELY, contacted_until(standing, now, zone))


def _just_bought(standing: Standing, today: date) -> Skip | None:
    if standing.last_order_on is None:
        return None
    until = standing.last_order_on + timedelta(days=JUST_BOUGHT_DAYS)
    return Skip(Reason.JUST_BOUGHT, until) if until > today else None


def time_frees_on(
    spent: Sequence[tuple[datetime, int]], cap_seconds: int, window: timedelta, zone: ZoneInfo
) -> date | None:
    """The day on which enough charged time has left the window; None: a cap of nothing."""
    left = sum(seconds for _at, seconds in spent)
    for at, seconds in sorted(spent):
        left -= seconds
        if left < cap_seconds:
            return (at + window).astimezone(zone).date()
    return None
