"""U1, U2, U3, U17, U19 to U23 of every page, in both languages, on a phone and on a desktop."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser import checks
from tests.browser.shop import People
from tests.browser.visits import PHONE, Visit

# Who looks at what; `People.address` fills in the ids.
PAGES = [
    ("", "/login"),
    ("manager", "/today"),
    ("manager", "/contacts"),
    ("manager", "/contacts/new"),
    ("manager", "/contacts/{contact}"),
    ("manager", "/log"),
    ("manager", "/log?new=1"),
    ("manager", "/complaints/{complaint}"),
    ("manager", "/groups/{group}"),
    ("manager", "/groups/{group}/import"),
    ("manager", "/inbox"),
    ("lead", "/complaints"),
    ("lead", "/complaints/new"),
    ("lead", "/complaints?filter=1"),
    ("lead", "/complaints/{complaint}"),
    ("lead", "/tasks"),
    ("lead", "/settings/templates?edit=off_shift"),
    ("lead", "/groups"),
    ("owner", "/campaigns"),
    ("owner", "/campaigns/{campaign}?step=people"),
    ("owner", "/campaigns/{campaign}?step=copy"),
    ("owner", "/campaigns/{campaign}?step=tasks"),
    ("owner", "/campaigns/{campaign}?step=results"),
    ("owner", "/results"),
    ("owner", "/settings/deadlines"),
    ("owner", "/settings/attention"),
    ("owner", "/settings/alerts"),
    ("owner", "/settings/data"),
    ("owner", "/help"),
    ("owner", "/settings"),
    ("owner", "/settings/display"),
    ("owner", "/settings/hours"),
    ("owner", "/settings/team"),
    ("owner", "/settings/stores"),
    ("owner", "/settings/words"),
]
FORCED_COLOURS = ("/today", "/log", "/complaints/{complaint}")
LANGUAGES = {"zh": ("zh-CN", " · 熟客"), "en": ("en", " · Shuke")}

Look = Callable[[Page], list[str]]

every_page = pytest.mark.parametrize(("who", "path"), PAGES, ids=[path for _, path in PAGES])


@every_page
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_passes_every_check(
    visit: Visit, people: People, who: str, path: str, language: str
) -> None:
    mark = "&" if "?" in path else "?"
    page = visit(f"{people.address(path)}{mark}lang={language}", who)
    page.wait_for_selector("html[data-ready='1']")
    looks: dict[str, Look] = {
        "U2 fits": _overflow,
        "U3 targets": checks.small_targets,
        "U17 focus": checks.focus_faults,
        "U19 numbers": lambda page: checks.whole_numbers(page.content()),
        "U20 names": lambda page: _names(page, language),
        "U21 timers": checks.timers,
        "U23 zoom": checks.zoom_blocked,
    }
    if language == "zh":  # structure and colours do not change with the words, and axe is slow
        looks["U1 axe"] = checks.axe
    if path in FORCED_COLOURS:
        looks["U1 axe, forced colours"] = _forced_colours
    # All of them are asked, so that one fault does not hide the others.
    faults = {name: found for name, look in looks.items() if (found := look(page))}
    assert faults == {}


def _overflow(page: Page) -> list[str]:
    found = [
        fault
        for width in (360, 320)
        for size in checks.SIZES
        for fault in checks.overflow(page, width, size)
    ]
    checks.set_size(page, "")
    page.set_viewport_size(PHONE)
    return found


def _forced_colours(page: Page) -> list[str]:
    page.emulate_media(forced_colors="active")
    found = checks.axe(page)
    page.emulate_media(forced_colors="none")
    return found


def _names(page: Page, language: str) -> list[str]:
    lang, brand = LANGUAGES[language]
    headings = [" ".join(text.split()) for text in page.locator("h1").all_inner_texts()]
    found = {
        "h1": len(headings) == 1,
        "title": page.title() in [heading + brand for heading in headings],
        "lang": page.locator("html").get_attribute("lang") == lang,
    }
    return [f"{name} of {page.title()!r}" for name, fine in found.items() if not fine]


def test_user_menu_is_accessible_and_gives_way(visit: Visit) -> None:
    page = visit("/settings")
    button = page.get_by_role("button", name="王梅（店长）")
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    assert page.locator("#user-menu a, #user-menu button").all_inner_texts() == [
        "群",
        "复购名单",
        "图册",
        "设置",
        "English",
        "退出",
        "帮助",
    ]
    assert checks.axe(page) == []
    page.keyboard.press("Escape")
    assert button.get_attribute("aria-expanded") == "false"


def test_sign_in_says_what_is_wrong_and_goes_where_one_wanted(visit: Visit) -> None:
    page = visit("/settings/display", "")
    assert "/login?next=" in page.url
    page.get_by_label("用户名").fill("wangmei")
    page.get_by_label("密码").fill("wrong password")
    page.get_by_role("button", name="登录").click()
    page.get_by_role("alert").filter(has_text="用户名或密码不对").wait_for()
    assert page.get_by_label("用户名").input_value() == "wangmei"
    page.get_by_label("密码").fill("long enough 1")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/settings/display")
