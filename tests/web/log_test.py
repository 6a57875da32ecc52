"""POST /log exactly as the stable hooks say, and the page in front of it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.accounts.rules import Role
from crm.attention.models import FollowUp, Touch
from crm.contacts.models import Contact
from tests.factories.attention import make_touch
from tests.factories.contacts import make_contact
from tests.factories.stores import actor_of, make_staff, make_store

JSON = {"Accept": "application/json"}


@pytest.fixture
def chen(session, store, wang):
    return make_contact(session, "陈姐", store=store, phone="10012340142")


def touches(session):
    return list(session.scalars(select(Touch).order_by(Touch.id)))


def outbox(key):
    return {**JSON, "Idempotency-Key": key}


def test_page_offers_people_kinds_and_minutes_with_defaults(page, chen):
    got = page.get("/log")
    assert got.h1 == "记一笔"
    sent = got.fields(got.form_of("保存")) | {"idempotency_key": "", "csrf_token": ""}
    del sent["q"]  # belongs to the search form beside it
    assert sent == {
        "csrf_token": "",
        "idempotency_key": "",
        "kind": "chat",
        "minutes": "3",
        "note": "",
        "next_step": "",
        "next_date": "",
    }
    assert [
        label
        for label in ("微信聊", "发图", "语音", "到店", "电话", "陈姐")
        if label not in got.text
    ] == []


def test_log_in_english(page, chen):
    got = page.get("/log?lang=en")
    assert got.h1 == "Log a touch"
    assert "WeChat chat" in got.text


def test_chosen_person_is_checked_and_her_limit_shown(session, page, chen, wang):
    make_touch(session, chen, actor=wang, minutes=25)
    got = page.get("/log", who=chen.id)
    assert got.fields()["who"] == str(chen.id)
    assert "近 30 天已用 25 分钟，上限 30 分钟" in got.text


def test_plain_save_goes_to_today_with_the_status(session, page, chen, wang):
    got = page.get("/log", who=chen.id)
    page.submit(got, "保存")
    assert page.location == "/today"
    (touch,) = touches(session)
    assert (touch.contact_id, touch.staff_id, touch.kind, touch.seconds) == (
        chen.id,
        wang.id,
        "chat",
        180,
    )


def test_double_tap_of_the_plain_form_is_one_touch(session, page, chen):
    got = page.get("/log", who=chen.id)
    page.submit(got, "保存")
    page.submit(got, "保存")
    assert len(touches(session)) == 1


def test_outbox_gets_the_id_and_what_undoes_it(session, page, chen):
    page.post("/log", {"who": chen.id, "kind": "photo", "minutes": "5"}, 200, headers=outbox("k1"))
    (touch,) = touches(session)
    assert page.response.json == {
        "id": touch.id,
        "message": "已记录：陈姐，发图 5 分钟",
        "undo": f"/touches/{touch.id}/undo",
        "change": f"/touches/{touch.id}/minutes",
        "ask": None,
    }
    page.post("/log", {"who": chen.id, "kind": "photo", "minutes": "5"}, 200, headers=outbox("k1"))
    assert page.response.json["id"] == touch.id
    assert len(touches(session)) == 1


@pytest.mark.parametrize(
    ("reported", "late"),
    [("2025-06-18T11:00:00Z", True), ("2026-06-18T11:00:00Z", False), ("gestern", False)],
)
def test_phone_says_when_it_happened_unless_that_cannot_be(
    session, page, chen, now, reported, late
):
    page.post(
        "/log", {"who": chen.id, "kind": "chat", "happened_at": reported}, 200, headers=outbox("k1")
    )
    (touch,) = touches(session)
    assert ((touch.received_at - touch.happened_at).total_seconds() > 3600) is late


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({}, "who", "选一位顾客"),
        ({"who": "abc"}, "who", "选一位顾客"),
        ({"who": "9" * 40}, "who", "选一位顾客"),
        ({"new": "1"}, "name", "写上怎么称呼她"),
        ({"name": "王阿姨", "phone": "138 1234 014"}, "phone", "手机号要 11 位数字，现在是 10 位"),
        ({"name": "王" * 41}, "name", "最多 40 个字，请短一点"),
        ({"name": "王", "store_id": "999"}, "store_id", "选一家门店"),
        ({"who": "1", "minutes": "0"}, "minutes", "花了多久要在 1 到 480 分钟之间"),
        ({"who": "1", "minutes": "many"}, "minutes", "花了多久要在 1 到 480 分钟之间"),
        ({"who": "1", "kind": "telepathy"}, "kind", "选怎么联系的"),
        ({"who": "1", "note": "长" * 501}, "note", "最多 500 个字，请短一点"),
        ({"who": "1", "next_date": "2025-06-17"}, "next_date", "日期已经过了，选今天或以后"),
        ({"who": "1", "next_date": "tomorrow"}, "next_date", "日期写成 2025-06-30 这样"),
    ],
)
def test_bad_input_says_what_to_do_and_keeps_what_was_typed(
    session, page, chen, data, field, words
):
    page.post("/log", {"kind": "chat", "minutes": "3", **data}, 422, headers=outbox("k1"))
    assert page.response.json["errors"][field] == words
    got = page.post("/log", {"kind": "chat", "minutes": "3", **data}, 422)
    assert got.title == "错误：记一笔 · 熟客"
    assert words in got.role("alert")[0]
    if field in {"name", "phone", "note"}:
        assert got.fields()[field] == data.get(field, "")
    assert touches(session) == []


def test_new_contact_is_logged_in_the_same_go(session, page, wang, store):
    got = page.get("/log?new=1")
    page.submit(
        got, "保存", name="新来的", phone="１００－１２３４－０１９９", kind="store", minutes="10"
    )
    contact = session.scalars(select(Contact).where(Contact.name == "新来的")).one()
    (touch,) = touches(session)
    assert (touch.contact_id, contact.store_id) == (contact.id, store.id)
    page.submit(
        got, "保存", name="新来的", phone="１００－１２３４－０１９９", kind="store", minutes="10"
    )
    assert session.scalar(select(func.count()).select_from(Contact)) == 1


def test_known_number_names_her_and_offers_both_ways(session, page, chen):
    data = {"new": "1", "name": "又一个", "phone": "10012340142", "kind": "chat", "minutes": "3"}
    got = page.post("/log", data, 422)
    assert "这个手机号已有顾客「陈姐」（人民路店）。打开她，或仍然新建" in got.text
    assert got.link("打开 陈姐") == f"/contacts/{chen.id}"
    page.submit(got, "仍然新建")
    assert len(touches(session)) == 1


def test_known_number_of_another_store_names_nobody(session, page, wang):
    make_contact(session, "秘密", store=make_store(session, "中山路店"), phone="10012340142")
    data = {"name": "又一个", "phone": "10012340142", "kind": "chat"}
    got = page.post("/log", data, 422)
    assert "这个手机号已在别的门店登记" in got.text
    assert "秘密" not in got.markup


def test_person_of_another_store_is_not_found(session, page, wang):
    other = make_contact(session, store=make_store(session, "中山路店"))
    page.post("/log", {"who": other.id, "kind": "chat"}, 404)
    assert touches(session) == []
    assert "陈姐" not in page.get("/log", who=other.id).text


def test_past_the_limit_it_is_logged_and_a_reason_asked_for(session, page, chen):
    page.post("/log", {"who": chen.id, "kind": "chat", "minutes": "42"}, 200, headers=outbox("k1"))
    (touch,) = touches(session)
    assert page.response.json["ask"] == f"/touches/{touch.id}/reason"
    got = page.get(f"/touches/{touch.id}/reason")
    page.submit(got, "保存", 303, reason="order_in_progress")
    session.refresh(touch)
    assert touch.over_reason == "order_in_progress"


def test_reason_is_needed(session, page, chen, wang):
    touch = make_touch(session, chen, actor=wang, minutes=42)
    got = page.post(f"/touches/{touch.id}/reason", {}, 422)
    assert "选一个原因" in got.role("alert")[0]


def test_next_step_is_planned(session, page, chen, wang):
    data = {"who": chen.id, "kind": "chat", "next_step": "发新款", "next_date": "2025-06-20"}
    page.post("/log", data)
    row = session.scalars(select(FollowUp)).one()
    assert (str(row.due_on), row.words["text"], row.staff_id) == ("2025-06-20", "发新款", wang.id)


@pytest.mark.parametrize("accept", [{}, JSON])
def test_undo_takes_the_touch_back_and_may_be_repeated(session, page, chen, wang, accept):
    touch = make_touch(session, chen, actor=wang)
    status = 200 if accept else 303
    for _time in range(2):
        page.post(f"/touches/{touch.id}/undo", {}, status, headers=accept)
    session.refresh(touch)
    assert touch.undone_at is not None


def test_undo_of_others_and_too_late_is_refused(session, page, chen, wang, store, now):
    colleague = actor_of(session, make_staff(session, Role.ASSISTANT, store, name="小林"))
    page.post(f"/touches/{make_touch(session, chen, actor=colleague).id}/undo", {}, 403)
    old = make_touch(session, chen, actor=wang, ago=timedelta(hours=25))
    got = page.post(f"/touches/{old.id}/undo", {}, 409)
    assert "补记一笔" in got.text
    page.post("/touches/999999/undo", {}, 404)


def test_minutes_are_corrected(session, page, chen, wang):
    touch = make_touch(session, chen, actor=wang, minutes=3)
    got = page.get(f"/touches/{touch.id}/minutes")
    assert got.h1 == "改时长"
    assert got.fields(got.form_of("保存"))["minutes"] == "3"
    page.submit(got, "保存", minutes="10")
    session.refresh(touch)
    assert touch.seconds == 600
    page.post(f"/touches/{touch.id}/minutes", {"minutes": "-1"}, 422)
    page.post(f"/touches/{touch.id}/minutes", {}, 422)


def test_search_without_script_finds_people(session, page, chen, store):
    make_contact(session, "李晓燕", store=store)
    got = page.get("/log", q="0142")
    assert [box.get("value") for box in got.all("input", name="who")] == [str(chen.id)]
    assert "没有找到「没有」" in page.get("/log", q="没有").text


def test_twins_show_their_store(session, page, wang, store):
    page.sign_in(make_staff(session, Role.OWNER, name="阿俊"))
    make_contact(session, "陈姐", store=store)
    make_contact(session, "陈姐", store=make_store(session, "中山路店"))
    text = page.get("/log").text
    assert "陈姐（人民路店）" in text
    assert "陈姐（中山路店）" in text
