"""Seven rhythm tags, the shop's tier on top of them, and the sentence behind each.

A reason is kept as the numbers that do not age (orders, rhythm, the last day); the days since are
counted when it is read, so that no stored sentence is ever a day old.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from crm.loyalty.rules.cadence import Cadence
from crm.loyalty.rules.occasions import Stats, span_days

LOYAL_ORDERS = 3
LOYAL_WITHIN_DAYS = 365

_SECOND = 2
_SHRINK = 2
# Borders of days-since-last / own rhythm, in tenths; the last one depends on the orders so far.
_EARLY, _DUE, _LAPSED_AFTER_TWO, _LAPSED = 7, 15, 20, 30


class Tag(enum.StrEnum):
    """Rule tags: one of the first seven for everybody who has bought, the tier on top."""

    NEW = "new"
    ONE_TIMER_LAPSED = "one_timer_lapsed"
    SECOND_ORDER = "second_order"
    LOYAL_NOT_DUE = "loyal_not_due"
    LOYAL_DUE = "loyal_due"
    LOYAL_OVERDUE = "loyal_overdue"
    REPEAT_LAPSED = "repeat_lapsed"
    LOYAL = "loyal"


class RhythmState(enum.StrEnum):
    """Where a contact stands in her own rhythm."""

    NEW = "new"
    EARLY = "early"
    DUE = "due"
    LAPSING = "lapsing"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class TagFact:
    """A tag and the numbers that caused it, ready to be stored."""

    tag: Tag
    facts: dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules say of one contact today, and on which day they will say something else."""

    state: RhythmState
    tags: tuple[TagFact, ...]
    loyal_count: int
    changes_on: date | None


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence for people: its key in the catalogue and the numbers in it."""

    key: str
    values: dict[str, int | str]


def standing(stats: Stats, cadence: Cadence, today: date) -> Standing:
    """Decide tags and state, each with the day on which time alone will change them."""
    state, tag, flips_on = _rhythm(stats, cadence, today)
    recent = [day for day in stats.days if (today - day).days <= LOYAL_WITHIN_DAYS]
    tags = [TagFact(tag, _facts(stats, cadence))]
    if len(recent) >= LOYAL_ORDERS:
        rule = {"rule_orders": LOYAL_ORDERS, "rule_days": LOYAL_WITHIN_DAYS}
        tags.append(TagFact(Tag.LOYAL, {"count": len(recent), **rule}))
    leaves_on = [recent[0] + timedelta(days=LOYAL_WITHIN_DAYS + 1)] if recent else []
    later = [day for day in (flips_on, *leaves_on) if day is not None and day > today]
    return Standing(state, tuple(tags), len(recent), min(later, default=None))


def _facts(stats: Stats, cadence: Cadence) -> dict[str, int | str]:
    return {
        "count": stats.occasions,
        "last_on": stats.last_on.isoformat(),
        "shop_days": (cadence.gap_half_days + 1) // 2,
        "own_half_days": _own_half_days(stats, cadence),
    }


def _own_half_days(stats: Stats, cadence: Cadence) -> int:
    """Her own rhythm, doubled and rounded, for sentences; borders use the exact quotient."""
    return round(2 * (span_days(stats) + cadence.gap_half_days) / (stats.occasions - 1 + _SHRINK))


def _rhythm(stats: Stats, cadence: Cadence, today: date) -> tuple[RhythmState, Tag, date | None]:
    since_last = max(0, (today - stats.last_on).days)
    if stats.occasions == 1:
        lapses_on = stats.last_on + timedelta(days=cadence.gap_half_days + 1)
        if since_last <= cadence.gap_half_days:
            return RhythmState.NEW, Tag.NEW, lapses_on
        return RhythmState.LOST, Tag.ONE_TIMER_LAPSED, None
    lapsed = _LAPSED_AFTER_TWO if stats.occasions == _SECOND else _LAPSED
    repeat = stats.occasions > _SECOND
    for state, border, loyal_tag in (
        (RhythmState.EARLY, _EARLY, Tag.LOYAL_NOT_DUE),
        (RhythmState.DUE, _DUE, Tag.LOYAL_DUE),
        (RhythmState.LAPSING, lapsed, Tag.LOYAL_OVERDUE),
    ):
        last_day = _last_day_within(stats, cadence, border)
        if since_last <= last_day:
            flips_on = stats.last_on + timedelta(days=last_day + 1)
            return state, loyal_tag if repeat else Tag.SECOND_ORDER, flips_on
    return RhythmState.LOST, Tag.REPEAT_LAPSED, None


def _last_day_within(stats: Stats, cadence: Cadence, tenths: int) -> int:
    """The last whole day on which days / own rhythm is at most `tenths` tenths."""
    span = span_days(stats) + cadence.gap_half_days
    return tenths * span // (10 * (stats.occasions - 1 + _SHRINK))


def reason(tag: Tag, facts: Mapping[str, int | str], today: date) -> Reason:
    """Return the sentence of a stored tag as it is true today."""
    if tag is Tag.LOYAL:
        return Reason("loyalty.reason.loyal", dict(facts))
    days = max(0, (today - date.fromisoformat(str(facts["last_on"]))).days)
    own_half_days = int(facts["own_half_days"])
    values: dict[str, int | str] = {
        "count": facts["count"],
        "days": days,
        "shop_days": facts["shop_days"],
        "own_days": (own_half_days + 1) // 2,
        "times": f"{2 * days / max(own_half_days, 1):.1f}".removesuffix(".0"),
    }
    return Reason(f"loyalty.reason.{tag.value}", values)
