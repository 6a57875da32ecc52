"""U4 to U16, U24 and U25 of the quick log: few taps, nothing lost, nothing twice."""

import time

import pytest
from playwright.sync_api import Locator, Page, Route

from tests.browser import checks
from tests.browser.serving import Served
from tests.browser.shop import People
from tests.browser.visits import Count, Visit

QUEUE = "JSON.parse(localStorage['shuke.outbox.v1'])"
EMPTY = f"{QUEUE}.length === 0"


def _said(page: Page, text: str) -> Locator:
    line = page.get_by_role("status").filter(has_text=text)
    line.first.wait_for()
    return line.first


def _choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).check()


def _until(page: Page, expression: str, seconds: float = 8) -> None:
    """Wait in Python: the policy of the pages refuses to poll by eval."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never came true: {expression}"
        page.wait_for_timeout(50)


def test_who_how_and_save_stand_above_the_fold(visit: Visit) -> None:
    page = visit("/log")
    assert checks.above_fold(page, "input[name=kind]:checked") == []
    assert checks.above_fold(page, ".save-bar button[type=submit]") == []


def test_known_contact_takes_three_taps_from_today(visit: Visit, count: Count) -> None:
    before = count()
    page = visit("/today")
    page.get_by_role("link", name="记一笔").click()
    assert page.get_by_role("radio", name="微信聊").is_checked()
    assert page.get_by_role("radio", name="3 分钟", exact=True).is_checked()
    _choose(page, "周桂芳")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**/today")
    _said(page, "已记录：周桂芳，微信聊 3 分钟")
    assert count() == before + 1


def test_other_kind_and_minutes_take_two_more_taps(visit: Visit, count: Count) -> None:
    before = count()
    page = visit("/log")
    _choose(page, "李晓燕")
    _choose(page, "到店")
    assert page.get_by_role("radio", name="10 分钟").is_checked()
    _choose(page, "20 分钟")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**/today")
    _said(page, "已记录：李晓燕，到店 20 分钟")
    assert count() == before + 1


def test_new_contact_takes_a_name_and_four_taps(visit: Visit, count: Count) -> None:
    before = count()
    page = visit("/today")
    page.get_by_role("link", name="记一笔").click()
    page.get_by_role("link", name="新顾客").click()
    page.get_by_label("怎么称呼").fill("小鹿")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**/today")
    _said(page, "已记录：小鹿")
    assert count() == before + 1


def test_one_tap_on_the_contact_page_logs_and_undo_restores(
    visit: Visit, people: People, count: Count
) -> None:
    before = count()
    page = visit(people.address("/contacts/{contact}"))
    page.get_by_role("group", name="一键记录").get_by_role("button", name="微信聊").click()
    _said(page, "已记录：陈姐，微信聊 3 分钟")
    assert count() == before + 1
    page.locator("#toast").get_by_role("button", name="撤销").click()
    _said(page, "已撤销")
    assert count() == before


@pytest.mark.usefixtures("task")
def test_task_row_takes_one_tap_and_undo_brings_it_back(visit: Visit, count: Count) -> None:
    page = visit("/today")
    rows = page.locator("[data-row]:visible").filter(has=page.get_by_role("button", name="已联系"))
    before, touches = rows.count(), count()
    rows.first.get_by_role("button", name="已联系").click()
    _said(page, "已记录")
    assert (rows.count(), count()) == (before - 1, touches + 1)
    page.locator("#toast").get_by_role("button", name="撤销").click()
    _said(page, "已撤销")
    page.wait_for_selector("html[data-ready='1']")
    assert (rows.count(), count()) == (before, touches)


def test_log_without_network_is_kept_and_sent_once(
    visit: Visit, people: People, count: Count
) -> None:
    before = count()
    page = visit(f"/log?who={people.contacts['何敏']}")
    page.context.set_offline(True)
    page.get_by_role("button", name="保存").click()
    _said(page, "已存在手机里，联网后自动上传")
    _said(page, "没有网络。可以继续记录，联网后自动上传（待上传 1 条）")
    assert page.evaluate(f"{QUEUE}.length") == 1
    assert count() == before
    page.context.set_offline(False)
    _until(page, EMPTY)
    assert count() == before + 1
    assert page.locator("#offline").is_hidden()


def test_answer_lost_after_the_save_makes_one_record(
    visit: Visit, people: People, count: Count
) -> None:
    before = count()
    page = visit(f"/log?who={people.contacts['何敏']}")
    sent: list[str | None] = []

    def lose_first_answer(route: Route) -> None:
        sent.append(route.request.headers.get("idempotency-key"))
        if len(sent) == 1:
            route.fetch()  # the server saves, the phone never hears of it
            route.abort()
        else:
            route.continue_()

    page.route(
        "**/log", lambda r: lose_first_answer(r) if r.request.method == "POST" else r.continue_()
    )
    page.get_by_role("button", name="保存").click()
    _until(page, EMPTY, 15)
    assert len(sent) == 2
    assert sent[0]
    assert sent[0] == sent[1]
    assert count() == before + 1


def test_same_key_twice_makes_one_record(visit: Visit, people: People, count: Count) -> None:
    before = count()
    page = visit("/log")
    answers = page.evaluate(
        """async who => {
            const token = document.querySelector('meta[name="csrf-token"]').content;
            const key = shuke.newKey();
            const answers = [];
            for (let i = 0; i < 2; i++) {
                const body = new URLSearchParams({who, kind: 'chat', csrf_token: token});
                const headers = {Accept: 'application/json', 'Idempotency-Key': key};
                const answer = await fetch('/log', {method: 'POST', body, headers});
                answers.push([answer.status, (await answer.json()).id]);
            }
            return answers;
        }""",
        str(people.contacts["何敏"]),
    )
    assert answers[0][0] == 200
    assert answers[1][0] in (200, 409)
    assert answers[0][1] == answers[1][1]
    assert count() == before + 1


def test_refused_log_keeps_everything_and_leads_to_the_field(visit: Visit, count: Count) -> None:
    before = count()
    page = visit("/log?new=1")
    page.get_by_label("怎么称呼").fill("阿莲")
    page.get_by_label("手机（可不填）").fill("138 1234 014")
    _choose(page, "到店")
    page.get_by_role("button", name="保存").click()
    page.wait_for_selector("[data-error-summary]")
    assert page.title().startswith("错误：")
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    page.get_by_role("alert").get_by_role("heading", name="有 1 处要改").wait_for()
    page.get_by_role("alert").get_by_role("link", name="手机号要 11 位数字，现在是 10 位").click()
    assert page.evaluate("document.activeElement.value") == "138 1234 014"
    assert page.get_by_label("怎么称呼").input_value() == "阿莲"
    assert page.get_by_role("radio", name="到店").is_checked()
    assert checks.axe(page) == []
    assert page.evaluate(EMPTY)
    assert count() == before


def test_keyboard_alone_logs_with_save_itself_pressed(visit: Visit, count: Count) -> None:
    before = count()
    page = visit("/today", desk=True)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到主要内容"
    page.keyboard.press("n")
    page.wait_for_url("**/log")
    page.keyboard.press("/")
    page.keyboard.type("张阿姨")
    _until(page, "document.querySelectorAll('#who-list input').length === 1")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "who":
            break
    page.keyboard.press("Space")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "保存":
            break
    assert page.evaluate("document.activeElement.matches('button[type=submit]')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/today")
    _said(page, "已记录：张阿姨")
    assert count() == before + 1


def test_single_keys_can_be_turned_off(visit: Visit) -> None:
    page = visit("/settings/display", "lead")
    _single_keys(page, on=False)
    page.evaluate("addEventListener('keydown', (event) => { taken = event.defaultPrevented; })")
    page.keyboard.press("n")
    assert page.evaluate("taken") is False
    _single_keys(page, on=True)
    page.keyboard.press("n")
    page.wait_for_url("**/log")


def _single_keys(page: Page, *, on: bool) -> None:
    page.get_by_role("switch", name="单键快捷键").set_checked(on)
    page.get_by_role("button", name="保存").click()
    _said(page, "已保存")
    page.wait_for_selector("html[data-ready='1']")  # before it no key is listened to
    page.locator("h1").click()  # a press inside a field is typing


def test_insecure_address_logs_and_keeps_too(
    visit: Visit, people: People, served: Served, count: Count
) -> None:
    before = count()
    page = visit(
        f"/log?who={people.contacts['何敏']}", base=served.address.replace("127.0.0.1", "shop.test")
    )
    assert page.evaluate("isSecureContext") is False
    page.context.set_offline(True)
    page.get_by_role("button", name="保存").click()
    _said(page, "已存在手机里，联网后自动上传")
    page.context.set_offline(False)
    _until(page, EMPTY)
    assert count() == before + 1


def test_without_script_the_form_posts_and_says_so(visit: Visit, count: Count) -> None:
    before = count()
    page = visit("/log", java_script_enabled=False)
    assert page.locator("html").get_attribute("data-ready") is None
    page.get_by_label("找顾客：姓名、昵称或手机尾号").fill("0145")
    page.get_by_role("button", name="搜索").click()
    _choose(page, "何敏")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**/today")
    _said(page, "已记录")
    assert count() == before + 1


def test_another_persons_queue_stays_on_the_phone(
    visit: Visit, people: People, count: Count
) -> None:
    """Her own line stands behind the other one's: when it is gone, the queue was gone through."""
    before = count()
    page = visit("/log")
    page.evaluate(
        """who => {
            const line = (key, by) => ({
                key: key.repeat(32), url: '/log', page: '/log', by, at: new Date().toISOString(),
                fields: [['who', who], ['kind', 'chat'], ['minutes', '3']],
            });
            const both = [line('k', 'zhoulin'), line('m', document.body.dataset.actor)];
            localStorage.setItem('shuke.outbox.v1', JSON.stringify(both));
        }""",
        str(people.contacts["何敏"]),
    )
    page.reload()
    page.wait_for_selector("html[data-ready='1']")
    _until(page, f"{QUEUE}.every(one => one.key.startsWith('k'))")
    assert page.evaluate(f"{QUEUE}.map(one => one.by)") == ["zhoulin"]
    assert count() == before + 1


def test_choice_survives_a_search(visit: Visit) -> None:
    page = visit("/log")
    _choose(page, "李晓燕")
    page.get_by_role("searchbox").fill("张阿姨")
    _until(page, "document.querySelector('#who-list').textContent.includes('张阿姨')")
    assert page.get_by_role("radio", name="李晓燕").is_checked()


def test_limit_is_shown_before_the_time_is_spent(visit: Visit, people: People) -> None:
    page = visit(f"/log?who={people.contacts['刘姐']}")
    assert page.locator("[data-limit]").inner_text() == "刘姐近 30 天 26/30 分钟，记完 29/30"


def test_session_that_ended_loses_nothing(visit: Visit, people: People, count: Count) -> None:
    before = count()
    page = visit(f"/log?who={people.contacts['何敏']}")
    page.context.clear_cookies(name="shuke")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**/login?next=**")
    page.get_by_label("用户名").fill("wangmei")
    page.get_by_label("密码").fill("long enough 1")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/log")
    _until(page, EMPTY)
    assert count() == before + 1
