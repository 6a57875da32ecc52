"""A served shop and a browser for the checks of the interface; a missing browser is said, not hidden.

The product runs as a process of its own, as `shuke web` starts it, over a database of its own with
the shop of `tests.browser.shop` in it. One server and one browser serve all checks of a worker.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import databases
from tests.browser import serving
from tests.browser.shop import People, build

PHONE = {"width": 360, "height": 600}
DESK = {"width": 1280, "height": 800}
NO_BROWSER = "no Chromium found: install one (Debian: apt install chromium fonts-noto-cjk)"
# A failed form answers 422, a repeated key 409: Chromium logs both as errors of loading.
EXPECTED_STATUS = ("status of 422", "status of 409")

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = serving.chromium()
    if path is None:
        if os.environ.get("SHUKE_REQUIRE_BROWSER"):
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=serving.BROWSER_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(
    migrated_url: str, server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[serving.Served]:
    """The running shop of this worker: its address and who works there."""
    folder = tmp_path_factory.mktemp("browser")
    name = f"shuke_test_{os.getpid()}_browser"
    url = databases.fresh(server, name, folder, template=migrated_url)
    people = build(url)
    with serving.web(url, folder) as address:
        yield serving.Served(address, url, people)
    databases.drop(url, server)


@pytest.fixture
def people(served: serving.Served) -> People:
    return served.people


@pytest.fixture
def visit(browser: Browser, served: serving.Served) -> Iterator[Visit]:
    """Open a page as one of the people; fails at the end where the console had an error."""
    opened: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(
        path: str, who: str = "manager", *, desk: bool = False, base: str = "", **options: object
    ) -> Page:
        size = DESK if desk else PHONE
        context = browser.new_context(viewport=size, locale="zh-CN", **options)  # type: ignore[arg-type]
        opened.append(context)
        address = base or served.address
        if who:
            serving.sign_in(context, address, served.people.tokens[who])
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _note(errors, page, message.type, message.text))
        page.goto(address + path)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert not errors, f"the console had errors (U22): {errors}"


def _note(errors: list[str], page: Page, kind: str, text: str) -> None:
    offline = "ERR_INTERNET_DISCONNECTED" in text or "ERR_FAILED" in text
    if kind == "error" and not offline and not any(known in text for known in EXPECTED_STATUS):
        errors.append(f"{page.url}: {text}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
