"""The outbox of the page under what happens in a shop: two taps, a dead line, a reload, a sign-out.

Whatever happens, what was logged stands once in the book, and what was typed is still there.
"""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from tests.browser.log_test import EMPTY, QUEUE, _choose, _said, _until
from tests.browser.shop import PASSWORD, People
from tests.browser.visits import Count, Visit, Visits

SECOND_TAP_MS = 50
TWO_TAPS = """([wanted, after]) => {
    window.taps = 0;
    addEventListener('click', event => {
        const button = event.target.closest('button');
        if (!button || !button.textContent.includes(wanted)) return;
        window.taps += 1;
        if (window.taps === 1) setTimeout(() => button.click(), after);
    }, true);
}"""
NOTE = "问了羊毛大衣"
Place = tuple[str, str]
"""A path and the words on the button that logs there."""
PLACES: dict[str, Place] = {
    "log": ("/log?who={contact}", "保存"),
    "contact": ("/contacts/{contact}", "微信聊"),
    "row": ("/today", "已联系"),
}


def _press(page: Page, words: str) -> None:
    page.locator("main button").filter(has_text=words).locator("visible=true").first.click()


def _tapped_twice(
    visit: Visit, people: People, place: str, after: int, *, offline: bool = False
) -> Page:
    path, words = PLACES[place]
    page = visit(people.address(path), has_touch=True)
    page.wait_for_selector("html[data-ready='1']")
    page.evaluate(TWO_TAPS, [words, after])
    page.context.set_offline(offline)
    _press(page, words)
    return page


def _steady(page: Page, count: Count, wanted: int) -> None:
    """Nothing waits any more, and the book has what it should have; a late one would show."""
    _until(page, EMPTY, 20)
    end = time.monotonic() + 10
    while count() < wanted and time.monotonic() < end:
        page.wait_for_timeout(50)
    page.goto(page.url)
    page.wait_for_selector("html[data-ready='1']")
    assert page.evaluate(EMPTY)
    assert count() == wanted


@pytest.mark.usefixtures("task")
@pytest.mark.parametrize("after", [0, SECOND_TAP_MS])
@pytest.mark.parametrize("place", PLACES)
def test_two_quick_taps_make_one_record(
    visit: Visit, people: People, count: Count, place: str, after: int
) -> None:
    before = count()
    page = _tapped_twice(visit, people, place, after)
    _said(page, "已记录")
    _steady(page, count, before + 1)


@pytest.mark.usefixtures("task")
@pytest.mark.parametrize("after", [0, SECOND_TAP_MS])
@pytest.mark.parametrize("place", PLACES)
def test_two_quick_taps_without_network_wait_as_one(
    visit: Visit, people: People, count: Count, place: str, after: int
) -> None:
    before = count()
    page = _tapped_twice(visit, people, place, after, offline=True)
    _until(page, "window.taps === 2")
    assert page.evaluate(f"{QUEUE}.length") == 1
    page.context.set_offline(False)
    _steady(page, count, before + 1)


def _posts(page: Page, answer: Callable[[Route], object]) -> list[str | None]:
    """Let `answer` deal with what is posted to /log; returns the keys that came."""
    keys: list[str | None] = []

    def deal(route: Route) -> None:
        if route.request.method == "POST":
            keys.append(route.request.headers.get("idempotency-key"))
            answer(route)
        else:
            route.continue_()

    page.route("**/log", deal)
    return keys


def test_answer_that_never_comes_is_given_up_and_asked_for_again(
    visit: Visit, people: People, count: Count
) -> None:
    """The server has saved it; the phone waits eight seconds, on a clock that the test moves."""
    before = count()
    page = visit("/login", who="")
    page.clock.install()
    _sign_in(page)
    page.goto(page.url.replace("/today", people.address("/log?who={contact}")))
    page.wait_for_selector("html[data-ready='1']")
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        held.append(route)
        if len(held) == 1:
            route.fetch()
        else:
            route.continue_()

    keys = _posts(page, hold_first)
    _press(page, "保存")
    _until_saved(page, count, before + 1)
    assert page.evaluate(f"{QUEUE}.length") == 1
    page.clock.fast_forward(8000)
    _said(page, "联网后自动上传")
    page.clock.fast_forward(30000)
    _until(page, EMPTY, 20)
    assert len(keys) == 2
    assert keys[0] == keys[1]
    held[0].abort()
    _steady(page, count, before + 1)


