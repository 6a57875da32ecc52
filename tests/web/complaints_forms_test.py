"""Logging a complaint by hand, and the limits: by the page client."""

from datetime import datetime

import pytest
from sqlalchemy import func, select

from crm.complaints import queries
from crm.complaints.forms import read_moment
from crm.complaints.models import Complaint
from crm.complaints.rules.policy import Preset
from crm.complaints.rules.words import Category, ClockKind
from tests.conftest import NOW
from tests.factories.contacts import make_contact
from tests.factories.groups import make_group, say


def test_logging_one_starts_its_clocks_at_the_time_given(shop, page):
    got = page.get("/complaints/new")
    page.submit(
        got,
        "登记，开始计时",
        status=303,
        text="拍 L 发 M",
        occurred_at="20:10",
        channel="group",
        group_id=str(shop.group.id),
        category="wrong_item",
    )
    complaint = shop.session.scalars(select(Complaint)).one()
    assert complaint.occurred_at == shop.now.replace(minute=10, second=0)
    assert page.location == f"/complaints/{complaint.id}"


@pytest.mark.parametrize(
    ("text", "chosen", "kind"),
    [
        ("这吊牌不对，是假货吧", None, Category.SUSPECTED_FAKE),
        ("这吊牌不对，是假货吧", "other", Category.OTHER),
        ("这吊牌不对，是假货吧", "quality", Category.QUALITY),
        ("在吗", None, Category.OTHER),
    ],
)
def test_what_nobody_named_is_what_its_words_say(shop, page, text, chosen, kind):
    given = {"category": chosen} if chosen else {}
    page.submit(page.get("/complaints/new"), "登记，开始计时", status=303, text=text, **given)
    assert shop.session.scalars(select(Complaint)).one().category is kind


def test_the_group_where_something_was_said_last_is_the_first_tap(shop, page):
    quiet, lively = (make_group(shop.session, name, store=shop.store) for name in ("甲", "乙"))
    make_group(shop.session, "别店", store=shop.other)
    say(shop.session, lively, "陈姐 在吗")
    shop.session.commit()
    got = page.get("/complaints/new")
    chips = [one for one in got.all("button", type="button") if one.get("class") == "chip"]
    shown = [int(one.get("value")) for one in chips]
    assert shown[0] == lively.id
    assert sorted(shown) == sorted([shop.group.id, quiet.id, lively.id])


def test_one_group_needs_no_tap(shop, page):
    got = page.get("/complaints/new")
    assert [one for one in got.all("button") if one.get("class") == "chip"] == []
    assert got.fields(got.form_of("登记，开始计时"))["group_id"] == str(shop.group.id)


def test_the_page_of_a_group_leads_to_its_form(shop, page):
    make_group(shop.session, "另一个群", store=shop.store)
    shop.session.commit()
    link = page.get(f"/groups/{shop.group.id}").link("登记客诉")
    got = page.get(link)
    assert got.fields(got.form_of("登记，开始计时"))["group_id"] == str(shop.group.id)


def test_the_same_form_twice_logs_one(shop, page):
    got = page.get("/complaints/new")
    for _tap in range(2):
        page.submit(got, "登记，开始计时", status=303, text="坏了", channel="private")
    assert shop.session.scalar(select(func.count()).select_from(Complaint)) == 1


def test_the_search_finds_a_contact_without_losing_what_was_typed(shop, page):
    contact = make_contact(shop.session, name="陈晓燕", store=shop.store)
    shop.session.commit()
    got = page.get("/complaints/new")
    found = page.submit(got, "搜索", status=200, text="坏了", channel="private", q="陈晓燕")
    assert "坏了" in found.text
    page.submit(found, "登记，开始计时", status=303, contact_id=str(contact.id))
    complaint = shop.session.scalars(select(Complaint)).one()
    assert complaint.contact_id == contact.id


PLATFORM = {"text": "平台通知：买家申请退款", "channel": "platform_aftersale", "order_no": "3707"}


def _external(shop):
    complaint = shop.session.scalars(select(Complaint)).one()
    return complaint, shop.clocks(complaint)[ClockKind.EXTERNAL].due_at


