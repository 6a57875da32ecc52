"""Learning from taps: whose word counts, when the night may learn, and what it may keep.

Pure. The tables themselves are learnt in `training`.
"""

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from crm.complaints.rules.scorer import ASKS_PER_DAY, THRESHOLD_ASK, THRESHOLD_OPEN, norm
from crm.complaints.rules.training import Example

CLASS_MIN = 10
"""So many complaints, and so many other lines, before a night learns."""
THRESHOLDS_FROM = 120
WORSE_BY = 0.02
WORD_MAX = 12
WORDS_MAX = 300
ASKS_MAX = 200
ASKS = ASKS_PER_DAY
NIGHT_BEGINS = time(2, 30)
_WORD = re.compile(rf"[^\W_]{{1,{WORD_MAX}}}")


class Learning(enum.Enum):
    """What came of a night's learning."""

    ACCEPTED = "accepted"
    TOO_FEW = "too_few"
    WORSE = "worse"
    FORGOTTEN = "forgotten"
    """Lines it rested on are gone and what is left is no better: the shipped weights are back."""


class WordUnfit(ValueError):
    """No word: it has signs or spaces, is too long, or there are too many."""


class WordKnown(ValueError):
    """It is in the list already, or, to take out, not in it."""


@dataclass(frozen=True)
class TappedLine:
    """A line that still exists and what was said of it, by the word that counts."""

    message_id: int
    group_id: int
    sent_at: datetime
    text: str
    is_complaint: bool
    first_tap_id: int
    """A model that has learnt from this tap has learnt from the line."""


def as_examples(lines: Sequence[TappedLine], zone: tzinfo, *, after: int) -> list[Example]:
    """Make examples of tapped lines. A group's day is one thread; threads begin `after`."""
    threads: dict[object, int] = {}
    made = []
    for line in lines:
        day = line.group_id, line.sent_at.astimezone(zone).date()
        thread = threads.setdefault(day, after + 1 + len(threads))
        made.append(Example(line.text, int(line.is_complaint), thread))
    return made


def enough(labels: Sequence[int]) -> bool:
    """Say whether both classes have lines to learn from."""
    return min(sum(labels), len(labels) - sum(labels)) >= CLASS_MIN


def may_set_thresholds(labels: Sequence[int]) -> bool:
    """Say whether the taps suffice to move the thresholds."""
    return len(labels) >= THRESHOLDS_FROM and sum(labels) >= CLASS_MIN


def is_worse(precision: float, before: float) -> bool:
    """Say whether what was learnt is too much worse than what is in use."""
    return precision < before - WORSE_BY


def is_night(last: datetime | None, now: datetime, zone: tzinfo) -> bool:
    """Say whether tonight's learning is still to be done."""
    local = now.astimezone(zone)
    done = last is not None and last.astimezone(zone).date() >= local.date()
    return not done and local.time() >= NIGHT_BEGINS


def as_word(typed: str) -> str:
    """Return a complaint word as lines are read. Raises WordUnfit."""
    word = norm(typed)
    if not _WORD.fullmatch(word):
        raise WordUnfit
    return word


def words_of_shop(
    shipped: Sequence[str], added: Iterable[str], left_out: Iterable[str]
) -> tuple[str, ...]:
    """Return the complaint words of a shop."""
    gone = set(left_out)
    return tuple(word for word in dict.fromkeys((*shipped, *added)) if word not in gone)


def cold_start() -> tuple[float, float]:
    """Return the thresholds before the shop has taught anything."""
    return THRESHOLD_ASK, THRESHOLD_OPEN