def _until_saved(page: Page, count: Count, wanted: int) -> None:
    end = time.monotonic() + 20
    while count() < wanted:
        assert time.monotonic() < end, f"{count()} touches, not {wanted}"
        page.wait_for_timeout(50)


def _sign_in(page: Page) -> None:
    page.get_by_label("用户名").fill("wangmei")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/today")


def _sign_out(page: Page) -> None:
    page.get_by_role("button", name="王梅（店长）").click()
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/login*")


def test_queue_outlives_reload_and_sign_out_and_is_sent_once(
    visit: Visit, people: People, count: Count
) -> None:
    before = count()
    page = visit("/login", who="")
    _sign_in(page)
    page.goto(page.url.replace("/today", people.address("/log?who={contact}")))
    _posts(page, lambda route: route.abort())
    page.get_by_text("加备注或下一步").click()
    page.get_by_label("备注", exact=True).fill(NOTE)
    _press(page, "保存")
    _said(page, "待上传 1 条")
    page.reload()
    _said(page, "待上传 1 条")
    _sign_out(page)
    assert page.evaluate(f"{QUEUE}.length") == 1
    page.unroute_all(behavior="wait")
    _sign_in(page)
    _said(page, "已记录：陈姐")
    _steady(page, count, before + 1)
    page.goto(page.url.replace("/today", people.address("/contacts/{contact}")))
    assert NOTE in page.get_by_role("list", name="往来").inner_text()


def test_words_not_saved_outlive_reload_and_sign_out(
    visit: Visit, people: People, count: Count
) -> None:
    before = count()
    page = visit("/login", who="")
    _sign_in(page)
    page.goto(page.url.replace("/today", "/log"))
    _choose(page, "何敏")
    _choose(page, "到店")
    page.get_by_text("加备注或下一步").click()
    page.get_by_label("备注", exact=True).fill(NOTE)
    page.reload()
    assert page.get_by_label("备注", exact=True).input_value() == NOTE
    _sign_out(page)
    _sign_in(page)
    page.get_by_role("link", name="记一笔").click()
    _said(page, "上次写的还没有存")
    assert page.get_by_label("备注", exact=True).input_value() == ""  # perhaps about somebody else
    page.locator("#toast").get_by_role("link").click()
    page.wait_for_url(people.address("**/log?who=*#draft"))
    assert page.get_by_label("备注", exact=True).input_value() == NOTE
    assert page.get_by_role("radio", name="何敏").is_checked()
    assert page.get_by_role("radio", name="到店").is_checked()
    _press(page, "保存")
    _said(page, "已记录：何敏，到店")
    page.get_by_role("link", name="记一笔").click()
    page.wait_for_selector("html[data-ready='1']")
    assert page.locator(".toast-in").filter(has_text="还没有存").count() == 0
    assert count() == before + 1


def test_words_of_a_new_contact_come_back_and_cancel_forgets_them(visit: Visit) -> None:
    page = visit("/log?new=1")
    page.get_by_label("怎么称呼").fill("阿莲")
    page.reload()
    assert page.get_by_label("怎么称呼").input_value() == "阿莲"
    page.get_by_role("link", name="取消").click()
    page.goto(page.url.replace("/today", "/log?new=1"))
    page.wait_for_selector("html[data-ready='1']")
    assert page.get_by_label("怎么称呼").input_value() == ""
    assert page.locator(".toast-in").count() == 0


