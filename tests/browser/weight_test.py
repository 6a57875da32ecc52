"""U18: the first view of the busiest pages on a slow line and a slow phone."""

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Route

from tests.browser import serving
from tests.browser.visits import PHONE

SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER_PROCESSOR = 4
MOST_KB, MOST_REQUESTS, MOST_MS, MOST_SHIFT = 60, 8, 2500, 0.1

WATCH = """
window.seen = {lcp: 0, shift: 0};
const watch = (type, note) => {
    const observer = new PerformanceObserver(list => list.getEntries().forEach(note));
    observer.observe({type, buffered: true});
};
watch('largest-contentful-paint', entry => { seen.lcp = entry.startTime; });
watch('layout-shift', entry => { if (!entry.hadRecentInput) seen.shift += entry.value; });
"""


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("manager", "/today"),
        ("manager", "/log"),
        ("manager", "/complaints/{complaint}"),
        ("owner", "/results"),
    ],
)
def test_first_view_is_light_and_quick(
    browser: Browser, served: serving.Served, who: str, path: str
) -> None:
    faults = faults_of_first_view(browser, served, who, path)
    assert faults == {}


def faults_of_first_view(
    browser: Browser, served: serving.Served, who: str, path: str, more_script: str = ""
) -> dict[str, float]:
    """Return the figures over their limits; `more_script` is weight to plant."""
    context = browser.new_context(viewport=PHONE)
    serving.sign_in(context, served.address, served.people.tokens[who])
    page = context.new_page()
    line = context.new_cdp_session(page)
    kilobytes = slow(line)
    page.add_init_script(WATCH)
    if more_script:
        page.route("**/assets/app.js*", lambda route: _heavier(route, more_script))
    page.goto(served.address + served.people.address(path))
    page.wait_for_selector("html[data-ready='1']")
    page.wait_for_timeout(500)
    figures = _figures(page) | {"kB": sum(kilobytes) / 1000, "requests": len(kilobytes)}
    context.close()
    print(path, {name: round(value, 2) for name, value in figures.items()})
    limits = {
        "ready": MOST_MS,
        "lcp": MOST_MS,
        "shift": MOST_SHIFT,
        "kB": MOST_KB,
        "requests": MOST_REQUESTS,
    }
    return {name: figures[name] for name, most in limits.items() if figures[name] > most}


def _heavier(route: Route, more: str) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text() + more)


def slow(line: CDPSession) -> list[float]:
    """Slow line and processor; the list returned fills with the bytes of each answer."""
    sizes: list[float] = []
    line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW_4G)
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
    return sizes


def _figures(page: Page) -> dict[str, float]:
    found: dict[str, float] = page.evaluate(
        "({...seen, ready: performance.getEntriesByName('shuke-ready')[0].startTime})"
    )
    return found
