"""Two contacts that are one person: what is chosen, and when it can be undone. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crm.contacts.rules import Field

UNDO_FOR = timedelta(hours=24)
"""How long the timeline offers to undo it; the contact's page does later too."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The command of `service.merging.merge`; None: what the kept one lacks is taken."""

    kept_id: int
    other_id: int
    take: frozenset[Field] | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: her fields, what is masked, how much goes with her."""

    id: int
    name: str
    values: dict[Field, Any]
    words: dict[Field, str]
    store_name: str
    identities: tuple[str, ...]
    tags: tuple[str, ...]
    counts: dict[str, int]
    active_at: datetime
    do_not_contact: bool


class OwnSelf(Exception):
    """A contact cannot be merged into herself, nor into whom she leads to already."""


class Sealed(Exception):
    """What undoing it needs is no longer kept: one of the two was erased."""


class LaterMerge(Exception):
    """The person was merged once more since: that one has to be undone first."""

    def __init__(self, merge_id: int, kept_id: int, other_id: int) -> None:
        super().__init__(merge_id)
        self.merge_id, self.kept_id, self.other_id = merge_id, kept_id, other_id


def lacking(kept: object, other: object) -> frozenset[Field]:
    """Return what the kept one has not and the other one has."""
    return frozenset(
        field for field in Field if not getattr(kept, field.value) and getattr(other, field.value)
    )


def in_order(first: int, second: int) -> tuple[int, int]:
    """Return two ids as a pair is stored."""
    return (first, second) if first < second else (second, first)


def is_fresh(merged_at: datetime, now: datetime) -> bool:
    """Say whether the timeline still offers to undo it."""
    return now - merged_at <= UNDO_FOR