def test_a_platforms_date_and_the_order_are_typed_in(shop, page):
    got = page.get("/complaints/new")
    given = {**PLATFORM, "external_due_at": "6-20 18:00", "product_ref": "A-17"}
    page.submit(got, "登记，开始计时", status=303, **given)
    complaint, due_at = _external(shop)
    assert due_at == shop.now.replace(day=20, hour=18, minute=0, second=0)
    assert (complaint.order_ref, complaint.product_ref) == ("3707", "A-17")


def test_a_known_rule_gives_the_date_where_the_platform_shows_none(shop, page):
    got = page.get("/complaints/new")
    rules = {o.text: o.get("value") for o in got.all("option") if "平台售后" in (o.text or "")}
    chosen = next(value for name, value in rules.items() if "48 小时" in name)
    given = {**PLATFORM, "occurred_at": "20:00", "preset_id": chosen}
    page.submit(got, "登记，开始计时", status=303, **given)
    assert _external(shop)[1] == shop.now.replace(day=20, hour=20, minute=0, second=0)


@pytest.mark.parametrize("when", ["0001-01-02 0:00", "9999-12-31 23:59"])
def test_a_rule_counts_from_no_time_that_cannot_be(shop, page, when):
    got = page.get("/complaints/new")
    rules = [o.get("value") for o in got.all("option") if "平台售后" in (o.text or "")]
    given = {**PLATFORM, "preset_id": rules[0], "occurred_at": when}
    refused = page.submit(got, "登记，开始计时", status=422, **given)
    assert refused.title.startswith("错误：")


def test_what_is_typed_wins_over_the_rule(shop, page):
    got = page.get("/complaints/new")
    rules = [o.get("value") for o in got.all("option") if "平台售后" in (o.text or "")]
    given = {**PLATFORM, "preset_id": rules[0], "external_due_at": "6-19 9:00"}
    page.submit(got, "登记，开始计时", status=303, **given)
    assert _external(shop)[1] == shop.now.replace(day=19, hour=9, minute=0, second=0)


def test_a_nickname_stands_in_for_a_contact_that_is_not_known(shop, page):
    got = page.get("/complaints/new")
    given = {"text": "坏了", "channel": "livestream_comment", "reporter_name": "小雨点"}
    page.submit(got, "登记，开始计时", status=303, **given)
    assert "小雨点" in page.get(page.location).text


def test_a_link_from_a_contact_or_group_chooses_it(shop, page):
    contact = make_contact(shop.session, name="陈晓燕", store=shop.store)
    shop.session.commit()
    got = page.get(f"/complaints/new?contact={contact.id}&group={shop.group.id}")
    assert "陈晓燕" in got.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": ""}, "写上顾客说了什么"),
        ({"text": "长" * 2001}, "最多 2000 个字"),
        ({"channel": "group", "group_id": "0"}, "选是哪个群"),
        ({"channel": "pigeon"}, "从列表里选一个"),
        ({"category": "nonsense"}, "从列表里选一个"),
        ({"occurred_at": "昨晚"}, "时间写成 20:14 或 6-18 20:14"),
        ({"occurred_at": "23:59"}, "时间还没到"),
        ({"occurred_at": "2025-01-01 10:00"}, "已经超过 30 天"),
        ({"occurred_at": "2025-02-31 10:00"}, "时间写成"),
        ({"occurred_at": "0001-01-01 0:00"}, "时间写成"),
        ({"external_due_at": "2206-6-20 18:00", "channel": "regulator"}, "最远到 366 天以后"),
        ({"group_id": "99999"}, "从列表里选一个"),
        ({"contact_id": "9" * 20}, "从列表里选一个"),
        ({"external_due_at": "6-20 18:00"}, "只有平台和监管的客诉有平台期限"),
        ({"external_due_at": "下周", "channel": "regulator"}, "时间写成"),
        ({"external_due_at": "6-17 18:00", "channel": "regulator"}, "平台给的期限要在提出以后"),
        ({"preset_id": "424242", "channel": "regulator"}, "从列表里选一个"),
        ({"order_no": "长" * 65}, "最多 64 个字"),
        ({"reporter_name": "长" * 41}, "最多 40 个字"),
    ],
)
def test_bad_input_says_what_to_do_and_keeps_what_was_typed(shop, page, fields, words):
    got = page.get("/complaints/new")
    given = {"text": "坏了", "channel": "private", **fields}
    failed = page.submit(got, "登记，开始计时", status=422, **given)
    assert words in failed.text
    assert failed.title.startswith("错误：")
    assert shop.session.scalar(select(func.count()).select_from(Complaint)) == 0


