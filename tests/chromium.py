"""The one browser of a test process: playwright runs only once in each."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import serving

NO_BROWSER = "no Chromium found: install one (Debian: apt install chromium fonts-noto-cjk)"


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
