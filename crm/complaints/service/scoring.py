"""The complaint score of a line, by the weights of the shop: `shop_scorer(session).score(text)`.

`value` is 0 to 1, or None for a line without words (sticker, picture, one sign); `reasons` are
words of the line itself. From `ask` on people are asked, from `opening` on a complaint is opened.
Score customers' lines only, and without what they quote.

The tables are the shipped ones until a night has learnt from the shop's taps; what is built of them
stays in the process under the name of the tables and the words, so a batch of lines costs two small
reads. A score only raises priority, so a scorer that fails or answers no number never stops a line.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from crm import log
from crm.complaints.queries import scoring as queries
from crm.complaints.rules.learning import cold_start, words_of_shop
from crm.complaints.rules.scorer import NOT_SCORED, Layer, Score, Scorer, Tables
from crm.complaints.rules.training import Example

_logger = log.get(__name__)
DATA = Path(__file__).resolve().parent.parent / "data"
KEPT = 4
_built: dict[tuple[object, ...], Scorer] = {}


@dataclass(frozen=True)
class ShopScorer:
    """The scorer of the shop, and from which scores on it asks and opens."""

    scorer: Scorer | None
    model_id: int | None
    ask: float
    opening: float

    def score(self, text: str) -> Score:
        """Score one line of a customer; not at all where the scorer is broken."""
        if self.scorer is None:
            return NOT_SCORED
        try:
            found = self.scorer.score(text)
        except Exception:
            _logger.exception("a line was not scored")  # without its words
            return NOT_SCORED
        return found if found.value is None or math.isfinite(found.value) else NOT_SCORED

    def suspects(self, text: str) -> bool:
        """Say whether a line reads so much like a complaint that people are asked."""
        return (self.score(text).value or 0.0) >= self.ask


def shop_scorer(session: Session) -> ShopScorer:
    """Return the scorer of this shop."""
    known = queries.taught(session)
    ask, opening = cold_start()
    if known.ask is not None and known.opening is not None:
        ask, opening = known.ask, known.opening
    try:
        scorer = _scorer(session, known, ask)
    except Exception:
        _logger.exception("the complaint scorer cannot be built")
        scorer = None
    return ShopScorer(scorer, known.model_id, ask, opening)


def forget() -> None:
    """Drop what the process keeps of the tables."""
    _built.clear()
    _shipped.cache_clear()


def _scorer(session: Session, known: queries.Taught, ask: float) -> Scorer:
    name = known.digest, known.added, known.left_out, ask
    found = _built.get(name)
    if found is None:
        words = words_of_shop(shipped_words(), known.added, known.left_out)
        chat, layer = _learnt(session, known.model_id)
        found = Scorer(Tables(review_weights(), chat, words, layer, ask))
        if len(_built) >= KEPT:
            _built.clear()
        _built[name] = found
    return found


def _learnt(session: Session, model_id: int | None) -> tuple[Mapping[str, float], Layer]:
    if model_id is None:
        return _shipped("chat_weights.json")["weights"], Layer(**_shipped("scorer.json"))
    model = queries.model_with_tables(session, model_id)
    if model.chat is None or model.layer is None:
        raise LookupError(model_id)
    return model.chat, Layer(**model.layer)


def shipped_words() -> list[str]:
    """Return the shipped complaint words."""
    return (DATA / "words.txt").read_text(encoding="utf-8").split()


def review_weights() -> dict[str, float]:
    """Return the shipped weights of reviews."""
    weights: dict[str, float] = _shipped("review_weights.json")["weights"]
    return weights


def written_lines() -> list[Example]:
    """Return the labelled lines that were written for the scorer, and are learnt from again."""
    return [Example(text, label, thread) for thread, label, text in _read("lines.json")]


def figures() -> dict[str, Any]:
    """Return how well the shipped weights were measured to work."""
    found: dict[str, Any] = _read("figures.json")
    return found


@lru_cache
def _shipped(name: str) -> Any:
    return _read(name)


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
