"""What staff are shown of a score: a band in words, and the words of the line that spoke for it."""

import enum
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

SEPARATOR = "、"


class Band(enum.Enum):
    """How much a line reads like a complaint; nobody is shown a percentage."""

    SURE = "sure"
    MAYBE = "maybe"
    ORDINARY = "ordinary"


def band(score: float | None, *, ask: float, opening: float) -> Band:
    """Return the band of a score."""
    if score is None or score < ask:
        return Band.ORDINARY
    return Band.SURE if score >= opening else Band.MAYBE


def segments(text: str, words: Iterable[str]) -> list[tuple[str, bool]]:
    """Cut a line into pieces, True where it is one of these words.

    Words were found in the line without its white space and in lower case, and are found so again.
    """
    found = [r"\s*".join(map(re.escape, word)) for word in sorted(words, key=len, reverse=True)]
    if not found:
        return [(text, False)]
    hits = [hit.span() for hit in re.finditer("|".join(found), text, re.IGNORECASE)]
    cuts = [0, *(place for hit in hits for place in hit), len(text)]
    return [
        (text[start:end], number % 2 == 1)
        for number, (start, end) in enumerate(pairwise(cuts))
        if end > start
    ]


def joined(words: Sequence[str]) -> str:
    """Return reasons as they are kept: one string."""
    return SEPARATOR.join(words)


def split(reason: str) -> list[str]:
    """Return the words of a kept string of reasons."""
    return [word for word in reason.split(SEPARATOR) if word]
