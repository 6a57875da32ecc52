"""A10: whether a line is a complaint, and why, takes a hundred microseconds. It asks no database.

The lines are the project's own; the scorer is the one that is shipped.
"""

from collections.abc import Iterator

from tests.benchmarks.measure import Result, freeze
from tests.tools.complaint_weights import ROUNDS, microseconds, own_lines, shipped_scorer

LIMIT = 100.0


def run(_server: str) -> Iterator[Result]:
    lines, scorer = own_lines(), shipped_scorer()
    freeze()
    found = microseconds(lines, scorer)
    floor = f"{len(lines):,} lines, best of {ROUNDS} rounds of processor time"
    yield Result("A10", "score of a line", LIMIT, found, floor, "us")
