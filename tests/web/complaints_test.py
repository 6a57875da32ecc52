"""The board, the page of one complaint, logging one, and the limits: by the page client."""

import pytest

from crm.complaints.queries.case import clock_rows, events_of
from crm.complaints.rules.words import Category, Channel, ClockKind, ClockState, EventType, State
from tests.factories.desk import MINUTE, QUOTE
from tests.factories.groups import say


def test_the_board_shows_the_late_one_first_with_its_place_and_button(shop, page):
    calm = shop.opened(1)
    late = shop.opened(
        9, category=Category.QUALITY, text="拍 L 发 M，怎么换？", channel=Channel.PRIVATE
    )
    got = page.get("/complaints", queries=12)
    assert got.h1 == "客诉"
    assert "待回复 2 · 处理中 0 · 今天已结 0" in got.text
    assert got.text.index(QUOTE) < got.text.index("拍 L 发 M")
    assert got.link(f"「{QUOTE}」") == f"/complaints/{calm.id}"
    assert f"我来回复 #{late.short_no}" in got.text
    assert got.link("登记客诉") == "/complaints/new"
    assert got.link("筛选")


def test_an_empty_board_is_good_news(shop, page):
    assert "现在没有等回复的客诉" in page.get("/complaints").text


def test_the_filter_shows_one_store(shop, page):
    page.sign_in(shop.staff["lead"])
    shop.opened()
    got = page.get("/complaints?filter=1")
    assert "中山路店" in got.text
    assert QUOTE not in page.get(f"/complaints?store={shop.other.id}").text


def test_the_board_is_narrowed_to_a_severity_and_to_ones_own(shop, page):
    shop.opened()
    mine = shop.opened(channel=Channel.PRIVATE, category=Category.QUALITY, text="线头开了")
    shop.happened(mine, EventType.ACKNOWLEDGED)
    assert "线头开了" not in page.get("/complaints?severity=1").text
    assert "线头开了" in page.get("/complaints?severity=3").text
    got = page.get("/complaints?mine=1", queries=12)
    assert "线头开了" in got.text
    assert QUOTE not in got.text
    assert got.link("全部") == "/complaints"
    assert QUOTE in page.get("/complaints?severity=x").text


def test_a_store_that_cannot_be_is_no_filter(shop, page):
    shop.opened()
    assert QUOTE in page.get(f"/complaints?store={'9' * 20}").text


def test_taking_it_makes_one_the_assignee_and_stops_no_clock(shop, page):
    complaint = shop.opened(1)
    got = page.get("/complaints")
    page.submit(got, f"我来回复 #{complaint.short_no}", status=303)
    complaint = shop.fresh(complaint)
    assert (complaint.state, complaint.assignee_id) == (State.ACKNOWLEDGED, shop.manager.id)
    assert {row.state for row in clock_rows(shop.session, complaint.id)} == {ClockState.RUNNING}


def test_taking_it_over_from_a_colleague_hands_it_over(shop, page):
    complaint = shop.opened(1)
    shop.happened(complaint, EventType.ACKNOWLEDGED, by=shop.lead)
    page.post(f"/complaints/{complaint.id}/take", {}, status=303)
    assert shop.fresh(complaint).assignee_id == shop.manager.id


def test_the_page_shows_clock_thread_onlookers_and_the_button(shop, page):
    say(
        shop.session,
        shop.group,
        f"陈姐 {QUOTE} / 小鹿 我上周买的也要看看了 / 梅子 +1",
        start=shop.now - 4 * MINUTE,
    )
    complaint = shop.opened(4)
    got = page.get(f"/complaints/{complaint.id}", queries=13)
    assert got.h1 == QUOTE
    assert f"客诉 #{complaint.short_no} · 人民路 2 群" in got.text
    assert "剩 " in got.one(role="timer").text
    assert "梅子" in got.text
    assert "跟风" in got.text
    assert "围观的 2 人" in got.text
    for button in (
        "已在群里回复，停止计时",
        "只回了「稍等」",
        "有人跟着质疑 +1",
        "转给",
        "复制去群里发",
    ):
        assert button in got.buttons
    assert got.link("粘贴后续消息") == f"/groups/{shop.group.id}/import"


def test_the_button_stops_the_clock_with_the_text_as_proof_and_can_be_undone(shop, page):
    complaint = shop.opened()
    got = page.get(f"/complaints/{complaint.id}")
    page.submit(got, "已在群里回复，停止计时", status=303, text="陈姐您好，马上核对")
    got = page.get(f"/complaints/{complaint.id}")
    assert "20:22 首次回复，用时 8 分" in got.text
    reply = events_of(shop.session, complaint.id)[1]
    assert reply.text == "陈姐您好，马上核对"
    page.submit(got, "撤销 停止计时", status=303)
    assert shop.fresh(complaint).first_response_at is None
    assert "首次回复，用时" not in page.get(f"/complaints/{complaint.id}").text


