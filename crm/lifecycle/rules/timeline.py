"""What a timeline mixes, and in which order. Pure."""

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class Kind(enum.StrEnum):
    """What may have happened with a contact."""

    COMPLAINT = "complaint"
    CONSENT = "consent"
    CONSENT_END = "consent_end"
    MERGE = "merge"
    MOVE = "move"
    NOTE = "note"
    ORDER = "order"
    STEP = "step"
    TAG = "tag"
    TOUCH = "touch"


Position = tuple[datetime, Kind, int]
"""Time, kind and number of an entry: what comes after it is the next page."""
FIRST_OF_KIND, AFTER_KIND = 0, 2**31 - 1
"""No row has a number below the first, or one that is not below the second."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of a timeline; `row` is what the domain knows of it."""

    at: datetime
    kind: Kind
    id: int
    row: Any

    @property
    def position(self) -> Position:
        return self.at, self.kind, self.id


def before_in(kind: Kind, position: Position | None) -> tuple[datetime, int] | None:
    """Return from where the rows of one kind go on, so that no entry is shown twice or left out."""
    if position is None:
        return None
    moment, last, number = position
    if kind is last:
        return moment, number
    return moment, AFTER_KIND if kind < last else FIRST_OF_KIND


def newest(
    entries: Iterable[Happening], position: Position | None, kinds: Collection[Kind], most: int
) -> list[Happening]:
    """Return the newest entries of these kinds that come after a position."""
    found = [
        entry
        for entry in entries
        if entry.kind in kinds and (position is None or entry.position < position)
    ]
    return sorted(found, key=lambda entry: entry.position, reverse=True)[:most]
