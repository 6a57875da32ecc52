"""What a shop, a store and its weekly hours look like."""

import enum
from dataclasses import dataclass
from datetime import date

NAME_MAX = 40
CODE_MAX = 16
MINUTES_MAX = 2880
"""A window may end up to 24:00 of the day after the one on which it starts."""


class StoreState(enum.Enum):
    """Whether the doors are open; customers of closed stores are served on."""

    OPEN = "open"
    CLOSED = "closed"


class WindowKind(enum.Enum):
    """Staffed hours, in which deadlines count; livestreams; the desk of statutory workdays."""

    STAFFED = "staffed"
    LIVESTREAM = "livestream"
    DESK = "desk"


DEFAULT_HOURS = ((540, 720), (780, 1350))
"""9:00-12:00 and 13:00-22:30, in minutes of the day."""


class AlreadySetUp(Exception):
    """Another tab was first: there is one shop in a database."""


class CodeTaken(Exception):
    """Another store has this code."""


class BadHours(ValueError):
    """Windows that are empty, out of order or overlap."""


@dataclass(frozen=True)
class NewStore:
    """A store to be added."""

    name: str
    code: str
    state: StoreState = StoreState.OPEN
    closed_on: date | None = None


@dataclass(frozen=True)
class FirstUse:
    """What the first page asks: the shop, its first store and the owner."""

    shop: str
    store: str
    name: str
    login: str
    password: str


@dataclass(frozen=True)
class HoursCommand:
    """One day's staffed hours as minutes of the day, with or without a break."""

    start: int
    end: int
    break_start: int | None = None
    break_end: int | None = None

    def windows(self) -> list[tuple[int, int]]:
        """Return the windows of a day."""
        if self.break_start is None or self.break_end is None:
            return [(self.start, self.end)]
        return [(self.start, self.break_start), (self.break_end, self.end)]


def check_windows(windows: list[tuple[int, int]]) -> None:
    """Raise BadHours unless windows are in order and end by 24:00 of the next day."""
    last = 0
    for start, end in windows:
        if not (last <= start < end <= MINUTES_MAX):
            raise BadHours(windows)
        last = end