def test_undoing_twice_changes_nothing(shop, page):
    complaint = shop.opened()
    shop.happened(complaint, EventType.PUBLIC_REPLY)
    for _tap in range(2):
        page.post(f"/complaints/{complaint.id}/undo/2", {}, status=303)
    assert len(events_of(shop.session, complaint.id)) == 3


def test_one_moment_is_no_answer(shop, page):
    complaint = shop.opened(2)
    got = page.get(f"/complaints/{complaint.id}")
    page.submit(got, "只回了「稍等」", status=303)
    rows = {row.kind: row.state for row in clock_rows(shop.session, complaint.id)}
    assert rows[ClockKind.FIRST_RESPONSE] is ClockState.RUNNING
    assert rows[ClockKind.PUBLIC_ACK] is ClockState.MET


def test_two_doubts_tighten_the_deadline(shop, page):
    complaint = shop.opened(2)
    before = complaint.first_response_due_at
    for _doubt in range(2):
        page.submit(page.get(f"/complaints/{complaint.id}"), "有人跟着质疑 +1", status=303)
    assert shop.fresh(complaint).first_response_due_at < before
    assert "有人跟着质疑）" in page.get(f"/complaints/{complaint.id}").text


def test_the_case_goes_step_by_step_and_the_close_button_says_what_is_missing(shop, page):
    complaint = shop.opened()
    path = f"/complaints/{complaint.id}"
    page.submit(page.get(path), "结案", status=303)
    assert "还差：已回复、已办理、顾客已确认、群里已说明、原因" in page.get(path).text
    page.submit(page.get(path), "已在群里回复，停止计时", status=303)
    for button in ("已提出办法", "顾客已确认", "已在群里说明结果"):
        page.submit(page.get(path), button, status=303)
    assert shop.fresh(complaint).state is State.CLOSED
    assert "今天已结 1" in page.get("/complaints").text
    page.submit(page.get(path), "重新打开", status=303)
    assert shop.fresh(complaint).cycle == 2


def test_pausing_holds_the_solution_and_shows_it(shop, page):
    complaint = shop.opened()
    shop.happened(complaint, EventType.PUBLIC_REPLY)
    path = f"/complaints/{complaint.id}"
    assert "暂停" in page.get(path).buttons
    page.submit(page.get(f"{path}?pause=1"), "暂停计时", status=303, reason="等顾客照片")
    got = page.get(path)
    assert "已暂停 0 分" in got.text
    page.submit(got, "继续计时", status=303)
    assert shop.fresh(complaint).state is State.ANSWERED


def test_handing_over_tells_the_colleague(shop, page):
    complaint = shop.opened()
    got = page.get(f"/complaints/{complaint.id}")
    page.submit(got, "转给", status=303, to_id=str(shop.lead.id))
    assert shop.fresh(complaint).assignee_id == shop.lead.id
    assert "王梅 转给 周琳" in page.get(f"/complaints/{complaint.id}").text


def test_a_stale_form_gets_a_page_with_both_ways_on(shop, page):
    complaint = shop.opened()
    got = page.get(f"/complaints/{complaint.id}")
    shop.happened(complaint, EventType.ACKNOWLEDGED, by=shop.lead)
    stale = page.submit(got, "转给", status=409, to_id=str(shop.owner.id))
    assert "周琳 刚刚改过这条" in stale.text
    page.submit(stale, "用我的", status=303)
    assert shop.fresh(complaint).assignee_id == shop.owner.id


def test_an_answer_never_waits_for_a_stale_form(shop, page):
    complaint = shop.opened()
    got = page.get(f"/complaints/{complaint.id}")
    shop.happened(complaint, EventType.ONLOOKER_SIGNAL, by=shop.lead, signal="doubt")
    page.submit(got, "已在群里回复，停止计时", status=303)
    assert shop.fresh(complaint).state is State.ANSWERED


def test_a_step_that_does_not_fit_is_explained(shop, page):
    complaint = shop.opened()
    data = {"type": "public_closure", "version": str(complaint.version)}
    got = page.post(f"/complaints/{complaint.id}/events", data, status=409)
    assert "待回复" in got.text
    shop.happened(complaint, EventType.PUBLIC_REPLY)
    data["type"] = "customer_confirmed"
    got = page.post(f"/complaints/{complaint.id}/events", data, status=409)
    assert "先记下提出的办法" in got.text


