"""Opens pages as people of the shop do, notes what the console complains of, and can plant a fault.

A planted fault changes what the browser receives, as if it had been built into the product.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.browser.serving import Served, sign_in

Count = Callable[[], int]
PHONE = {"width": 360, "height": 600}
DESK = {"width": 1280, "height": 800}
PATIENCE = 8000
# A failed form answers 422, a repeated key 409: Chromium logs both as errors of loading.
EXPECTED = ("status of 422", "status of 409", "ERR_INTERNET_DISCONNECTED", "ERR_FAILED")


class Visit(Protocol):
    """Opens a path as a person; `base` is another address of the same shop."""

    def __call__(
        self, path: str, who: str = "manager", *, desk: bool = False, base: str = "", **options: Any
    ) -> Page: ...


@dataclass(frozen=True)
class Fault:
    """A change to the pages (html), the style sheet (css) or the script (js)."""

    name: str
    kind: str
    change: Callable[[str], str]

    def address(self) -> str:
        return {"html": "**/*", "css": "**/assets/app.css*", "js": "**/assets/app.js*"}[self.kind]


@dataclass
class Visits:
    """All pages that one check opens."""

    browser: Browser
    served: Served
    fault: Fault | None = None
    patience: int = PATIENCE
    errors: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """What a check makes go wrong itself, as the browser words it."""
    planted: bool = False
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self, path: str, who: str = "manager", *, desk: bool = False, base: str = "", **options: Any
    ) -> Page:
        """Open a page; `who` empty means nobody is signed in."""
        size: Any = DESK if desk else PHONE
        context = self.browser.new_context(viewport=size, locale="zh-CN", **options)
        self._contexts.append(context)
        address = base or self.served.address
        if who:
            sign_in(context, address, self.served.people.tokens[who])
        page = context.new_page()
        page.set_default_timeout(self.patience)
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._note(page, message.type, message.text))
        if self.fault is not None:
            page.route(self.fault.address(), self._plant)
        page.goto(address + path)
        return page

    def close(self) -> None:
        for context in self._contexts:
            for page in context.pages:  # one that is still being planted would hold the close
                page.unroute_all(behavior="ignoreErrors")
            context.close()

    def _note(self, page: Page, kind: str, text: str) -> None:
        if kind == "error" and not any(known in text for known in (*EXPECTED, *self.expected)):
            self.errors.append(f"{page.url}: {text}")

    def _plant(self, route: Route) -> None:
        assert self.fault is not None
        if self.fault.kind == "html" and route.request.resource_type != "document":
            route.continue_()
            return
        answer = route.fetch(max_redirects=0)
        text = answer.text()
        changed = self.fault.change(text)
        self.planted = self.planted or changed != text
        route.fulfill(response=answer, body=changed)
