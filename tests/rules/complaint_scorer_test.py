"""The complaint scorer: features by table, the shipped weights by example."""

import math
from collections.abc import Sequence

import pytest

from crm.complaints.rules.scorer import (
    FEATURES,
    THRESHOLD_ASK,
    THRESHOLD_OPEN,
    Layer,
    Scorer,
    Tables,
    grams,
    is_scored,
    norm,
)
from crm.complaints.service import scoring
from tests.tools import complaint_weights as made

REVIEW = {"发": 1.0, "发错": 2.0, "谢": -3.0}
CHAT = {"错": 0.5}
SHIPPED = made.shipped_scorer()


def scorer(*, words: Sequence[str] | None = None, **layer: Sequence[float]) -> Scorer:
    shop_words = scoring.shipped_words() if words is None else words
    return Scorer(Tables(REVIEW, CHAT, shop_words, Layer(**layer)))


def only(number: int, weight: float = 1.0) -> list[float]:
    """Coefficients with which one feature alone counts."""
    return [weight if i == number else 0.0 for i in range(FEATURES + 1)]


def test_norm_drops_white_space_and_case() -> None:
    assert norm(" 还有 M 码\u3000吗\n\ufeff") == "还有m码吗"


def test_norm_drops_phones_and_order_numbers_but_not_12315() -> None:
    assert norm("打 12315 还是 13800000142") == "打12315还是"


def test_grams_are_characters_and_adjacent_pairs_once() -> None:
    assert grams("好好的") == {"好", "的", "好好", "好的"}


@pytest.mark.parametrize(
    ("text", "scored"),
    [
        ("在吗", True),
        ("好", False),
        ("", False),
        ("[图片]", False),
        ("[图片][表情]", False),
        ("😀👍", False),
        ("![图片](http://127.0.0.1/a)", False),
        ("[图片]破了", True),
        ("\x00 \n", False),
    ],
)
def test_only_lines_with_words_are_scored(text: str, scored: bool) -> None:
    assert is_scored(text) is scored
    assert (scorer().score(text).value is not None) is scored


def test_review_and_chat_scores_sum_the_weights_of_the_set() -> None:
    features = scorer().features(norm("发错发错了"))
    assert features[:4] == (3.0, 0.5, 3.0 / 5, 0.1)


@pytest.mark.parametrize(
    ("text", "number", "value"),
    [
        ("是假货吧", 4, 1),
        ("没有色差", 4, 0),
        ("不会起球", 4, 0),
        ("有色差", 4, 1),
        ("坑人", 4, 2),
        ("退货退款投诉差评", 4, 3),
        ("质量太差", 4, 2),
        ("等了3天", 5, 1),
        ("好几天了这么久", 5, 2),
        ("今天", 5, 0),
        ("怎么还没到", 6, 1),
        ("没收到", 6, 1),
        ("没人回，到底什么情况", 6, 2),
        ("收到了", 6, 0),
        ("退钱", 7, 1),
        ("退款赔钱投诉", 7, 2),
        ("退休", 7, 0),
        ("补差价", 7, 1),
        ("在吗", 8, 1),
        ("多少钱", 8, 1),
        ("好的", 8, 0),
    ],
)
def test_feature_counts_its_words(text: str, number: int, value: float) -> None:
    assert scorer().features(norm(text))[number] == value


def test_last_feature_is_the_length() -> None:
    assert scorer().features("在吗")[9] == pytest.approx(math.log(3))


def test_score_is_the_logistic_of_the_standardised_features() -> None:
    own = scorer(means=[1.0] * FEATURES, deviations=[2.0] * FEATURES, coefficients=only(8, 3.0))
    value = own.score("退款赔钱").value
    assert value == pytest.approx(1 / (1 + math.exp(-3.0 * (2 - 1) / 2)))


@pytest.mark.parametrize("weight", [1e6, -1e6])
def test_extreme_weights_stay_between_zero_and_one(weight: float) -> None:
    value = scorer(coefficients=only(10, weight)).score("在吗").value
    assert value is not None
    assert 0.0 <= value <= 1.0


def test_shop_words_count_at_once() -> None:
    assert scorer(words=["翻车"]).features("又翻车了")[4] == 1


def test_reasons_are_words_of_the_line_strongest_first() -> None:
    own = scorer(coefficients=[0.0, 0.1, 0, 0, 0, 1.0, 2.0, 0, 0, 0, 0])
    assert own.score("发错了，等了3天").reasons == ("3天", "发错", "等了")


def test_ordinary_lines_have_no_reasons() -> None:
    assert scorer(coefficients=[-5.0, *[0.0] * FEATURES]).score("发错了").reasons == ()


@pytest.mark.parametrize(
    "text",
    [
        "收到的裙子吊牌不对，领标也不一样，是不是假货？",
        "包裹发错了，是不是假货？",
        "拍 L 发 M，怎么换？",
        "怎么还没到，都5天了",
        "收到的瓶子碎了",
        "钱付了没人理，退款",
        "质量太差了，洗一次就破了",
    ],
)
def test_shipped_weights_open_plain_complaints(text: str) -> None:
    found = SHIPPED.score(text)
    assert found.value is not None
    assert found.value >= THRESHOLD_OPEN
    assert found.reasons
    assert all(reason in norm(text) for reason in found.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "这件还有 M 码吗？",
        "谢谢",
        "不掉色，放心买",
        "好的",
        "今晚几点开播",
        "+1",
        "气质真好",
        "帮我留一件明天来拿",
    ],
)
def test_shipped_weights_leave_ordinary_lines_alone(text: str) -> None:
    found = SHIPPED.score(text)
    assert found.value is not None
    assert found.value < THRESHOLD_ASK


@pytest.mark.parametrize("text", ["\ud83d\x00坏了", "好" * 20_000, "退" * 20_000, "\u202e退款"])
def test_odd_lines_are_scored_like_others(text: str) -> None:
    value = SHIPPED.score(text).value
    assert value is not None
    assert 0.0 <= value <= 1.0
