"""The shipped weights and figures are what the project's own lines give; the lines are enough."""

from itertools import combinations

import pytest

from crm.complaints.rules import training
from crm.complaints.rules.scorer import norm
from crm.complaints.service import scoring
from tests.tools import complaint_weights as made

LINES_MIN = 1500
COMPLAINTS_MIN = 400
ALIKE = 0.75
PAIRS_MIN = 6


@pytest.fixture(scope="module")
def lines() -> list[made.Labelled]:
    return made.own_lines()


@pytest.fixture(scope="module")
def tables(lines):
    return made.shipped(lines, scoring.review_weights())


def test_every_data_file_is_made_from_its_source_byte_for_byte(lines, tables) -> None:
    for name, text in made.files(tables, lines).items():
        assert (scoring.DATA / name).read_text(encoding="utf-8") == text, name


def test_review_weights_name_their_pinned_source() -> None:
    found = made.shipped_json("review_weights.json")
    assert (found["source"], found["sha256"]) == (made.SDIST, made.SDIST_SHA256)
    assert len(found["weights"]) == training.TABLE_MAX


def test_figures_of_the_own_lines_are_what_they_give(lines) -> None:
    assert made.shipped_json("figures.json")["own"] == made.own_figures(
        lines, scoring.review_weights()
    )


def test_shipped_figures_hold_what_is_promised() -> None:
    figures = made.shipped_json("figures.json")
    chat = figures["chat"]
    assert chat["average_precision"] >= 0.70
    assert chat["chosen"]["recall"][0] >= 0.85
    assert chat["chosen"]["precision"][0] >= 0.45
    assert chat["asked"]["thread_recall"][0] >= 0.90
    assert chat["microseconds"] <= 100


def test_there_are_enough_lines_of_many_conversations_and_trades(lines) -> None:
    assert len(lines) >= LINES_MIN
    assert sum(one.label == 1 for one in lines) >= COMPLAINTS_MIN
    assert 0.15 <= sum(one.label == 1 for one in lines) / len(lines) <= 0.35
    assert sum(one.label is None for one in lines) >= 100
    assert len({one.thread for one in lines}) >= 300
    by_trade = {one.trade: 0 for one in lines}
    for one in lines:
        by_trade[one.trade] += 1
    assert {"wear", "tonics", "teapots", "household"} <= by_trade.keys()
    assert min(by_trade.values()) >= 200


def test_no_line_is_written_twice(lines) -> None:
    texts = [norm(one.text) for one in lines]
    assert sorted(texts) == sorted(set(texts))


def test_no_line_is_nearly_another_one(lines) -> None:
    """Share of common pairs of characters, for lines that are long enough to compare."""
    pairs = [{p for p in training.grams(norm(one.text)) if len(p) > 1} for one in lines]
    long = [(one.text, p) for one, p in zip(lines, pairs, strict=True) if len(p) >= PAIRS_MIN]
    alike = [
        (a, b)
        for (a, p), (b, q) in combinations(long, 2)
        if min(len(p), len(q)) >= ALIKE * max(len(p), len(q)) and len(p & q) >= ALIKE * len(p | q)
    ]
    assert alike == []


def test_complaints_come_with_and_without_complaint_words(lines) -> None:
    """Words alone would do neither: many complaints have none, and many other lines have some."""
    words = scoring.shipped_words()
    with_word = [any(w in norm(one.text) for w in words) for one in lines]
    silent = sum(not w for one, w in zip(lines, with_word, strict=True) if one.label == 1)
    alike = sum(w for one, w in zip(lines, with_word, strict=True) if one.label == 0)
    assert silent >= 300
    assert alike >= 150
