"""The complaint score of a line, from the shipped weights: `score(text) -> Score(value, reasons)`.

`value` is 0 to 1, or None for a line without words (sticker, picture, one sign); `reasons` are
words of the line itself. From `THRESHOLD_ASK` on people are asked, from `THRESHOLD_OPEN` on a
complaint is opened. Score customers' lines only, and without what they quote.

A score only raises priority, so a scorer that fails or answers no number never stops a line.
"""

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

from crm import log
from crm.complaints.rules.scorer import (
    ASKS_PER_DAY,
    NOT_SCORED,
    THRESHOLD_ASK,
    THRESHOLD_OPEN,
    Layer,
    Score,
    Scorer,
    Tables,
)

__all__ = ["ASKS_PER_DAY", "THRESHOLD_ASK", "THRESHOLD_OPEN", "Score", "score", "suspects"]

_logger = log.get(__name__)
DATA = Path(__file__).resolve().parent.parent / "data"


def score(text: str) -> Score:
    """Score one line of a customer; not at all where the scorer is broken."""
    try:
        found = _scorer().score(text)
    except Exception:
        _logger.exception("a line was not scored")  # without its words
        return NOT_SCORED
    return found if found.value is None or math.isfinite(found.value) else NOT_SCORED


def suspects(text: str) -> bool:
    """Say whether a line reads so much like a complaint that people are asked."""
    return (score(text).value or 0.0) >= THRESHOLD_ASK


@lru_cache
def _scorer() -> Scorer:
    layer = _read("scorer.json")
    return Scorer(
        Tables(
            review=_read("review_weights.json")["weights"],
            chat=_read("chat_weights.json")["weights"],
            words=words(),
            layer=Layer(layer["means"], layer["deviations"], layer["coefficients"]),
        )
    )


def words() -> list[str]:
    """Return the shipped complaint words."""
    return (DATA / "words.txt").read_text(encoding="utf-8").split()


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
