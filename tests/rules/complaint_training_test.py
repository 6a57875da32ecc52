"""Learning the complaint scorer: formulas by hand, the figures of small sets, no peeking."""

import math

import pytest

from crm.complaints.rules import training
from crm.complaints.rules.scorer import FEATURES, Scorer, Tables
from crm.complaints.rules.training import Example

REVIEW = {"坏": 1.0}
WORDS = ["坏了"]


def chat(*lines: tuple[str, int]) -> list[Example]:
    """Every line a conversation of its own."""
    return [Example(text, label, thread) for thread, (text, label) in enumerate(lines)]


MIXED = chat(
    *((f"{n}号的壶坏了没人理", 1) for n in range(12)),
    *((f"{n}号的壶还有吗谢谢", 0) for n in range(24)),
)


def test_weight_is_the_smoothed_log_ratio_of_the_texts_that_contain_it() -> None:
    found = training.weights(chat(("坏了", 1), ("坏", 1), ("好", 0), ("好坏", 0)), min_count=1)
    assert found["坏"] == round(math.log(3 / 4) - math.log(2 / 4), 2)
    assert found["好"] == round(math.log(1 / 4) - math.log(3 / 4), 2)


def test_rare_grams_stay_out_of_the_table() -> None:
    found = training.weights(chat(("坏坏", 1), ("坏", 1), ("好", 0)), min_count=2)
    assert set(found) == {"坏"}


def test_table_keeps_the_strongest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "TABLE_MAX", 1)
    found = training.weights(chat(("坏x", 1), ("坏y", 1), ("坏z", 1), ("好", 0)), min_count=1)
    assert set(found) == {"坏"}


def test_lines_that_are_not_written_for_it_stay_out_of_the_table() -> None:
    assert training.chat_table([Example("坏了", 1, 0, written=False)]) == {}


def test_newton_finds_the_separating_weights() -> None:
    """One feature that tells the classes apart gets all the weight; the classes count alike."""
    rows = [[float(label), *[0.0] * (FEATURES - 1)] for label in (0, 0, 0, 1)]
    layer = training.fit(rows, [0, 0, 0, 1])
    assert layer.means[0] == pytest.approx(0.25)
    assert list(layer.deviations[1:]) == [1.0] * (FEATURES - 1)
    assert layer.coefficients[1] > 0.5
    assert layer.coefficients[2:] == pytest.approx([0.0] * (FEATURES - 1))


def test_newton_ends_where_the_penalised_loss_is_flat() -> None:
    """A step to either side of any coefficient costs: the definition, not the method."""
    rows = [[float((7 * n + 3 * j) % 11) for j in range(FEATURES)] for n in range(40)]
    labels = [int(n % 3 == 0) for n in range(40)]
    layer = training.fit(rows, labels)

    def loss(beta: list[float]) -> float:
        total = 0.5 * sum(b * b for b in beta[1:])
        for row, label in zip(rows, labels, strict=True):
            standard = zip(row, layer.means, layer.deviations, strict=True)
            z = [1.0, *((x - m) / d for x, m, d in standard)]
            linear = sum(b * x for b, x in zip(beta, z, strict=True))
            cost = 0.5 * 40 / (2 * labels.count(label))
            total += cost * math.log1p(math.exp(-linear if label else linear))
        return total

    best = list(layer.coefficients)
    for number in range(len(best)):
        for step in (-1e-3, 1e-3):
            moved = [b + step * (number == i) for i, b in enumerate(best)]
            assert loss(moved) > loss(best)


def test_no_line_is_measured_by_a_table_that_has_seen_its_conversation() -> None:
    """The chat score of a line is 0 where only its own conversation holds its words."""
    alone = [*MIXED, Example("独立无双", 1, 99)]
    rows = training.cross_features(alone, review=REVIEW, words=WORDS)
    assert rows[-1][1] == 0.0
    seen = Scorer(Tables(REVIEW, training.chat_table(alone), WORDS)).features("独立无双")
    assert seen[1] > 0


def test_cross_validation_tells_the_classes_apart_and_keeps_the_order() -> None:
    scored = training.cross_validated(MIXED, MIXED, review=REVIEW, words=WORDS)
    assert [label for _score, label in scored] == [one.label for one in MIXED]
    assert training.average_precision(scored) == 1.0


@pytest.mark.parametrize(
    ("scored", "value"),
    [
        ([(0.9, 1), (0.8, 0), (0.7, 1)], (1 + 2 / 3) / 2),
        ([(0.9, 0), (0.8, 1)], 1 / 2),
        ([(0.5, 1), (0.5, 0)], 1 / 2),
        ([(0.5, 0)], 0.0),
        ([], 0.0),
    ],
)
def test_average_precision(scored: list[tuple[float, int]], value: float) -> None:
    assert training.average_precision(scored) == pytest.approx(value)


SCORED = [(0.95, 1), (0.9, 1), (0.8, 0), (0.6, 1), (0.55, 0), (0.4, 0), (0.35, 1), (0.1, 0)]


def test_thresholds_for_recall_and_precision() -> None:
    assert training.threshold_for_recall(SCORED, 0.75) == 0.6
    assert training.threshold_for_recall(SCORED, 1.0) == 0.35
    assert training.threshold_for_precision(SCORED, 0.75) == 0.6
    assert training.threshold_for_precision([(0.9, 0)], 0.5) is None


def test_thresholds_of_the_shop() -> None:
    assert training.thresholds(SCORED, otherwise=0.7) == (0.35, 0.55)


def test_ask_never_passes_its_bound_and_open_stays_above_it() -> None:
    clear = [(0.99, 1), (0.98, 1), (0.01, 0), (0.01, 0)]
    assert training.thresholds(clear, otherwise=0.7) == (0.5, 0.98)
    low = [(0.2, 1), (0.2, 1), (0.1, 0)]
    assert training.thresholds(low, otherwise=0.7) == (0.2, pytest.approx(0.3))


def test_without_enough_precision_the_other_threshold_stays() -> None:
    assert training.thresholds([(0.9, 0), (0.8, 0), (0.3, 1)], otherwise=0.7) == (0.3, 0.7)
