"""The list of contacts as a page."""

from datetime import timedelta

import pytest

from crm.accounts.rules import Role
from crm.loyalty.service import recompute
from tests.factories.attention import make_follow_up, make_touch
from tests.factories.contacts import make_contact, make_noise
from tests.factories.orders import make_orders
from tests.factories.stores import make_staff, make_store


def rows(got):
    (listing,) = got.all("ul", aria_label="顾客")
    return [link.text for link in listing.iter("a")]


def meta(got, name):
    return got.one("meta", name=name).get("content")


def test_list_names_people_of_ones_own_stores_latest_first(session, page, store, wang, now):
    make_noise(session)
    make_contact(session, "陈姐", store=store, now=now - timedelta(days=2))
    make_contact(session, "李晓燕", store=store, now=now - timedelta(days=1))
    got = page.get("/contacts")
    assert got.h1 == "顾客"
    assert rows(got) == ["李晓燕", "陈姐"]
    assert got.link("李晓燕").startswith("/contacts/")


def test_row_shows_store_last_order_and_minutes(session, page, store, wang):
    chen = make_contact(session, "陈姐 <b>", store=store)
    make_orders(session, chen, 10)
    make_touch(session, chen, actor=wang, minutes=12)
    text = page.get("/contacts").text
    assert "人民路店 · 6 月 8 日 碎花连衣裙" in text
    assert "12 / 30 分钟" in text
    assert "陈姐 <b>" in text


def test_pages_go_forth_and_back_without_gap(session, page, store, wang, now):
    for n in range(120):
        make_contact(session, f"顾客{n:03}", store=store, now=now - timedelta(minutes=n))
    first = page.get("/contacts")
    second = page.get(first.link("下一页"))
    third = page.get(second.link("下一页"))
    assert rows(first) + rows(second) + rows(third) == [f"顾客{n:03}" for n in range(120)]
    assert "下一页" not in third.links
    back = page.get(third.link("上一页"))
    assert rows(back) == rows(second)
    assert rows(page.get(back.link("上一页"))) == rows(first)
    assert "上一页" not in page.get(back.link("上一页")).links


def test_people_of_the_same_moment_are_not_lost_between_pages(session, page, store, wang):
    for n in range(60):
        make_contact(session, f"顾客{n:03}", store=store)
    first = page.get("/contacts")
    assert len(set(rows(first) + rows(page.get(first.link("下一页"))))) == 60


@pytest.mark.parametrize("cursor", ["x", "e30", "W10", "WyJhIiwgMV0", "%00x"])
def test_made_up_cursor_is_bad_input(page, wang, cursor):
    page.get(f"/contacts?after={cursor}", status=422)


def test_filters_narrow_the_list(session, page, store, wang, now):
    loyal = make_contact(session, "忠诚的", store=store)
    make_orders(session, loyal, 10, 60, 110)
    recompute(session, {loyal.id}, now=now)
    make_follow_up(session, make_contact(session, "该联系的", store=store), wang.id)
    assert rows(page.get("/contacts?show=loyal")) == ["忠诚的"]
    assert rows(page.get("/contacts?show=due")) == ["该联系的"]
    assert rows(page.get("/contacts?show=never_bought")) == ["该联系的"]
    assert len(rows(page.get("/contacts?show=nonsense"))) == 2
    assert "忠诚：3 次" in page.get("/contacts?show=loyal").text


@pytest.mark.parametrize("query", ["0142", "陈", "cj"])
def test_search_on_the_page(session, page, store, wang, query):
    make_contact(session, "陈姐", store=store, phone="10012340142")
    make_contact(session, "王阿姨", store=store)
    got = page.get("/contacts", q=query)
    assert rows(got) == ["陈姐"]
    assert got.one("input", name="q").get("value") == query


def test_search_that_finds_nobody_offers_to_create_her(session, page, wang):
    got = page.get("/contacts", q="陈小姐")
    assert "没有找到「陈小姐」" in got.text
    assert got.link("新建「陈小姐」") == "/contacts/new?name=%E9%99%88%E5%B0%8F%E5%A7%90"


def test_empty_book_says_what_to_do(page, wang):
    assert "还没有顾客" in page.get("/contacts").text
    assert "No contacts yet" in page.get("/contacts?lang=en").text


def test_list_needs_sign_in(page):
    page.get("/contacts", status=303)
    assert page.location == "/login?next=/contacts"


def test_what_is_kept_around_the_rows_is_ones_own_and_new_rows_show(
    session, page, store, wang, now
):
    make_contact(session, "陈姐", store=store, now=now - timedelta(days=2))
    first = page.get("/contacts")
    make_contact(session, "李晓燕", store=store, now=now - timedelta(days=1))
    second = page.get("/contacts")
    assert rows(second) == ["李晓燕", "陈姐"]
    assert "王梅" in second.text
    token = meta(first, "csrf-token")
    page.sign_in(make_staff(session, Role.MANAGER, store, name="小赵"))
    other = page.get("/contacts")
    assert "小赵" in other.text
    assert "王梅" not in other.text
    page.client.delete_cookie("shuke-page")
    assert meta(page.get("/contacts"), "csrf-token") != token


def test_time_of_the_page_is_not_kept(page, store, wang):
    times = [meta(page.get("/contacts"), "shuke-now") for _ in range(2)]
    assert times[0] < times[1]


def test_message_is_shown_once_beside_a_kept_page(session, page, store, wang):
    make_contact(session, "陈姐", store=store)
    page.get("/contacts")
    with page.client.session_transaction() as kept:
        kept["_flashes"] = [("message", "已保存")]
    assert "已保存" in page.get("/contacts").text
    assert "已保存" not in page.get("/contacts").text


@pytest.mark.parametrize(
    ("role", "buttons"),
    [(Role.OWNER, {"导入顾客", "下载模板", "新顾客"}), (Role.ASSISTANT, {"新顾客"})],
)
def test_empty_book_offers_what_this_person_may_do(page, session, role, buttons):
    page.sign_in(make_staff(session, role, make_store(session)))
    shown = page.get("/contacts")
    offered = {name for name in ("导入顾客", "下载模板", "新顾客") if name in shown.links}
    assert offered == buttons
    if "下载模板" in offered:
        page.get(shown.link("下载模板"))
        assert "手机号" in page.response.get_data().decode("utf-8-sig")
