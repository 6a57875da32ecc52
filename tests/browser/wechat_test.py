"""WeChat's own browser, as it was years ago: opens, saves and uploads on 360 px.

A new Chromium stands in for it: without script, and with what came after Chromium 86 and iOS 14
taken away before the pages' script runs. `tests.house.interface_test` looks at their syntax.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import checks
from tests.browser.shop import People
from tests.browser.visits import Count, Visit

WECHAT = (
    "Mozilla/5.0 (Linux; Android 10; CDY-AN90) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/86.0.4240.99 XWEB/4317 MMWEBSDK/20220709 Mobile Safari/537.36 "
    "MicroMessenger/8.0.25.2200(0x28001950) WeChat/arm64 NetType/4G Language/zh_CN"
)
# Newer than Chromium 86, or than iOS 14, which knows neither of the last five.
LACKING = (
    "Array.prototype.at",
    "Array.prototype.findLast",
    "Array.prototype.group",
    "Array.prototype.toReversed",
    "Array.prototype.toSorted",
    "Array.prototype.toSpliced",
    "Array.prototype.with",
    "String.prototype.at",
    "String.prototype.isWellFormed",
    "Object.hasOwn",
    "Object.groupBy",
    "Promise.withResolvers",
    "AbortSignal.any",
    "AbortSignal.timeout",
    "Element.prototype.checkVisibility",
    "Element.prototype.setHTML",
    "HTMLElement.prototype.showPopover",
    "URL.canParse",
    "crypto.randomUUID",
    "navigator.clipboard",
    "navigator.locks",
    "navigator.serviceWorker",
    "navigation",
    "scheduler",
    "structuredClone",
    "CSSStyleSheet.prototype.replaceSync",
    "HTMLFormElement.prototype.requestSubmit",
    "HTMLDialogElement.prototype.showModal",
    "SubmitEvent.prototype.submitter",
    "requestIdleCallback",
)
TAKE_AWAY = """names => names.forEach(name => {
    const path = name.split('.');
    const last = path.pop();
    let owner = path.reduce((at, part) => at && at[part], window);
    while (owner && !Object.prototype.hasOwnProperty.call(owner, last))
        owner = Object.getPrototypeOf(owner);
    if (owner) delete owner[last];
})"""
CHAT = "陈姐 2025/6/18 20:18\n还是没人回我\n\n阿莲 2025/6/18 20:19\n我也想问问\n"


@pytest.fixture
def chat_file(tmp_path: Path) -> Path:
    """A chat as a Chinese phone or Windows writes it."""
    path = tmp_path / "群聊.txt"
    path.write_bytes(CHAT.encode("gb18030"))
    return path


def as_of_old(page: Page) -> Page:
    """The engine of then, from the next page on."""
    page.add_init_script(f"({TAKE_AWAY})({list(LACKING)!r})")
    page.reload()
    page.wait_for_selector("html[data-ready='1']")
    return page


def _log_a_complaint(page: Page, people: People, said: str) -> None:
    page.get_by_role("link", name="登记客诉").click()
    page.get_by_role("textbox", name="说了什么").fill(said)
    page.get_by_role("combobox", name="群").select_option(str(people.group))
    page.get_by_role("button", name="登记，开始计时").click()
    page.get_by_role("heading", level=1, name=said).wait_for()


def _upload(page: Page, chat_file: Path) -> None:
    """Look at the file, take it in, take it back: the shop is everybody's."""
    page.get_by_label("或者选聊天记录文件").set_input_files(chat_file)
    page.get_by_role("button", name="预览导入").click()
    page.get_by_role("status").filter(has_text="识别到 2 条消息").wait_for()
    page.get_by_role("button", name="导入 2 条").click()
    page.get_by_role("status").filter(has_text="已导入").first.wait_for()
    page.get_by_role("button", name="撤销").first.click()
    page.get_by_role("status").filter(has_text="已撤销").first.wait_for()


def test_without_script_it_opens_saves_and_uploads(
    visit: Visit, people: People, chat_file: Path
) -> None:
    options = {"java_script_enabled": False, "user_agent": WECHAT}
    page = visit("/complaints", "lead", **options)
    _log_a_complaint(page, people, "裙子线头很多")
    page.get_by_role("button", name="已在群里回复，停止计时").click()
    page.get_by_role("status").filter(has_text="首次回复，用时").first.wait_for()
    _upload(visit(people.address("/groups/{group}/import"), "lead", **options), chat_file)


def test_old_engine_opens_saves_and_uploads(
    visit: Visit, people: People, count: Count, chat_file: Path
) -> None:
    page = as_of_old(visit("/complaints", "lead", user_agent=WECHAT))
    assert page.evaluate("[[].at, window.structuredClone, crypto.randomUUID]") == [None] * 3
    assert page.evaluate("'submitter' in new SubmitEvent('submit')") is False
    _log_a_complaint(page, people, "裙子褪色很厉害")
    assert checks.overflow(page, 360, "") == []
    page.get_by_role("button", name="复制去群里发").click()
    page.get_by_role("button", name="已复制").wait_for()
    page.goto(page.url.split("/complaints")[0] + people.address("/groups/{group}/import"))
    assert checks.overflow(page, 360, "") == []
    _upload(page, chat_file)
    before = count()
    page.goto(page.url.split("/groups")[0] + f"/log?who={people.contacts['何敏']}")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("status").filter(has_text="已记录：何敏").first.wait_for()
    assert count() == before + 1
