"""One contact's page: facts, one-tap log, timeline, tags, phone number."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.accounts.rules import Role
from crm.attention.models import Touch
from crm.attention.rules import Topic
from crm.audit.models import AuditEntry
from crm.contacts.models import Contact
from crm.contacts.rules import Consent, ConsentBasis, MovedFrom, MoveKind
from crm.loyalty.service import recompute
from tests.conftest import NOW
from tests.factories.attention import make_touch
from tests.factories.contacts import make_contact
from tests.factories.desk import QUOTE, Desk
from tests.factories.orders import make_orders
from tests.factories.stores import make_staff, make_store
from tests.html import text_of

QUERIES = 28
PHONE = "10012340142"


@pytest.fixture
def chen(session, store, wang, now):
    return make_contact(
        session,
        "陈姐",
        store=store,
        phone=PHONE,
        actor=wang,
        now=now - timedelta(days=200),
        moved_from=MovedFrom(MoveKind.STORE, store_id=store.id),
        consent=Consent(ConsentBasis.CONSENT),
        tags=("怕热面料",),
    )


def show(page, contact, **query):
    return page.get(f"/contacts/{contact.id}", queries=QUERIES, **query)


def entries(got):
    (timeline,) = got.all("ul", aria_labelledby="timeline")
    return [text_of(item) for item in timeline.iter("li")]


def test_page_of_a_buyer_states_four_facts(session, page, chen, now):
    make_orders(session, chen, 52, 102, 152)
    recompute(session, {chen.id}, now=now)
    got = show(page, chen)
    assert got.h1 == "陈姐"
    assert "忠诚：3 次" in got.text
    assert "3 次，共 ¥987" in got.text
    assert "4 月 27 日 碎花连衣裙 ¥329" in got.text
    assert "6 月 16 日前后（已过 2 天）" in got.text
    assert "人民路店转来 · 100****0142" in got.text
    assert "怕热面料" in got.text


def test_page_of_somebody_new_says_so(session, page, store, wang):
    got = show(page, make_contact(session, "何敏", store=store))
    assert "没买过" in got.text
    assert "还没有往来" in got.text
    assert "查看号码" not in got.buttons
    show(page, make_contact(session, "Ann", store=store), lang="en")


def test_number_is_masked_until_it_is_asked_for_and_that_is_written_down(session, page, chen, wang):
    got = show(page, chen)
    assert PHONE not in got.markup
    page.submit(got, "查看号码", status=200)
    shown = page.response.get_data(as_text=True)
    assert PHONE in shown
    assert 'data-hide-after="60"' in shown
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "contact.phone_revealed")
    ).one()
    assert (entry.actor_id, entry.subject) == (wang.id, f"contact:{chen.id}")


def test_assistant_may_not_see_numbers(session, page, chen, store):
    page.sign_in(make_staff(session, Role.ASSISTANT, store, name="小林"))
    assert "查看号码" not in show(page, chen).buttons
    page.post(f"/contacts/{chen.id}/phone", {}, 403)
    assert session.scalars(select(AuditEntry.action)).all().count("contact.phone_revealed") == 0


def test_contact_without_number_says_so(session, page, store, wang):
    contact = make_contact(session, "何敏", store=store)
    assert "没有手机号" in page.post(f"/contacts/{contact.id}/phone", {}, 200).text


def test_one_tap_logs_with_the_kinds_usual_minutes_and_stays_here(session, page, chen):
    got = show(page, chen)
    page.submit(got, "到店")
    assert page.location == f"/contacts/{chen.id}"
    (touch,) = session.scalars(select(Touch)).all()
    assert (touch.kind, touch.seconds) == ("store", 600)
    after = show(page, chen)
    assert "10 / 30 分钟" in after.text
    assert "到店 10 分钟" in entries(after)[0]


def test_meter_has_words_for_each_state(session, page, chen, wang):
    make_touch(session, chen, actor=wang, minutes=24)
    assert "快到上限" in show(page, chen).text
    make_touch(session, chen, actor=wang, minutes=6)
    assert "到上限" in show(page, chen).text
    make_touch(session, chen, actor=wang, minutes=12)
    make_touch(session, chen, actor=wang, minutes=90, topic=Topic.COMPLAINT)
    got = show(page, chen)
    assert "超 12 分钟" in got.text
    meter = got.one("meter")
    assert (meter.get("value"), meter.get("max"), meter.get("aria-label")) == (
        "42",
        "30",
        "一对一时间（近 30 天）",
    )


def test_timeline_mixes_domains_newest_first_and_filters(session, page, chen, wang, now):
    make_orders(session, chen, 10)
    make_touch(session, chen, actor=wang, ago=timedelta(days=2), note="问了面料")
    lines = entries(show(page, chen))
    starts = ("微信聊 3 分钟", "订单 ¥329", "标签：怕热面料", "人民路店转来", "同意：她同意了")
    assert [line.startswith(start) for line, start in zip(lines, starts, strict=True)] == [True] * 5
    assert "王梅" in lines[0]
    assert "问了面料" in lines[0]
    assert len(entries(show(page, chen, show="orders"))) == 1
    assert len(entries(show(page, chen, show="touches"))) == 1
    assert "还没有往来" in show(page, chen, show="complaints").text
    assert len(entries(show(page, chen, show="nonsense"))) == 5


def test_undo_is_offered_to_whom_it_is_given(session, page, chen, store, wang):
    make_touch(session, chen, actor=wang)
    page.sign_in(make_staff(session, Role.MANAGER, store, name="李晓"))
    assert not [name for name in show(page, chen).buttons if name.startswith("撤销")]
    page.sign_in(make_staff(session, Role.LEAD, name="周琳"))
    assert [name for name in show(page, chen).buttons if name.startswith("撤销")]


def test_what_a_complaint_of_another_store_says_stays_there(session, page, chen):
    desk = Desk(session)
    desk.log(NOW, contact_id=chen.id, by=desk.owner)
    session.commit()
    got = show(page, chen)
    assert QUOTE not in got.text
    assert "客诉中" in got.text
    page.sign_in(desk.staff["lead"])
    assert QUOTE in show(page, chen).text


def test_undo_stands_at_an_entry_for_a_day(session, page, chen, wang):
    make_touch(session, chen, actor=wang, ago=timedelta(hours=25))
    assert "撤销 微信聊 3 分钟" not in show(page, chen).buttons
    make_touch(session, chen, actor=wang, minutes=5)
    got = show(page, chen)
    page.submit(got, "撤销 微信聊 5 分钟")
    assert page.location == f"/contacts/{chen.id}"
    assert not [line for line in entries(show(page, chen)) if "5 分钟" in line]
    assert len(entries(show(page, chen, show="touches"))) == 1


def test_do_not_contact_and_back(session, page, chen):
    page.submit(show(page, chen), "不要打扰")
    assert session.scalar(select(Contact.do_not_contact_at)) is not None
    page.submit(show(page, chen), "恢复联系")
    assert session.scalar(select(Contact.do_not_contact_at)) is None


def test_edit_keeps_what_the_form_says(session, page, chen):
    got = page.get(f"/contacts/{chen.id}/edit")
    page.submit(got, "保存", name="陈大姐", nickname="小陈", remark="")
    assert show(page, chen).h1 == "陈大姐"
    page.submit(got, "保存", 422, name="")


def test_edit_of_an_older_version_shows_both(session, page, chen):
    old = page.get(f"/contacts/{chen.id}/edit")
    page.submit(old, "保存", name="陈大姐")
    got = page.submit(old, "保存", 409, name="陈阿姨")
    assert "现在是：陈大姐" in got.text
    assert got.one("input", name="name").get("value") == "陈阿姨"
    page.submit(got, "保存")
    assert show(page, chen).h1 == "陈阿姨"


@pytest.mark.parametrize(
    "path", ["", "/edit", "/tags", "/tags/remove", "/phone", "/do-not-contact", "/allow-contact"]
)
def test_contact_of_another_store_is_not_found(session, page, wang, path):
    other = make_contact(session, store=make_store(session, "中山路店"))
    if path in {"", "/edit"}:
        page.get(f"/contacts/{other.id}{path}", 404)
    if path:
        page.post(f"/contacts/{other.id}{path}", {"tag": "x", "name": "x"}, 404)
    page.get("/contacts/999999", 404)


def test_new_contact_keeps_move_and_consent(session, page, store, wang):
    got = page.get("/contacts/new")
    assert got.h1 == "新顾客"
    page.submit(
        got,
        "保存",
        name="新来的",
        phone="100 1234 0199",
        moved=f"store:{store.id}",
        moved_on="2025-06-01",
        consent_basis="consent",
        consent_note="当面说的",
        tags="夏装，怕热",
    )
    contact = session.scalars(select(Contact).where(Contact.name == "新来的")).one()
    assert page.location == f"/contacts/{contact.id}"
    text = show(page, contact).text
    assert "人民路店转来" in text
    assert "夏装" in text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": ""}, "写上怎么称呼她"),
        ({"name": "\u200b"}, "写上怎么称呼她"),
        ({"phone": "12"}, "手机号要 11 位数字，现在是 2 位"),
        ({"store_id": "999"}, "从列表里选一个"),
        ({"store_id": "x"}, "从列表里选一个"),
        ({"moved": "teleport"}, "从列表里选一个"),
        ({"moved": "store:999"}, "从列表里选一个"),
        ({"moved_on": "2026-01-01"}, "日期还没到，改成今天或更早"),
        ({"moved_on": "0001-01-01"}, "日期写成 2025-06-30 这样"),
        ({"consent_on": "0025-06-18"}, "日期写成 2025-06-30 这样"),
        ({"moved_on": "01/02"}, "日期写成 2025-06-30 这样"),
        ({"consent_basis": "vibes"}, "从列表里选一个"),
        ({"tags": "长" * 21}, "标签最多 20 个，每个最多 20 个字"),
        ({"remark": "长" * 201}, "最多 200 个字，请短一点"),
    ],
)
def test_bad_new_contact_is_refused_in_words_and_kept(session, page, store, wang, data, words):
    sent = {"name": "新来的", "store_id": store.id, "phone": " 138 ", **data}
    sent.setdefault("phone", "")
    got = page.post("/contacts/new", sent, 422)
    assert words in " ".join(got.role("alert"))
    assert got.one("input", name="phone").get("value") == sent["phone"]
    assert session.scalars(select(Contact)).all() == []


def test_known_number_is_asked_about_and_may_be_shared(session, page, chen, store):
    data = {"name": "女儿", "store_id": store.id, "phone": PHONE}
    got = page.post("/contacts/new", data, 422)
    assert "这个手机号已有顾客「陈姐」（人民路店）" in got.text
    page.submit(got, "仍然新建")
    assert session.scalar(select(Contact.name).where(Contact.name == "女儿")) == "女儿"


def test_limits_are_changed_by_the_owner_only(session, page, store, wang):
    page.get("/settings/attention", 403)
    page.sign_in(make_staff(session, Role.OWNER, name="阿俊"))
    got = page.get("/settings/attention")
    assert got.h1 == "一对一时间"
    page.submit(got, "保存", cap_minutes="20")
    assert page.get("/settings/attention").fields()["cap_minutes"] == "20"
    for bad in ("-1", "x", "", "601", "1.5"):
        refused = page.submit(got, "保存", 422, cap_minutes=bad)
        assert refused.one("input", name="cap_minutes").get("value") == bad


def test_more_time_is_given_with_a_reason_by_who_may(session, page, chen, wang, store):
    make_touch(session, chen, actor=wang, minutes=42)
    got = page.get(show(page, chen).link("多给一些时间"))
    refused = page.submit(got, "保存", 422, minutes="15", reason=" ")
    assert "写一下为什么" in refused.role("alert")[0]
    page.submit(refused, "保存", minutes="15", reason="大单")
    assert "42 / 45 分钟" in show(page, chen).text
    page.sign_in(make_staff(session, Role.ASSISTANT, store, name="小林"))
    assert "多给一些时间" not in show(page, chen).links
    page.post(f"/contacts/{chen.id}/more-time", {"minutes": "15", "reason": "x"}, 403)


def test_a_second_tap_gives_no_more_time(session, page, chen, wang):
    make_touch(session, chen, actor=wang, minutes=42)
    got = page.get(f"/contacts/{chen.id}/more-time")
    for _tap in range(2):
        page.submit(got, "保存", minutes="15", reason="大单")
    assert "42 / 45 分钟" in show(page, chen).text


@pytest.mark.parametrize("phone", ["", PHONE])
def test_a_second_tap_logs_nobody_twice(session, page, wang, phone):
    got = page.get("/contacts/new")
    pages = set()
    for _tap in range(2):
        page.submit(got, "保存", 303, name="新来的", phone=phone)
        pages.add(page.location)
    assert len(pages) == 1


def test_next_steps_and_notes_show_no_number(session, page, chen, wang):
    note = {"note": f"电话 {PHONE}", "next_step": f"打 {PHONE}"}
    make_touch(session, chen, actor=wang, **note)
    got = show(page, chen)
    assert "打 100****0142" in got.text
    assert "电话 100****0142" in got.text
    assert PHONE not in got.markup
