"""The page of forbidden words."""

import pytest
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.claims import queries
from tests.client import PageClient
from tests.factories.stores import make_staff, make_store


@pytest.fixture
def owner(page: PageClient, session: Session) -> PageClient:
    make_store(session)
    page.sign_in(make_staff(session, Role.OWNER))
    return page


@pytest.mark.parametrize("role", [Role.LEAD, Role.MANAGER, Role.ASSISTANT])
def test_words_are_the_owners(page: PageClient, session: Session, role: Role) -> None:
    store = make_store(session)
    page.sign_in(make_staff(session, role, store))
    page.get("/settings/words", 403)
    page.post("/settings/words", {"word": "x"}, 403)


def test_sentence_is_checked_with_law_and_advice(owner: PageClient) -> None:
    page = owner.post("/settings/words/try", {"text": "全网最低价", "industry": "general"}, 200)
    assert "「全网最低价」不能用" in page.text
    assert "广告法第 9 条（3）" in page.text


def test_sentence_is_checked_in_english(owner: PageClient) -> None:
    owner.get("/settings/words?lang=en")
    page = owner.post("/settings/words/try", {"text": "根治", "industry": "tea"}, 200)
    assert '"根治" cannot be used' in page.text


def test_good_sentence_is_said_to_be_good_and_shows_what_was_let_pass(owner: PageClient) -> None:
    page = owner.post("/settings/words/try", {"text": "最好用温水洗", "industry": "general"}, 200)
    assert "没有问题" in page.text
    assert "「最好」可以这样用" in page.text


@pytest.mark.parametrize(
    "data",
    [
        {"text": "", "industry": "general"},
        {"text": "x" * 10_001, "industry": "general"},
        {"text": "好", "industry": "magic"},
        {},
    ],
)
def test_bad_sentence_is_refused_and_kept(owner: PageClient, data: dict[str, str]) -> None:
    owner.post("/settings/words/try", data, 422)
    assert data.get("text", "") in owner.response.text


def test_word_is_added_removed_and_taken_back(owner: PageClient, session: Session) -> None:
    added = {"word": "闭眼入", "level": "hint", "advice": "写尺码"}
    page = owner.post("/settings/words", added, follow=True)
    assert "写尺码" in page.text
    [word] = queries.shop_words(session)
    page = owner.post(f"/settings/words/{word.id}/remove", follow=True)
    assert "已删除「闭眼入」" in page.text
    assert queries.shop_words(session) == []
    owner.post(f"/settings/words/{word.id}/restore", follow=True)
    assert len(queries.shop_words(session)) == 1


@pytest.mark.parametrize("word", ["", "   ", "***", "一，二", "字" * 41, "\x00"], ids=ascii)
def test_word_that_cannot_be_is_refused(owner: PageClient, session: Session, word: str) -> None:
    owner.post("/settings/words", {"word": word, "level": "block", "advice": ""}, 422)
    assert queries.shop_words(session) == []


def test_word_that_is_there_is_refused(owner: PageClient) -> None:
    data = {"word": "闭眼入", "level": "block", "advice": ""}
    owner.post("/settings/words", data)
    page = owner.post("/settings/words", {**data, "word": "闭 眼 入"}, 422)
    assert "这个词已经有了" in page.text


def test_unknown_word_is_not_found(owner: PageClient) -> None:
    owner.post("/settings/words/99/remove", {}, 404)
    owner.post("/settings/words/99/restore", {}, 404)
