"""Learn the complaint scorer from labelled lines: the chat table, the logistic layer, thresholds.

    tables = learn(examples, review=weights_of_reviews, words=words)
    scored = cross_validated(examples, measured, review=..., words=...)

Pure arithmetic of the standard library. Examples of one thread never part: no line is ever measured
by a table or a layer that has seen its conversation.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from crm.complaints.rules.scorer import FEATURES, Layer, Scorer, Tables, grams, norm

FOLDS = 10
TABLE_MAX = 20_000
REGULARISATION = 0.5
STEPS_MAX = 30
CLOSE = 1e-8
CLIP = 35.0
PRECISION_OPEN = 0.60
RECALL_ASK = 0.90
ASK_MAX = 0.50
APART = 0.10

Row = Sequence[float]
Scored = tuple[float, int]
"""A score and the true label."""


@dataclass(frozen=True)
class Example:
    """A labelled line, 1 a complaint. Only `written` ones may enter the chat table as text."""

    text: str
    label: int
    thread: int
    written: bool = True

    @property
    def fold(self) -> int:
        return self.thread % FOLDS

    @cached_property
    def line(self) -> str:
        return norm(self.text)

    @cached_property
    def grams(self) -> set[str]:
        return grams(self.line)


def weights(examples: Iterable[Example], min_count: int) -> dict[str, float]:
    """Naive Bayes: how much more often complaints contain an n-gram, as a logarithm."""
    texts = [0, 0]
    counts = Counter[str](), Counter[str]()
    for one in examples:
        texts[one.label] += 1
        counts[one.label].update(one.grams)
    strong = {}
    for gram in counts[0].keys() | counts[1].keys():
        n, p = counts[0][gram], counts[1][gram]
        if n + p >= min_count:
            weight = math.log((p + 1) / (texts[1] + 2)) - math.log((n + 1) / (texts[0] + 2))
            strong[gram] = abs(weight) * math.sqrt(p + n), weight
    kept = sorted(strong, key=lambda gram: (-strong[gram][0], gram))[:TABLE_MAX]
    return {gram: round(strong[gram][1], 2) for gram in sorted(kept)}


def chat_table(examples: Iterable[Example]) -> dict[str, float]:
    """Weights of chat: complaints against everything else that is said in a group."""
    return weights((one for one in examples if one.written), 1)


def fit(rows: Sequence[Row], labels: Sequence[int]) -> Layer:
    """Class-weighted logistic regression over standardised features, by Newton's method."""
    means, deviations = _standard(rows)
    points = [
        [1.0, *((x - m) / d for x, m, d in zip(row, means, deviations, strict=True))]
        for row in rows
    ]
    share = [REGULARISATION * len(labels) / (2 * max(labels.count(one), 1)) for one in (0, 1)]
    costs = [share[label] for label in labels]
    beta = [0.0] * (FEATURES + 1)
    for _step in range(STEPS_MAX):
        step = _solve(*_newton(points, labels, costs, beta))
        beta = [b + change for b, change in zip(beta, step, strict=True)]
        if max(map(abs, step)) < CLOSE:
            break
    return Layer(tuple(means), tuple(deviations), tuple(beta))


def cross_features(
    examples: Sequence[Example], *, review: Mapping[str, float], words: Sequence[str]
) -> list[Row]:
    """Features whose chat score comes from a table that has not seen the line's thread."""
    found: dict[int, Row] = {}
    for fold in range(FOLDS):
        table = chat_table(one for one in examples if one.fold != fold)
        scorer = Scorer(Tables(review, table, words))
        for number, one in enumerate(examples):
            if one.fold == fold:
                found[number] = scorer.features(one.line)
    return [found[number] for number in range(len(examples))]


def learn(
    examples: Sequence[Example], *, review: Mapping[str, float], words: Sequence[str]
) -> Tables:
    """Fit everything that is learnt from chat on these lines."""
    rows = cross_features(examples, review=review, words=words)
    layer = fit(rows, [one.label for one in examples])
    return Tables(review, chat_table(examples), words, layer)