def test_what_was_typed_stays_where_the_case_takes_no_answer_any_more(shop, page):
    complaint = shop.opened()
    got = page.get(f"/complaints/{complaint.id}")
    shop.happened(complaint, EventType.VOIDED, by=shop.lead, reason="重复")
    refused = page.submit(got, "已在群里回复，停止计时", status=409, text="吊牌是补发批次")
    assert refused.one("textarea").text == "吊牌是补发批次"


@pytest.mark.parametrize(
    "data",
    [
        {"type": "shouted"},
        {"type": ""},
        {"type": "logged"},
        {"type": "handed_over", "to_id": "she"},
        {"type": "handed_over", "to_id": "99999999"},
        {"type": "paused", "reason": ""},
        {"type": "public_reply", "text": "长" * 2001},
        {"type": "undone"},
    ],
)
def test_bad_input_is_answered_with_the_page_and_a_word(shop, page, data):
    complaint = shop.opened()
    got = page.post(f"/complaints/{complaint.id}/events", data, status=422)
    assert got.h1 == QUOTE


def test_wording_is_a_warning_and_never_delays_an_answer(shop, page):
    complaint = shop.opened()
    got = page.get(f"/complaints/{complaint.id}")
    page.submit(got, "已在群里回复，停止计时", status=303, text="我们的产品是全国最好的，国家级")
    assert shop.fresh(complaint).state is State.ANSWERED
    assert "处不能用" in page.get(f"/complaints/{complaint.id}").text


def test_a_private_complaint_has_its_own_button_and_no_onlookers(shop, page):
    complaint = shop.opened(channel=Channel.PRIVATE, group_id=None, category=Category.QUALITY)
    got = page.get(f"/complaints/{complaint.id}")
    assert "已回复顾客，停止计时" in got.buttons
    assert "有人跟着质疑 +1" not in got.buttons
    page.submit(got, "已回复顾客，停止计时", status=303)
    assert shop.fresh(complaint).state is State.ANSWERED


def test_every_deadline_explains_itself(shop, page):
    complaint = shop.opened()
    got = page.get(f"/complaints/{complaint.id}/deadlines")
    assert got.h1 == f"客诉 #{complaint.short_no} 的期限怎么算的"
    assert "先应一声" in got.text


@pytest.mark.parametrize("path", ["", "/deadlines"])
def test_another_stores_complaint_is_not_found(shop, page, path):
    complaint = shop.opened()
    page.sign_in(shop.staff["stranger"])
    page.get(f"/complaints/{complaint.id}{path}", status=404)


@pytest.mark.parametrize("path", ["take", "events", "close", "undo/1"])
def test_another_stores_complaint_cannot_be_touched(shop, page, path):
    complaint = shop.opened()
    page.sign_in(shop.staff["stranger"])
    page.post(f"/complaints/{complaint.id}/{path}", {"type": "public_reply"}, status=404)
    assert shop.fresh(complaint).version == 1


@pytest.mark.parametrize("path", ["/complaints/999999", "/complaints/999999/deadlines"])
def test_an_unknown_complaint_is_not_found(shop, page, path):
    page.get(path, status=404)


def test_a_double_tap_on_the_button_is_one_answer_and_one_undo(shop, page):
    complaint = shop.opened()
    got = page.get(f"/complaints/{complaint.id}")
    for _tap in range(2):
        page.submit(got, "已在群里回复，停止计时", status=303, text="马上核对")
    assert shop.fresh(complaint).version == 2
    page.submit(page.get(f"/complaints/{complaint.id}"), "撤销 停止计时", status=303)
    assert shop.fresh(complaint).state is State.OPEN


def test_a_lead_may_void_with_a_reason_and_a_manager_is_not_offered_it(shop, page):
    complaint = shop.opened()
    path = f"/complaints/{complaint.id}"
    assert "作废" not in page.get(path).buttons
    page.post(f"{path}/events", {"type": "voided", "reason": "登错了"}, status=403)
    page.sign_in(shop.staff["lead"])
    page.submit(page.get(path), "作废", status=422, reason="")
    page.submit(page.get(path), "作废", status=303, reason="登错了")
    assert shop.fresh(complaint).state is State.VOIDED
    assert "已作废" in page.get(path).text


def test_a_lead_may_close_without_a_statement(shop, page):
    complaint = shop.opened()
    for kind in (
        EventType.PUBLIC_REPLY,
        EventType.RESOLUTION_OFFERED,
        EventType.CUSTOMER_CONFIRMED,
    ):
        shop.happened(complaint, kind)
    page.sign_in(shop.staff["lead"])
    got = page.get(f"/complaints/{complaint.id}")
    page.submit(got, "不在群里说明，结案", status=303, reason="群已解散")
    assert shop.fresh(complaint).state is State.CLOSED
