"""What every chat format comes out as: lines with a sender, a stamp and a text.

No time zone: the caller knows the shop's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum


class ChatFormat(Enum):
    """The layouts that people paste; `auto` finds out."""

    AUTO = "auto"
    W1 = "w1"
    W2 = "w2"
    W3 = "w3"
    W4 = "w4"
    W5 = "w5"
    W6 = "w6"
    Q = "q"
    X1 = "x1"
    X2 = "x2"
    X3 = "x3"
    X4 = "x4"
    NOTE = "note"


class LineKind(Enum):
    """Words of a person, a notice of the program, or text that no layout fits."""

    MESSAGE = "message"
    SYSTEM = "system"
    NOTE = "note"


class Missing(Enum):
    """What has to be asked before a message can be placed in time."""

    NOTHING = "nothing"
    YEAR = "year"
    DATE = "date"
    TIME = "time"


@dataclass(frozen=True)
class Stamp:
    """When a line was sent, as far as the text says so."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    clock: time | None = None
    to_the_second: bool = False

    @property
    def missing(self) -> Missing:
        if self.clock is None:
            return Missing.TIME
        if self.day is None:
            return Missing.DATE
        return Missing.YEAR if self.year is None else Missing.NOTHING

    @property
    def local(self) -> datetime | None:
        if self.year is None or self.month is None or self.day is None or self.clock is None:
            return None
        return datetime.combine(date(self.year, self.month, self.day), self.clock)


NO_STAMP = Stamp()


@dataclass(frozen=True)
class ChatLine:
    """One message. An empty sender means that the text does not say who wrote it."""

    kind: LineKind
    sender: str
    stamp: Stamp
    text: str
    quote: str = ""

    @property
    def sent_at_local(self) -> datetime | None:
        return self.stamp.local


@dataclass(frozen=True)
class ParsedChat:
    """The lines; `joined` counts those that were added to the message before."""

    format: ChatFormat
    lines: tuple[ChatLine, ...]
    joined: int = 0
    placed: bool = False
    """The text had no time at all: day and hour were given by a person."""

    @property
    def messages(self) -> tuple[ChatLine, ...]:
        return tuple(line for line in self.lines if line.kind is LineKind.MESSAGE)

    @property
    def unparsed(self) -> tuple[str, ...]:
        return tuple(line.text for line in self.lines if line.kind is LineKind.NOTE)

    @property
    def missing(self) -> Missing:
        """The largest gap. A message whose neighbour has a time asks for nothing."""
        gaps = {line.stamp.missing for line in self.messages}
        if gaps and gaps != {Missing.TIME}:
            gaps.discard(Missing.TIME)
        for gap in (Missing.TIME, Missing.DATE, Missing.YEAR):
            if gap in gaps:
                return gap
        return Missing.NOTHING
