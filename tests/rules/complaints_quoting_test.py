"""Which complaint a quoting line answers."""

import pytest

from crm.complaints.rules.quoting import is_automatic, is_holding, quoted_one

SAID = {
    1: ["收到的裙子吊牌不对，是不是假货？", "怎么还没人理我"],
    2: ["我的洗面奶漏了，瓶盖都是裂的"],
}


@pytest.mark.parametrize(
    ("quote", "one"),
    [
        ("收到的裙子吊牌不对，是不是假货？", 1),
        ("陈姐：收到的裙子吊牌不对 是不是假货", 1),
        ("陈姐：收到的裙子吊牌…", 1),
        ("怎么还没人理我", 1),
        ("小鹿：我的洗面奶漏了，瓶盖都是裂的", 2),
        ("今晚直播上新", None),
        ("裙子", None),
        ("", None),
    ],
)
def test_a_quote_names_the_complaint_whose_words_it_holds(quote: str, one: int | None):
    assert quoted_one(quote, SAID) == one


def test_a_quote_of_what_two_complainers_said_names_neither():
    said = {1: ["什么时候退款"], 2: ["什么时候退款"]}
    assert quoted_one("什么时候退款", said) is None


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("稍等，我们在核对", True),
        ("亲马上帮您看看哦", True),
        ("收到", True),
        ("是我们包错了，新的今天发出，单号稍后发您，旧的上门来取，不用您出运费", False),
        ("可以退，今天给您退款", False),
    ],
)
def test_please_wait_is_no_answer(text: str, holds: bool):
    assert is_holding(text) is holds


def test_an_automatic_reply_answers_nobody():
    assert is_automatic("[自动回复] 您好，店主不在，请稍等")
    assert not is_automatic("您好，请稍等")
