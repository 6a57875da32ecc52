"""How much a chat line reads like a complaint: ten features, two tables, one logistic layer.

    score = Scorer(tables).score(line)     # Score(value, reasons); value None: nothing to score

Pure: the tables are arguments; `service.scoring` offers those of the shop. A score only raises
priority: the unanswered timer works without it. Training is not here, but in `training`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

THRESHOLD_ASK = 0.30
THRESHOLD_OPEN = 0.70
ASKS_PER_DAY = 20
SHORTEST = 2
# A novel says no more than its first page.
LONGEST = 1000
FEATURES = 10
REASONS = 3  # features that are named
REASON_WORDS = 5
REASON_RUNS = 2
RUN_MAX = 4
CLIP = 35.0
WORDS_MAX = 3
MATCHES_MAX = 2
LENGTH_MIN = 4

_SPACE = re.compile(r"[\s\ufeff]+")
# Phones and order numbers say nothing about the mood; 12315 is shorter.
_NUMBER = re.compile(r"\d{6,}")
_MEDIA = re.compile(
    r"(?:\[[^\[\]]{1,80}\]|!\[[^\[\]]*\]\([^()]*\)|[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f\u200d])+"
)
_NEG = re.compile(
    r"(没有|没|不|无|不会|没什么|未)"
    r"(色差|异味|变形|起球|掉色|褪色|瑕疵|破损|失望|后悔|坑|骗|差|坏|裂|漏|缩水|过敏|臭)"
)
_DAY = re.compile(r"([一二两三四五六七八九十\d]+|好几|这么|那么)(天|多天|长时间|久)")
_NEVER = re.compile(
    r"还没|怎么还|都没|没有?(收到|发货|送|人|回|理)|一直(没|不|等)|凭什么|为什么(不|没)|到底|赶紧|什么情况|怎么回事"
)
_REFUND = re.compile(r"退(款|货|钱|了|回)|赔|补(发|差)|换货|投诉|申诉|介入|差评|12315")
_QUESTION = re.compile(r"吗$|呢$|么$|多少|哪|几")


@dataclass(frozen=True)
class Score:
    """0 to 1, or None for lines that are not scored; the words of the line that say why."""

    value: float | None
    reasons: tuple[str, ...] = ()


NOT_SCORED = Score(None)


@dataclass(frozen=True)
class Layer:
    """The logistic layer over the standardised features; it begins with nothing learnt."""

    means: Sequence[float] = (0.0,) * FEATURES
    deviations: Sequence[float] = (1.0,) * FEATURES
    coefficients: Sequence[float] = (0.0,) * (FEATURES + 1)
    """The intercept, then one a feature."""


@dataclass(frozen=True)
class Tables:
    """What was learnt: weights of reviews and of chat, complaint words, and the logistic layer."""

    review: Mapping[str, float]
    chat: Mapping[str, float]
    words: Sequence[str]
    layer: Layer = Layer()
    ask: float = THRESHOLD_ASK
    """From this score on the reasons are named."""


def norm(text: str) -> str:
    """Return the line without white space and long numbers, in lower case."""
    return _NUMBER.sub("", _SPACE.sub("", text).lower())[:LONGEST]


def grams(line: str) -> set[str]:
    """Return the set of characters and adjacent pairs of a normalised line."""
    return {*line, *map("".join, pairwise(line))}


def is_scored(text: str) -> bool:
    """Say whether a line has words at all: stickers, pictures and single signs have none."""
    line = norm(text)
    return len(line) >= SHORTEST and not _MEDIA.fullmatch(line)


class Scorer:
    """The tables, made ready for many lines."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._words: dict[str, list[str]] = {}
        for word in tables.words:
            self._words.setdefault(word[0], []).append(word)

    def score(self, text: str) -> Score:
        """Score one line."""
        line = norm(text)
        if len(line) < SHORTEST or _MEDIA.fullmatch(line):
            return NOT_SCORED
        parts = self._contributions(self.features(line))
        linear = self._tables.layer.coefficients[0] + sum(parts)
        if math.isnan(linear):  # the bounds below would make it the highest score
            return NOT_SCORED
        value = 1 / (1 + math.exp(-max(-CLIP, min(CLIP, linear))))
        reasons = self._reasons(line, parts) if value >= self._tables.ask else ()
        return Score(value, reasons)

    def features(self, line: str) -> tuple[float, ...]:
        """Return the ten features of a normalised line, in the order of the coefficients."""
        found = grams(line)
        review = sum(self._tables.review.get(gram, 0.0) for gram in found)
        chat = sum(self._tables.chat.get(gram, 0.0) for gram in found)
        length = len(line)
        return (
            review,
            chat,
            review / max(length, LENGTH_MIN),
            chat / max(length, LENGTH_MIN),
            min(len(self._found_words(line)), WORDS_MAX),
            len(_DAY.findall(line)),
            min(len(_NEVER.findall(line)), MATCHES_MAX),
            min(len(_REFUND.findall(line)), MATCHES_MAX),
            1.0 if _QUESTION.search(line) else 0.0,
            math.log1p(length),
        )

    def _contributions(self, features: Sequence[float]) -> list[float]:
        layer = self._tables.layer
        return [
            weight * (value - mean) / deviation
            for weight, value, mean, deviation in zip(
                layer.coefficients[1:], features, layer.means, layer.deviations, strict=True
            )
        ]

    def _found_words(self, line: str) -> list[str]:
        """Return the complaint words, overlapping ones too, but not what a "not" takes away."""
        line = _NEG.sub("", line)
        return [
            word
            for at, first in enumerate(line)
            if first in self._words
            for word in self._words[first]
            if line.startswith(word, at)
        ]

    def _reasons(self, line: str, parts: Sequence[float]) -> tuple[str, ...]:
        """Name what spoke for a complaint, strongest first, in words that stand in the line."""
        ranked = sorted((part, number) for number, part in enumerate(parts) if part > 0)
        named: list[str] = []
        speaking = 0
        for _part, number in reversed(ranked):
            words = self._named(line, number)
            new = [word for word in words if not any(word in other for other in named)]
            speaking += bool(new)
            if speaking > REASONS:
                break
            named += new
        return tuple(named[:REASON_WORDS])

    def _named(self, line: str, number: int) -> list[str]:
        if number in (0, 2):
            return _heaviest(line, self._tables.review)
        if number in (1, 3):
            return _heaviest(line, self._tables.chat)
        if number == _WORDS_FEATURE:
            return sorted(dict.fromkeys(self._found_words(line)), key=len, reverse=True)
        pattern = _PATTERNS.get(number)
        return [found.group() for found in pattern.finditer(line)] if pattern else []


_WORDS_FEATURE = 4
_PATTERNS = {5: _DAY, 6: _NEVER, 7: _REFUND}


def _heaviest(line: str, weights: Mapping[str, float]) -> list[str]:
    """Return the runs of two to four characters that weigh most; pairs alone say little."""
    found: list[tuple[float, int, str]] = []
    for start in range(len(line) - 1):
        total = 0.0
        for end in range(start + 2, min(start + RUN_MAX, len(line)) + 1):
            if not line[start:end].isalnum():
                break
            total += weights.get(line[end - 2 : end], 0.0)
            if total > 0:
                found.append((-total, start, line[start:end]))
    runs: list[tuple[int, str]] = []
    for _weight, start, run in sorted(found):
        if all(start + len(run) <= at or at + len(other) <= start for at, other in runs):
            runs.append((start, run))
        if len(runs) == REASON_RUNS:
            break
    return [run for _start, run in runs]
