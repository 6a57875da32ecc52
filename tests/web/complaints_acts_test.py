"""Acts on the page of a complaint: told onlookers, tasks, causes, leaders' acts, late entries."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.complaints.jobs import tick
from crm.complaints.models import OnlookerTold
from crm.complaints.queries.case import clock_rows, events_of
from crm.complaints.rules.words import (
    Category,
    Cause,
    Channel,
    ClockKind,
    ClockState,
    EventType,
    State,
)
from crm.loyalty import service as loyalty
from tests.factories.contacts import make_contact
from tests.factories.desk import MINUTE, QUOTE
from tests.factories.groups import say
from tests.factories.orders import make_orders


def _talk(shop):
    """Two onlookers, one of them a loyal customer; the complaint four minutes old."""
    loyal = make_contact(shop.session, name="小鹿", store=shop.store)
    make_orders(shop.session, loyal, 10, 60, 120, 200)
    loyalty.recompute(shop.session, None, now=shop.now)
    say(shop.session, shop.group, f"陈姐 {QUOTE} / 梅子 +1", start=shop.now - 4 * MINUTE)
    hers = {"start": shop.now - 3 * MINUTE, "contact_id": loyal.id}
    say(shop.session, shop.group, "小鹿 我上周买的也要看看了", **hers)
    return shop.opened(4)


def _told(shop):
    rows = shop.session.scalars(select(OnlookerTold).order_by(OnlookerTold.id))
    return [(row.name, row.is_told) for row in rows]


def _tell(page, complaint, name, told):
    data = {"name": name} | ({"told": "1"} if told else {})
    page.post(f"/complaints/{complaint.id}/onlookers", data, status=303)


def test_onlookers_are_told_one_by_one_loyal_ones_first(shop, page):
    complaint = _talk(shop)
    got = page.get(f"/complaints/{complaint.id}", queries=13)
    assert "围观的 2 人" in got.text
    assert got.text.index("已向 小鹿 说明") < got.text.index("已向 梅子 说明")
    assert "围观已说明 0/1 ☐" in got.text
    _tell(page, complaint, "小鹿", told=True)
    got = page.get(f"/complaints/{complaint.id}", queries=13)
    assert "围观已说明 1/1 ✓" in got.text
    assert "王梅 向 小鹿 说明了" in got.text


def test_telling_is_noted_once_and_taken_back_with_a_row_of_its_own(shop, page):
    complaint = _talk(shop)
    for told in (True, True, False, False):
        _tell(page, complaint, "梅子", told)
    assert _told(shop) == [("梅子", True), ("梅子", False)]


def test_who_was_told_stays_told_when_lines_are_pasted_later(shop, page):
    complaint = _talk(shop)
    _tell(page, complaint, "梅子", told=True)
    say(shop.session, shop.group, "梅子 那还好 / 阿莲 怎么回事", start=shop.now - MINUTE)
    shop.session.commit()
    got = page.get(f"/complaints/{complaint.id}", queries=13)
    assert {box.get("value") for box in got.all("input", name="name")} == {"小鹿", "梅子", "阿莲"}
    assert len(got.all("input", type="checkbox", checked="")) == 1


def test_a_task_is_promised_with_its_date_and_done_with_one_tap(shop, page):
    complaint = shop.opened()
    shop.happened(complaint, EventType.PUBLIC_REPLY)
    path = f"/complaints/{complaint.id}"
    got = page.get(path)
    assert got.fields(got.form_of("约驿站取件"))["due_at"] == "06-19 18:00"
    page.submit(got, "约驿站取件", status=303)
    shop.session.expire_all()
    clock = shop.clocks(complaint)[ClockKind.PROMISE]
    assert (clock.task, clock.state) == ("pickup", ClockState.RUNNING)
    assert clock.due_at == shop.now.replace(day=19, hour=18, minute=0, second=0)
    assert "等驿站取件" in page.get("/complaints").text
    page.submit(page.get(path), "办好了 等驿站取件", status=303)
    shop.session.expire_all()
    assert shop.clocks(complaint)[ClockKind.PROMISE].state is ClockState.MET
    assert "王梅 办好了：等驿站取件" in page.get(path).text
    assert "等驿站取件" not in page.get("/complaints").text


def test_doing_what_was_promised_answers_nothing(shop, page):
    complaint = shop.opened(channel=Channel.PRIVATE, category=Category.QUALITY)
    due_at = (shop.now + timedelta(days=1)).isoformat()
    shop.happened(complaint, EventType.PROMISED, due_at=due_at, task="refund")
    shop.happened(complaint, EventType.PROMISE_KEPT, cycle=1)
    assert shop.fresh(complaint).owes_answer


def test_a_task_needs_a_date_that_can_be_read(shop, page):
    complaint = shop.opened()
    got = page.get(f"/complaints/{complaint.id}")
    refused = page.submit(got, "登记退款", status=422, due_at="明天")
    assert "时间写成 20:14 或 6-18 20:14" in refused.text
    assert refused.fields(refused.form_of("登记退款"))["due_at"] == "明天"
    page.submit(got, "登记退款", status=422, due_at="6-17 18:00")


def test_a_case_that_is_merely_promised_is_not_done_yet(shop, page):
    complaint = shop.opened()
    shop.happened(complaint, EventType.PUBLIC_REPLY)
    shop.happened(complaint, EventType.RESOLUTION_OFFERED)
    path = f"/complaints/{complaint.id}"
    assert "已办理 ✓" in page.get(path).text
    page.submit(page.get(path), "补发", status=303)
    assert "已办理 ☐" in page.get(path).text


def test_the_cause_is_kept_with_the_close_button(shop, page):
    complaint = shop.opened()
    path = f"/complaints/{complaint.id}"
    page.submit(page.get(path), "结案", status=303, cause="wrong_parcel")
    assert shop.fresh(complaint).cause is Cause.WRONG_PARCEL
    got = page.get(path)
    assert "原因 ✓" in got.text
    assert got.fields(got.form_of("结案"))["cause"] == "wrong_parcel"
    page.post(f"{path}/close", {"cause": "weather"}, status=422)


def test_the_cause_may_follow_after_the_end(shop, page):
    complaint = shop.opened()
    for kind in ("PUBLIC_REPLY", "RESOLUTION_OFFERED", "CUSTOMER_CONFIRMED", "PUBLIC_CLOSURE"):
        shop.happened(complaint, EventType[kind])
    path = f"/complaints/{complaint.id}"
    page.submit(page.get(path), "结案", status=303, cause="misunderstanding")
    got = page.get(path)
    assert "都办完了，已结案" in got.text
    assert "结案" not in got.buttons


def test_a_reply_may_be_noted_with_the_time_at_which_it_was_given(shop, page):
    complaint = shop.opened(40)
    path = f"/complaints/{complaint.id}"
    page.submit(page.get(path), "已在群里回复，停止计时", status=303, at="20:02", text="在核对")
    reply = events_of(shop.session, complaint.id)[1]
    assert reply.at == shop.now.replace(minute=2, second=0)
    got = page.get(path)
    assert "补记" in got.text
    assert "20:02 首次回复" in got.text


def test_a_reply_cannot_have_been_given_before_the_complaint(shop, page):
    complaint = shop.opened()
    got = page.get(f"/complaints/{complaint.id}")
    refused = page.submit(got, "已在群里回复，停止计时", status=422, at="19:00", text="在核对")
    assert "这个时间比客诉还早" in refused.text
    assert refused.one("textarea", id="text").text == "在核对"


def _lead(shop, page):
    page.sign_in(shop.staff["lead"])


def test_a_lead_gives_more_time_with_a_reason_twice_at_most(shop, page):
    complaint = shop.opened(1)
    path = f"/complaints/{complaint.id}"
    assert "延期" not in page.get(path).buttons
    _lead(shop, page)
    for hour in ("22:10", "22:40"):
        more = {"clock": "first_response:1", "due_at": hour, "reason": "等厂里回话"}
        page.submit(page.get(path), "延期", status=303, **more)
    assert shop.fresh(complaint).first_response_due_at == shop.now.replace(
        hour=22, minute=40, second=0
    )
    more["due_at"] = "23:00"
    page.post(f"{path}/events", {"type": "extended", **more}, status=422)
    assert "周琳 把首次回复延到" in page.get(path).text


def test_extending_needs_a_reason_and_keeps_what_was_typed(shop, page):
    complaint = shop.opened(1)
    _lead(shop, page)
    got = page.get(f"/complaints/{complaint.id}")
    more = {"clock": "first_response:1", "due_at": "22:10", "reason": ""}
    refused = page.submit(got, "延期", status=422, **more)
    assert "写上原因" in refused.text
    assert refused.fields(refused.form_of("延期"))["due_at"] == "22:10"


@pytest.mark.parametrize("due_at", ["0001-01-01 0:00", "2206-6-20 18:00", "9999-12-31 23:59"])
@pytest.mark.parametrize("act", ["延期", "登记退款"])
def test_a_time_far_away_is_refused_with_a_word(shop, page, act, due_at):
    complaint = shop.opened(1)
    _lead(shop, page)
    more = {"due_at": due_at, "reason": "等厂里回话"}
    more |= {"clock": "first_response:1"} if act == "延期" else {}
    refused = page.submit(page.get(f"/complaints/{complaint.id}"), act, status=422, **more)
    assert refused.title.startswith("错误：")


def test_a_lead_sets_another_severity_with_a_reason(shop, page):
    complaint = shop.opened(1)
    _lead(shop, page)
    got = page.get(f"/complaints/{complaint.id}")
    page.submit(got, "改级别", status=303, severity="3", reason="只是问尺码")
    assert shop.fresh(complaint).severity == 3
    assert "周琳 把级别改为私聊（只是问尺码）" in page.get(f"/complaints/{complaint.id}").text


def test_a_lead_merges_what_the_same_person_complained_of_twice(shop, page):
    first, second = shop.opened(5), shop.opened(2)
    other = shop.opened(2, reporter_name="郑洁")
    _lead(shop, page)
    got = page.get(f"/complaints/{second.id}", queries=13)
    offered = [radio.get("value") for radio in got.all("input", name="into_id")]
    assert offered == [str(first.id)]
    assert str(other.id) not in offered
    page.submit(got, "合并", status=303, into_id=str(first.id))
    assert shop.fresh(second).state is State.MERGED
    assert page.get(f"/complaints/{second.id}").link("去合并后的那件") == f"/complaints/{first.id}"


def test_a_pause_has_a_reason_an_end_and_a_second_one_needs_the_lead(shop, page):
    complaint = shop.opened()
    shop.happened(complaint, EventType.PUBLIC_REPLY)
    path = f"/complaints/{complaint.id}"
    pausing = {"reason": "等仓库", "until": "6-20 12:00"}
    page.submit(page.get(f"{path}?pause=1"), "暂停计时", status=303, **pausing)
    assert shop.fresh(complaint).pause_until == shop.now.replace(
        day=20, hour=12, minute=0, second=0
    )
    page.submit(page.get(path), "继续计时", status=303)
    got = page.get(path)
    assert "暂停" not in got.buttons
    assert "再停要请值班" in got.text
    page.post(f"{path}/events", {"type": "paused", **pausing}, status=403)
    _lead(shop, page)
    too_long = {"reason": "等仓库", "until": "6-22 12:00"}
    refused = page.submit(page.get(f"{path}?pause=1"), "暂停计时", status=422, **too_long)
    assert "最多暂停 72 小时" in refused.text
    page.submit(refused, "暂停计时", status=303, until="6-20 12:00", reason="等仓库")


@pytest.mark.parametrize("channel", [Channel.GROUP, Channel.PRIVATE])
def test_a_reply_that_was_given_with_a_pause_counts_first(shop, page, channel):
    """ZM-9."""
    complaint = shop.opened(channel=channel)
    replied = EventType.PUBLIC_REPLY if channel is Channel.GROUP else EventType.PRIVATE_REPLY
    shop.happened(complaint, replied)
    path = f"/complaints/{complaint.id}?pause=1"
    said = {"text": "已经让仓库去看了", "reason": "等仓库"}
    shown = page.get(path)
    shop.happened(complaint, EventType.CUSTOMER_MESSAGE, intent="problem")
    page.submit(shown, "暂停计时", status=303, **said)
    rows = events_of(shop.session, complaint.id)
    assert [row.type for row in rows[-2:]] == [replied, EventType.PAUSED]
    assert rows[-2].text == "已经让仓库去看了"
    assert shop.clocks(shop.fresh(complaint))[ClockKind.NEXT_RESPONSE].state is ClockState.MET


def test_later_words_of_the_customer_are_noted(shop, page):
    complaint = shop.opened()
    path = f"/complaints/{complaint.id}"
    page.submit(page.get(path), "记下顾客的话", status=303, intent="chase", text="人呢")
    assert shop.fresh(complaint).chase_count == 1
    page.submit(page.get(path), "记下顾客的话", status=303, intent="recalled", text="")
    got = page.get(path)
    assert shop.fresh(complaint).state is State.OPEN
    assert QUOTE in got.text
    assert "顾客已撤回" in got.text
    assert "顾客撤回了原话" in got.text


def test_what_an_onlooker_did_is_noted_with_her_name(shop, page):
    complaint = shop.opened()
    path = f"/complaints/{complaint.id}"
    page.submit(page.get(path), "记下", status=303, signal="refund_ask", member="小鹿")
    assert shop.fresh(complaint).spread_at is not None
    assert "围观：也要退款" in page.get(path).text


def test_the_date_of_a_platform_is_kept_moved_and_met(shop, page):
    due = shop.now + timedelta(hours=48)
    complaint = shop.opened(
        channel=Channel.PLATFORM_AFTERSALE, category=Category.REFUND, external_due_at=due
    )
    path = f"/complaints/{complaint.id}"
    page.submit(page.get(path), "记下期限", status=303, cycle="1", due_at="6-19 12:00")
    clock = shop.clocks(shop.fresh(complaint))[ClockKind.EXTERNAL]
    assert clock.due_at == shop.now.replace(day=19, hour=12, minute=0, second=0)
    step = {"cycle": "", "due_at": "6-21 12:00", "step": "举证"}
    page.submit(page.get(path), "记下期限", status=303, **step)
    for button in ("已完成平台要求 举证", "已完成平台要求 第 1 步"):
        page.submit(page.get(path), button, status=303)
    rows = [row.state for row in clock_rows(shop.session, complaint.id) if row.kind is clock.kind]
    assert rows == [ClockState.MET, ClockState.MET]
    assert shop.fresh(complaint).state is State.ANSWERED


def test_a_date_of_a_platform_must_be_readable_and_is_only_for_platforms(shop, page):
    complaint = shop.opened(channel=Channel.REGULATOR, external_due_at=shop.now + 60 * MINUTE)
    path = f"/complaints/{complaint.id}"
    refused = page.submit(page.get(path), "记下期限", status=422, due_at="下周")
    assert "时间写成" in refused.text
    plain = shop.opened()
    assert "记下期限" not in page.get(f"/complaints/{plain.id}").buttons
    page.post(f"/complaints/{plain.id}/platform", {"due_at": "6-21 12:00"}, status=422)


def test_the_timeline_names_steps_people_and_what_did_not_leave(shop, page):
    complaint = shop.opened()
    tick(shop.session, now=shop.now)
    shop.session.commit()
    text = page.get(f"/complaints/{complaint.id}").text
    assert "提醒并入更高一级：先应一声 过半" in text
    assert "先应一声 到期" in text or "先应一声 超时" in text


def test_a_stale_form_shows_what_others_did_and_what_one_was_doing(shop, page):
    complaint = shop.opened()
    _lead(shop, page)
    got = page.get(f"/complaints/{complaint.id}")
    shop.happened(complaint, EventType.ACKNOWLEDGED)
    stale = page.submit(got, "改级别", status=409, severity="4", reason="问问而已")
    assert "王梅 来回复" in stale.text
    assert "改级别" in stale.text
    assert stale.one("textarea").text == "问问而已"
    page.submit(stale, "用我的", status=303)
    assert shop.fresh(complaint).severity == 4


def test_texts_fit_the_matter_the_place_and_the_hour(shop, page):
    complaint = shop.opened(channel=Channel.PRIVATE, category=Category.WRONG_ITEM)
    options = page.get(f"/complaints/{complaint.id}").all("option")
    names = [option.text for option in options]
    assert names.index("发错货致歉（私聊）") < names.index("先说明会处理")
    assert names.index("先说明会处理") < names.index("发错货致歉（群内）")
