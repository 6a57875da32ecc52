"""The page of complaint detection, what staff are asked on a group's page, and its help."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.complaints import service as complaints
from crm.complaints.models import Complaint, DetectionSetting, ScorerModel, SuspicionTap
from crm.complaints.rules.learning import Learning
from crm.complaints.rules.words import EventType, State
from crm.complaints.service import learning, scoring
from crm.config import ROOT
from crm.groups.models import GroupMessage
from crm.groups.rules import Detection
from crm.i18n import fmt
from tests.client import PageClient
from tests.factories.desk import MINUTE, Desk
from tests.factories.groups import chat
from tests.factories.teaching import say, teach

FAKE = "收到的裙子吊牌不对，是不是假货？太失望了，要求退款"
PAGE = "/settings/rules"


@pytest.fixture
def shop(session: Session) -> Desk:
    return Desk(session)


@pytest.fixture
def owner(page: PageClient, shop: Desk) -> PageClient:
    page.sign_in(shop.staff["owner"])
    return page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_says_what_is_in_use_and_that_nothing_was_learnt(owner, lang) -> None:
    got = owner.get(PAGE, lang=lang)
    assert got.h1 == {"zh": "客诉识别", "en": "Complaint detection"}[lang]
    words = {"zh": ("出厂的判断", "还没有学过"), "en": ("What comes with Shuke", "not learnt yet")}
    assert all(one in got.text for one in words[lang])


@pytest.mark.parametrize("outcome", list(Learning))
def test_page_says_what_came_of_the_last_night(owner, shop, session, now, outcome) -> None:
    taken = outcome is Learning.ACCEPTED
    session.add(
        ScorerModel(
            learnt_at=now,
            outcome=outcome,
            last_tap_id=0,
            complaints=12,
            others=12,
            ask=0.3,
            opening=0.7,
            digest="a" * 64 if taken else "",
            chat={"坏": 1.0} if taken else None,
            layer={"means": [0.0] * 10} if taken else None,
        )
    )
    got = owner.get(PAGE)
    assert ("本店学到的判断" in got.text) is taken
    said = {"accepted": "换上了新的", "too_few": "点够 10 句", "worse": "没有换：新学的比现在"}
    assert said.get(outcome.value, "回到出厂的判断") in got.text


def test_page_counts_the_taps(owner, shop, now) -> None:
    teach(shop, now, FAKE, is_complaint=True)
    teach(shop, now + MINUTE, f"{FAKE}吗", is_complaint=False)
    assert "大家点过 2 句：是客诉 1 句，不是 1 句" in owner.get(PAGE).text


def test_word_is_added_and_taken_back_once(owner, session) -> None:
    owner.submit(owner.get(PAGE), "加词", word="翻车")
    assert "翻车" in learning.words_in_use(session)
    got = owner.get(PAGE)
    assert "已加「翻车」" in got.text
    undo = got.form_of("撤销").get("action")
    owner.post(undo, {})
    owner.post(undo, {})
    assert "翻车" not in learning.words_in_use(session)


def test_word_is_left_out_and_taken_back_once(owner, session) -> None:
    owner.post(f"{PAGE}/words/remove", {"word": "套路"})
    assert "套路" not in learning.words_in_use(session)
    got = owner.get(PAGE)
    undo = got.form_of("撤销").get("action")
    owner.post(undo, {})
    owner.post(undo, {})
    assert "套路" in learning.words_in_use(session)


@pytest.mark.parametrize(
    ("path", "word", "said"),
    [
        ("add", "", "写 1 到 12 个字的词"),
        ("add", "退款！", "写 1 到 12 个字的词"),
        ("add", "长" * 13, "写 1 到 12 个字的词"),
        ("add", "长" * 99, "写 1 到 12 个字的词"),
        ("add", "\x00", "写 1 到 12 个字的词"),
        ("add", "假货", "这个词已经在里面了"),
        ("remove", "翻车", "这个词本来就不在里面"),
    ],
)
def test_unfit_word_is_explained(owner, path, word, said) -> None:
    owner.post(f"{PAGE}/words/{path}", {"word": word}, 422)
    assert said in owner.response.text


def test_unknown_change_is_not_found(owner) -> None:
    owner.post(f"{PAGE}/words/99/out", {}, 404)


def test_asks_a_day_are_saved(owner, session) -> None:
    owner.submit(owner.get(PAGE), "保存", asks_per_day="7")
    session.expire_all()
    assert session.get_one(DetectionSetting, 1).asks_per_day == 7
    assert owner.get(PAGE).one("input", name="asks_per_day").get("value") == "7"


@pytest.mark.parametrize("asks", ["", "-1", "201", "x", "9" * 30])
def test_asks_out_of_range_are_explained(owner, asks) -> None:
    owner.post(PAGE, {"asks_per_day": asks}, 422)
    assert "填 0 到 200 的数" in owner.response.text


def test_tried_sentence_shows_its_band_and_marks_its_words(owner) -> None:
    owner.post(f"{PAGE}/try", {"text": "怎么还没到，都 5 天了，退款！"}, 200)
    text = owner.response.text
    assert "是客诉：出现“" in text
    assert '<mark class="found">退款</mark>' in text
    assert '<mark class="found">都 5 天了</mark>' in text
    assert "%" not in text.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("text", ["", "\x00", "长" * 2001])
def test_nothing_and_too_much_to_try_are_explained(owner, text) -> None:
    owner.post(f"{PAGE}/try", {"text": text}, 422)


@pytest.mark.parametrize("role", ["lead", "manager"])
def test_only_the_owner_opens_it(page, shop, role) -> None:
    page.sign_in(shop.staff[role])
    page.get(PAGE, 403)


def _group_page(page: PageClient, shop: Desk) -> str:
    page.sign_in(shop.staff["manager"])
    page.get(f"/groups/{shop.group.id}")
    return page.response.text


def test_group_page_names_and_marks_the_words_that_count(page, shop, now) -> None:
    say(shop, now - 5 * MINUTE, FAKE)
    text = _group_page(page, shop)
    assert "是客诉：出现“" in text
    assert '<mark class="found">假货</mark>' in text


def test_group_page_asks_no_more_than_the_day_allows(page, shop, session, now) -> None:
    learning.choose_asks(session, 0, actor=shop.owner, now=now)
    say(shop, now - 5 * MINUTE, FAKE)
    text = _group_page(page, shop)
    assert "是客诉：" not in text
    assert "建客诉" in text


def test_what_was_dismissed_is_marked_no_more(page, shop, now) -> None:
    message = say(shop, now - 5 * MINUTE, f"{FAKE}吗？")
    page.sign_in(shop.staff["manager"])
    page.post(f"/groups/{shop.group.id}/items/{message.item_id}/not-complaint", {})
    assert "<mark" not in _group_page(page, shop)


def test_markup_in_a_line_stays_text(page, shop, now) -> None:
    shop.group.complaint_detection = Detection.SUGGEST
    say(shop, now - 5 * MINUTE, f"<b>{FAKE}</b>")
    assert "&lt;b&gt;" in _group_page(page, shop)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_quotes_the_file_of_figures(page, lang) -> None:
    got = page.get("/help/detection", lang=lang)
    figures = json.loads((scoring.DATA / "figures.json").read_text("utf-8"))
    cells = [cell.text for cell in got.all("td")]
    for part in ("own", "chat"):
        own = figures[part]
        for name in ("lines", "complaints", "conversations", "average_precision"):
            assert str(own[name]) in cells
        for way in ("chosen", "asked", "opened"):
            for share, low, high in own[way].values():
                shown = f"{fmt.percent(share)} ({fmt.percent(low)}–{fmt.percent(high)})"
                assert shown in cells
    assert figures["command"] in got.text
    assert f" {figures['chat']['microseconds']} " in got.text


def test_command_of_the_help_page_is_a_file_of_the_repository() -> None:
    command = scoring.figures()["command"].split()
    assert (ROOT / command[1]).exists()


def _opened(page: PageClient, shop: Desk, now) -> str:
    """The page of a complaint that Shuke opened by itself, as her manager sees it."""
    lines = chat(f"陈姐 {FAKE}", start=now - 5 * MINUTE)
    session = shop.session
    taken = complaints.take_lines(session, shop.group, lines, actor=shop.manager, now=now)
    session.flush()
    page.sign_in(shop.staff["manager"])
    return f"/complaints/{taken.complaint_ids[0]}"


def test_what_shuke_opened_says_why_and_waits_for_a_tap(page, shop, session, now) -> None:
    path = _opened(page, shop, now)
    got = page.get(path, queries=15)
    assert "是客诉吗？" in got.text
    assert "假货" in got.text
    page.submit(got, "是")
    assert [tap.is_complaint for tap in session.scalars(select(SuspicionTap))] == [True]
    assert "是客诉吗？" not in page.get(path, queries=15).text


def test_a_tap_takes_back_what_shuke_opened(page, shop, session, now) -> None:
    path = _opened(page, shop, now)
    form = page.get(path, queries=15).form_of("不是客诉")
    page.post(form.get("action"), {}, queries=60)
    assert [tap.is_complaint for tap in session.scalars(select(SuspicionTap))] == [False]
    assert session.scalars(select(Complaint.state)).all() == [State.VOIDED]
    assert "是客诉吗？" not in page.get(path, queries=15).text


def test_line_of_last_month_that_was_taken_back_stays_taken_back(page, shop, session, now) -> None:
    path = _opened(page, shop, now)
    page.post(f"{path}/suspected/no", {}, queries=60)
    session.execute(update(GroupMessage).values(sent_at=now - timedelta(days=31)))
    session.commit()
    page.post(f"{path}/suspected/yes", {}, queries=60)
    assert "已经超过 30 天，不能再登记" in page.get(path, queries=15).text
    assert session.scalars(select(Complaint.state)).all() == [State.VOIDED]


def test_what_somebody_worked_on_stays(page, shop, session, now) -> None:
    path = _opened(page, shop, now)
    complaint = session.scalars(select(Complaint)).one()
    shop.record(complaint, EventType.PUBLIC_REPLY, now)
    session.commit()
    page.post(f"{path}/suspected/no", {}, queries=60)
    session.expire_all()
    assert session.scalars(select(Complaint.state)).one() is not State.VOIDED


def test_logged_complaint_has_nothing_to_confirm(page, shop, session, now) -> None:
    complaint = shop.log(now)
    session.commit()
    page.sign_in(shop.staff["manager"])
    assert "是客诉吗？" not in page.get(f"/complaints/{complaint.id}", queries=15).text
    page.post(f"/complaints/{complaint.id}/suspected/no", {}, 404)