def test_a_contact_of_another_store_is_not_found(shop, page):
    contact = make_contact(shop.session, store=shop.other)
    shop.session.commit()
    got = page.get("/complaints/new")
    page.submit(
        got,
        "登记，开始计时",
        status=404,
        text="坏了",
        channel="private",
        contact_id=str(contact.id),
    )


@pytest.mark.parametrize("query", ["contact", "group"])
def test_a_link_with_a_number_that_no_row_has_opens_the_form(shop, page, query):
    assert page.get(f"/complaints/new?{query}={'9' * 20}").h1 == "登记客诉"


def test_the_contact_decides_the_store_where_there_is_no_group(shop, page):
    contact = make_contact(shop.session, name="陈晓燕", store=shop.other)
    shop.session.commit()
    page.sign_in(shop.staff["lead"])
    got = page.get(f"/complaints/new?contact={contact.id}")
    given = {"text": "坏了", "channel": "phone", "store_id": str(shop.store.id)}
    page.submit(got, "登记，开始计时", status=303, **given)
    assert shop.session.scalars(select(Complaint)).one().store_id == shop.other.id


def test_a_day_without_a_year_is_a_day_that_was():
    new_year = datetime(2026, 1, 1, 0, 20, tzinfo=NOW.tzinfo)
    assert read_moment("12-31 23:50", new_year) == datetime(2025, 12, 31, 23, 50, tzinfo=NOW.tzinfo)
    assert read_moment("1-1 0:10", new_year) == datetime(2026, 1, 1, 0, 10, tzinfo=NOW.tzinfo)


def test_the_limits_are_the_owners_to_set(shop, page):
    page.get("/settings/deadlines", status=403)
    page.sign_in(shop.staff["owner"])
    got = page.get("/settings/deadlines")
    assert got.h1 == "客诉期限"
    page.submit(got, "保存", status=303, preset="two_level")
    shop.session.expire_all()
    _version, policy = queries.current_policy(shop.session)
    assert policy.preset is Preset.TWO_LEVEL
    assert policy.targets[1][ClockKind.FIRST_RESPONSE].seconds == 15 * 60
    assert "已保存" in page.get("/settings/deadlines").text


def test_own_times_make_a_new_version(shop, page):
    page.sign_in(shop.staff["owner"])
    got = page.get("/settings/deadlines")
    page.submit(got, "保存", status=303, urgent_first="12", normal_solve="36")
    shop.session.expire_all()
    _version, policy = queries.current_policy(shop.session)
    assert policy.targets[1][ClockKind.FIRST_RESPONSE].seconds == 12 * 60
    assert policy.targets[2][ClockKind.RESOLUTION].seconds == 36 * 3600


@pytest.mark.parametrize(
    "fields",
    [
        {"urgent_first": "0"},
        {"urgent_first": "-5"},
        {"urgent_first": "1000000000"},
        {"urgent_solve": "soon"},
        {"urgent_solve": ""},
        {"normal_live": "1e9"},
        {"preset": "strict"},
    ],
)
def test_limits_that_make_no_sense_are_refused(shop, page, fields):
    page.sign_in(shop.staff["owner"])
    got = page.get("/settings/deadlines")
    page.submit(got, "保存", status=422, **fields)


@pytest.mark.parametrize("path", ["/complaints", "/complaints/new", "/settings/deadlines"])
def test_the_pages_speak_english_too(shop, page, path):
    page.sign_in(shop.staff["owner"])
    shop.log(shop.now)
    shop.session.commit()
    got = page.get(f"{path}?lang=en")
    assert "⟦" not in got.text