def test_refused_entry_is_offered_until_it_is_mended(
    visit: Visit, people: People, count: Count
) -> None:
    """A colleague's page was the last to know: the number had one digit too few."""
    before = count()
    page = visit("/log?new=1")
    page.get_by_label("怎么称呼").fill("阿珠")
    page.get_by_label("手机（可不填）").fill("138 1234 014")
    page.wait_for_selector("html[data-ready='1']")
    page.context.set_offline(True)
    _press(page, "保存")
    _said(page, "已存在手机里")
    page.context.set_offline(False)
    _said(page, "有一条没有存成")
    page.goto(page.url.replace("/log?new=1", "/contacts"))
    _said(page, "有一条没有存成")
    page.locator("#toast").get_by_role("link").click()
    assert page.get_by_label("怎么称呼").input_value() == "阿珠"
    page.get_by_label("手机（可不填）").fill("138 1234 0149")
    _press(page, "保存")
    _said(page, "已记录：阿珠")
    _steady(page, count, before + 1)
    assert page.locator(".toast-in").filter(has_text="没有存成").count() == 0


def test_refused_row_leads_to_her_own_form_and_to_no_other_row(
    visit: Visit, people: People, count: Count
) -> None:
    before = count()
    page = visit("/today")
    who = people.contacts["何敏"]
    page.evaluate(
        """who => {
            const item = {key: 'r'.repeat(32), url: '/log', page: '/today', by: 'wangmei'};
            item.fields = [['who', String(who)], ['kind', 'voice'], ['minutes', '5']];
            item.rejected = true;
            item.at = new Date().toISOString();
            localStorage.setItem('shuke.outbox.v1', JSON.stringify([item]));
        }""",
        who,
    )
    page.reload()
    _said(page, "有一条没有存成")
    page.locator("#toast").get_by_role("link").click()
    page.wait_for_url(f"**/log?who={who}#outbox-*")
    assert page.get_by_role("radio", name="何敏").is_checked()
    assert page.get_by_role("radio", name="语音").is_checked()
    page.get_by_role("link", name="取消").click()
    page.wait_for_url("**/today")
    assert page.evaluate(EMPTY)
    assert count() == before


def test_nobody_chosen_without_network_is_said_at_once(visit: Visit) -> None:
    page = visit("/log")
    page.wait_for_selector("html[data-ready='1']")
    page.context.set_offline(True)
    _press(page, "保存")
    _said(page, "选一位顾客")
    assert page.evaluate(EMPTY)


def test_answer_of_a_foreign_network_is_no_record(
    visit: Visit, people: People, count: Count
) -> None:
    """A network that wants a sign-in of its own answers every request with its page."""
    before = count()
    page = visit(people.address("/log?who={contact}"))
    page.wait_for_selector("html[data-ready='1']")
    portal = "<!doctype html><title>WiFi</title>"
    _posts(page, lambda route: route.fulfill(body=portal, content_type="text/html"))
    _press(page, "保存")
    _said(page, "待上传 1 条")
    assert page.evaluate(f"{QUEUE}.length") == 1
    page.unroute_all(behavior="wait")
    _steady(page, count, before + 1)


def test_entry_that_the_server_fails_over_holds_no_other_back(
    visit: Visit, visits: Visits, people: People, count: Count
) -> None:
    visits.expected.append("status of 500")
    before = count()
    page = visit(people.address("/log?who={contact}"))
    page.wait_for_selector("html[data-ready='1']")
    first: list[str] = []

    def fail_the_first(route: Route) -> None:
        key = route.request.headers["idempotency-key"]
        first.append(key)
        if key == first[0]:
            route.fulfill(status=500, body="")
        else:
            route.continue_()

    _posts(page, fail_the_first)
    _press(page, "保存")
    _said(page, "已存在手机里")
    page.goto(page.url)
    page.wait_for_selector("html[data-ready='1']")
    page.context.set_offline(True)
    _press(page, "保存")
    _until(page, f"{QUEUE}.length === 2")
    page.context.set_offline(False)
    _until(page, f"{QUEUE}.length === 1")
    assert page.evaluate(f"{QUEUE}[0].key") == first[0]
    _until_saved(page, count, before + 1)
    _said(page, "有 1 条服务器没收下")
    page.goto(page.url.replace("/log", "/contacts"))
    page.locator("#toast").get_by_role("link", name="打开").click()
    page.get_by_role("link", name="取消").click()
    page.wait_for_url("**/today")
    _steady(page, count, before + 1)
