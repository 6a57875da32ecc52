"""What tells that a step was taken, and the lines of the move funnel. Pure."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.contacts.rules import MoveKind, MoveStep

LINES_MOST = 50
_ADDED = ("tapped_added", "wechat_since", "chatted_at")
SOURCES: dict[MoveStep, tuple[str, ...]] = {
    MoveStep.INVITED: ("tapped_invited", "touched_at", *_ADDED),
    MoveStep.ADDED: _ADDED,
    MoveStep.JOINED_GROUP: ("tapped_joined_group", "in_group_since"),
    MoveStep.FIRST_ORDER: ("ordered_at",),
}
"""Any of these facts tells the step. Who is a friend on WeChat was invited, whoever noted it."""
FACTS = tuple(dict.fromkeys(name for names in SOURCES.values() for name in names))
_TOLD = {
    step: sum(1 << place for place, name in enumerate(FACTS) if name in names)
    for step, names in SOURCES.items()
}


class NotYourTap(Exception):
    """Somebody else said it; only a lead or the owner takes that back."""


class TapTooOld(Exception):
    """It was said more than a day ago."""


class FunnelBy(enum.StrEnum):
    """By what the funnel is split."""

    STORE = "store"
    MANAGER = "manager"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class FunnelLine:
    """People who were moved from one place or by one person, and how many took each step."""

    moved: int
    taken: tuple[int, ...]
    """One figure a step, in the order of `MoveStep`."""
    name: str | None = None
    """Of the store, the person, the group or the list; None: not known."""
    kind: MoveKind | None = None
    is_rest: bool = False

    @property
    def shares(self) -> tuple[float, ...]:
        return tuple(count / self.moved if self.moved else 0.0 for count in self.taken)


def reached(step: MoveStep, facts: Mapping[str, Any]) -> datetime | None:
    """Return when a step was taken: by the earliest fact that tells it."""
    return min((facts[name] for name in SOURCES[step] if facts[name]), default=None)


def counted(rows: Iterable[tuple[Any, str | None, MoveKind | None, int, int]]) -> list[FunnelLine]:
    """Return the lines of rows that say id, name and kind of a line, which facts, and of how many.

    Each fact is one bit, in the order of `FACTS`.
    """
    lines: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    for *line, told, count in rows:
        lines.setdefault(tuple(line), []).append((told, count))
    return [
        FunnelLine(
            sum(count for _told, count in people),
            tuple(sum(n for told, n in people if told & _TOLD[step]) for step in MoveStep),
            name or None,
            kind,
        )
        for (_id, name, kind), people in lines.items()
    ]


def gathered(lines: Iterable[FunnelLine], *, is_rest: bool = False) -> FunnelLine:
    """Return the sum of lines; nobody stands in two of them."""
    lines = list(lines)
    sums = zip(*(line.taken for line in lines), strict=True)
    taken = tuple(sum(counts) for counts in sums) or (0,) * len(MoveStep)
    return FunnelLine(sum(line.moved for line in lines), taken, is_rest=is_rest)


def longest(lines: Iterable[FunnelLine]) -> list[FunnelLine]:
    """Return the lines, most people first; beyond fifty the rest is one line."""
    ordered = sorted(lines, key=lambda line: (-line.moved, line.name or ""))
    rest = ordered[LINES_MOST:]
    return ordered[:LINES_MOST] + ([gathered(rest, is_rest=True)] if rest else [])
