"""Platform and legal periods as rows: what they count, how sure they are, when they end. Pure.

A deadline that the platform itself shows always wins; a preset only offers one.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.stores.rules.calendar import Statutory, add_natural_days, add_workdays, last_day

SLUG_MAX = 32
PRESET_NAME_MAX = 60
PRESET_SOURCE_MAX = 300
AMOUNT_MAX = 8784
"""A year in hours."""


class PresetBasis(enum.Enum):
    """How a period is counted; information is somebody else's period and no clock of ours."""

    ELAPSED = "elapsed"
    NATURAL_DAYS = "natural_days"
    WORKDAYS = "workdays"
    INFORMATION = "information"


AMOUNTS_MAX = {
    PresetBasis.ELAPSED: AMOUNT_MAX,
    PresetBasis.NATURAL_DAYS: 365,
    PresetBasis.WORKDAYS: 240,
    PresetBasis.INFORMATION: AMOUNT_MAX,
}
"""None ends later than a due time may."""


class Confidence(enum.Enum):
    """Where the figure comes from; only an official document needs no further look."""

    DOC = "doc"
    SECONDARY = "secondary"
    DEFAULT = "default"


@dataclass(frozen=True)
class Given:
    """A due time that a period gives; provisional while its days are not all known."""

    due_at: datetime
    provisional: bool = False


def given(
    basis: PresetBasis, amount: int, start: datetime, statutory: Statutory, zone: ZoneInfo
) -> Given:
    """When the period ends. Hours elapse; days are counted from the day after, to 24:00.

    A period in natural days that ends on a holiday is not extended.
    """
    if basis is PresetBasis.WORKDAYS:
        due = add_workdays(start, amount, statutory, zone)
        return Given(due, provisional=not statutory.covers(last_day(due, zone)))
    if basis is PresetBasis.NATURAL_DAYS:
        return Given(add_natural_days(start, amount, zone))
    if basis is PresetBasis.ELAPSED:
        return Given(start.astimezone(UTC) + timedelta(hours=amount))
    raise ValueError("information is no deadline")
