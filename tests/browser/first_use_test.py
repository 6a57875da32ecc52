"""First use, and the empty states of a shop that has nothing yet (U1, U20, U25)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import checks, serving
from tests.browser.visits import PHONE

EMPTY = (
    "/today",
    "/contacts",
    "/contacts?q=陈小姐",
    "/complaints",
    "/groups",
    "/campaigns",
    "/results",
    "/inbox",
)


@pytest.fixture
def page(browser: Browser, fresh_database: Callable[[], str], tmp_path: Path) -> Iterator[Page]:
    """A browser at a product that nobody has set up."""
    with serving.web(fresh_database(), tmp_path) as address:
        context = browser.new_context(viewport=PHONE, base_url=address, locale="zh-CN")
        yield context.new_page()
        context.close()


def test_first_use_leads_to_empty_pages_that_say_what_to_do(page: Page) -> None:
    page.goto("/")
    page.wait_for_url("**/setup")
    assert checks.axe(page) == []
    page.get_by_role("button", name="建好，开始用").click()
    page.get_by_role("alert").get_by_role("link").first.wait_for()
    assert page.title().startswith("错误：")
    assert checks.axe(page) == []
    for label, text in (
        ("店名", "锦禾女装"),
        ("第一家门店", "人民路店"),
        ("你的名字", "阿俊"),
        ("用户名", "ajun"),
        ("密码", "long enough 1"),
    ):
        page.get_by_role("textbox", name=label).or_(page.get_by_label(label)).first.fill(text)
    page.get_by_role("button", name="建好，开始用").click()
    page.wait_for_url("**/contacts")
    faults = {}
    for path in EMPTY:
        page.goto(path)
        faults[path] = checks.axe(page) + checks.small_targets(page)
    assert {path: found for path, found in faults.items() if found} == {}