def cross_validated(
    examples: Sequence[Example],
    measured: Sequence[Example],
    *,
    review: Mapping[str, float],
    words: Sequence[str],
) -> list[Scored]:
    """Score each measured line, in their order, by a model that has not seen its fold."""
    found: dict[int, Scored] = {}
    for fold in sorted({one.fold for one in measured}):
        rest = [one for one in examples if one.fold != fold]
        scorer = Scorer(learn(rest, review=review, words=words))
        for number, one in enumerate(measured):
            if one.fold == fold:
                found[number] = scorer.score(one.text).value or 0.0, one.label
    return [found[number] for number in range(len(measured))]


def average_precision(scored: Iterable[Scored]) -> float:
    """Precision, averaged over the places of the complaints; equal scores share their place."""
    hits = seen = 0
    total = 0.0
    for _score, labels in _by_score(scored):
        found = sum(labels)
        hits, seen = hits + found, seen + len(labels)
        total += found * hits / seen
    return total / hits if hits else 0.0


def threshold_for_recall(scored: Sequence[Scored], recall: float) -> float:
    """Return the largest score at which at least this share of the complaints is found."""
    wanted = recall * sum(label for _score, label in scored)
    hits = 0
    for score, labels in _by_score(scored):
        hits += sum(labels)
        if hits >= wanted:
            return score
    return 0.0


def threshold_for_precision(scored: Sequence[Scored], precision: float) -> float | None:
    """Return the smallest score from which on at least this share are complaints, if any."""
    hits = seen = 0
    found = None
    for score, labels in _by_score(scored):
        hits, seen = hits + sum(labels), seen + len(labels)
        if hits and hits >= precision * seen:
            found = score
    return found


def thresholds(scored: Sequence[Scored], *, otherwise: float) -> tuple[float, float]:
    """Return (ask, open): recall decides the first, precision the second, apart by a margin."""
    ask = min(threshold_for_recall(scored, RECALL_ASK), ASK_MAX)
    opening = threshold_for_precision(scored, PRECISION_OPEN)
    return ask, max(otherwise if opening is None else opening, ask + APART)


def _by_score(scored: Iterable[Scored]) -> list[tuple[float, list[int]]]:
    groups: dict[float, list[int]] = {}
    for score, label in scored:
        groups.setdefault(score, []).append(label)
    return sorted(groups.items(), reverse=True)


def _standard(rows: Sequence[Row]) -> tuple[list[float], list[float]]:
    columns = list(zip(*rows, strict=True))
    means = [sum(column) / len(column) for column in columns]
    spread = [
        math.sqrt(sum((x - mean) ** 2 for x in column) / len(column))
        for column, mean in zip(columns, means, strict=True)
    ]
    return means, [value or 1.0 for value in spread]


def _newton(
    points: Sequence[Row], labels: Sequence[int], costs: Row, beta: Row
) -> tuple[list[list[float]], list[float]]:
    """Second derivatives and the downhill gradient; the intercept is not penalised."""
    size = len(beta)
    gradient = [0.0, *(-b for b in beta[1:])]
    hessian = [[float(i == j and i > 0) for j in range(size)] for i in range(size)]
    for point, label, cost in zip(points, labels, costs, strict=True):
        linear = sum(b * x for b, x in zip(beta, point, strict=True))
        p = 1 / (1 + math.exp(-max(-CLIP, min(CLIP, linear))))
        miss, curve = cost * (label - p), cost * p * (1 - p)
        for i, x in enumerate(point):
            gradient[i] += miss * x
            row, bent = hessian[i], curve * x
            for j in range(i + 1):
                row[j] += bent * point[j]
    for i in range(size):
        for j in range(i):
            hessian[j][i] = hessian[i][j]
    return hessian, gradient


def _solve(matrix: list[list[float]], vector: list[float]) -> list[float]:
    """Gaussian elimination with pivoting."""
    size = len(vector)
    rows = [[*row, value] for row, value in zip(matrix, vector, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(i + 1, size):
            factor = rows[r][i] / rows[i][i]
            rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    result = [0.0] * size
    for i in reversed(range(size)):
        known = sum(rows[i][j] * result[j] for j in range(i + 1, size))
        result[i] = (rows[i][size] - known) / rows[i][i]
    return result
