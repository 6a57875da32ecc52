"""Texts for replies: searched, changed, checked, reset; their gaps are plain."""

import pytest

from crm.complaints.models import ReplyTemplate
from crm.complaints.rules.templates import fill
from crm.complaints.rules.words import Category

PATH = "/settings/templates"


@pytest.fixture
def shop(shop, page):
    """The duty lead is signed in."""
    page.sign_in(shop.staff["lead"])
    return shop


_FAKE = {
    "key": "suspected_fake",
    "name": "怀疑假货，先核对（群内）",
    "situation": "suspected_fake",
    "visibility": "public",
}


def _words(page, complaint, skip=()):
    options = page.get(f"/complaints/{complaint.id}", skip=skip).all("option")
    return {option.text: option.get("data-text") for option in options}


def _save(page, edit, status=303, **fields):
    return page.submit(page.get(f"{PATH}?edit={edit}"), "保存", status=status, **fields)


def test_shipped_texts_are_listed_and_found_by_their_words(shop, page):
    got = page.get(PATH, queries=6)
    assert got.h1 == "回复模板"
    assert "发错货致歉（群内）" in got.text
    found = page.get(f"{PATH}?q=吊牌 核对").text
    assert "怀疑假货，先核对（群内）" in found
    assert "发错货致歉（群内）" not in found
    assert "没有找到「退换货」" in page.get(f"{PATH}?q=退换货").text


def test_a_changed_text_is_offered_and_gets_its_words_back(shop, page):
    complaint = shop.opened(category=Category.WRONG_ITEM)
    _save(page, "wrong_item", text="{name}，我们发错了，{me}马上补。")
    assert _words(page, complaint)["发错货致歉（群内）"] == "陈姐，我们发错了，周琳马上补。"
    got = page.get(PATH)
    assert "改过" in got.text
    page.submit(got, "恢复原文 发错货致歉（群内）", status=303)
    assert _words(page, complaint)["发错货致歉（群内）"].startswith("陈姐您好，我是周琳")
    undo = page.get(PATH).all("button", "撤销")
    assert undo or "改过" not in page.get(PATH).text


def test_changing_a_shipped_text_twice_keeps_one_row(shop, page):
    for text in ("一", "二"):
        _save(page, "general", text=text)
    rows = shop.session.query(ReplyTemplate).all()
    assert [(row.slug, row.text) for row in rows] == [("general", "二")]


def test_a_text_of_the_shop_is_added_changed_removed_and_brought_back(shop, page):
    new = {"name": "少发赠品", "situation": "general", "visibility": "private", "text": "马上补寄"}
    _save(page, "new", **new)
    row = shop.session.query(ReplyTemplate).one()
    _save(page, f"own-{row.id}", text="今天补寄")
    assert "今天补寄" in page.get(PATH).text
    page.submit(page.get(PATH), "删除 少发赠品", status=303)
    assert "今天补寄" not in page.get(PATH).text
    page.post(f"{PATH}/{row.id}/restore", {}, status=303)
    assert "今天补寄" in page.get(PATH).text


def test_nothing_but_the_known_gaps_is_filled(shop, page):
    assert fill("{{7*7}} {name}{me} {x}", {"name": "{me}", "me": "周琳"}) == "{{7*7}} {me}周琳 {x}"
    complaint = shop.opened()
    text = "{{7*7}} {{ config }} {% raw %} <b>{name}</b>"
    page.post(PATH, {**_FAKE, "text": text}, status=303)
    said = _words(page, complaint, skip=("no_leaks",))["怀疑假货，先核对（群内）"]
    assert said == "{{7*7}} {{ config }} {% raw %} <b>陈姐</b>"


def test_wording_that_breaks_a_rule_is_said_and_kept(shop, page):
    _save(page, "general", text="我们是全国最好的，国家级品质")
    assert "edit=general" in page.location
    got = page.get(page.location)
    assert "处不能用" in got.text
    assert "国家级" in got.one("textarea").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"text": " "},
        {"name": "长" * 41},
        {"text": "长" * 2001},
        {"situation": "weather"},
        {"visibility": "loud"},
    ],
)
def test_bad_input_is_explained_and_kept(shop, page, wrong):
    got = _save(page, "general", status=422, **wrong)
    assert got.title.startswith("错误：")
    fields = got.fields(got.form_of("保存"))
    assert {name: fields[name] for name in wrong if name in {"name", "text"}} == {
        name: value.strip() for name, value in wrong.items() if name in {"name", "text"}
    }


@pytest.mark.parametrize("key", ["own-424242", "own-x", "nothing", "own-99999999999999"])
def test_an_unknown_text_is_not_found(shop, page, key):
    page.get(f"{PATH}?edit={key}", status=404)
    data = {"key": key, "name": "a", "situation": "general", "visibility": "", "text": "b"}
    page.post(PATH, data, status=404)


def test_managers_use_the_texts_and_do_not_change_them(shop, page):
    page.sign_in(shop.staff["manager"])
    page.get(PATH, status=403)
    page.post(PATH, {}, status=403)
