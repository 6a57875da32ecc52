"""Which complaint a line of staff answers: the one whose words it quotes, or none.

A line that quotes nothing answers nothing: an advertisement is no answer.
"""

import re
from collections.abc import Mapping, Sequence

SHORTEST = 4
"""Fewer letters than these say too little to tell one complaint from another."""
CUT_SHORT = 6
"""A quote that breaks off must hold this much of the beginning."""
HOLDING_MAX = 24
_NOISE = re.compile(r"[\W_]+")
_AUTOMATIC = re.compile(r"^\W*自动回复")
_HOLDING = re.compile(
    r"稍等|稍后|等一下|等下|请等|马上|尽快|收到|正在|核实|核对|确认|(?:查|看|问)(?:一?下|看)",
    re.IGNORECASE,
)


def is_automatic(text: str) -> bool:
    """Whether no person said it: an automatic reply answers nobody."""
    return bool(_AUTOMATIC.match(text))


def is_holding(text: str) -> bool:
    """Whether a reply only asks to wait."""
    return len(text.strip()) <= HOLDING_MAX and bool(_HOLDING.search(text))


def quoted_one(quote: str, said: Mapping[int, Sequence[str]]) -> int | None:
    """The one complaint of which these words were quoted; chats cut long quotes short."""
    words = _plain(quote)
    if len(words) < SHORTEST:
        return None
    found = {one for one, texts in said.items() for text in texts if _is_in(_plain(text), words)}
    return found.pop() if len(found) == 1 else None


def _is_in(text: str, quote: str) -> bool:
    """The whole text stands in the quote, behind a name perhaps, or the quote cuts it short."""
    if len(text) < SHORTEST:
        return False
    return quote.endswith(text) or any(
        text.startswith(quote[cut:]) for cut in range(len(quote) - CUT_SHORT + 1)
    )


def _plain(text: str) -> str:
    return _NOISE.sub("", text).casefold()
