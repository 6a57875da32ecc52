"""A form asks only for what the chosen answer needs; without the script it asks for everything."""

from playwright.sync_api import Page

from tests.browser.visits import Visit

READY = "html[data-ready='1']"
TO, BY_STORE = "交给谁", "按门店分：每家店交给谁"


def asked(page: Page) -> tuple[bool, bool]:
    """Whether the form asks for one colleague, and for one a store."""
    to = page.get_by_label(TO, exact=True)
    return to.is_visible(), page.get_by_role("group", name=BY_STORE).is_visible()


def test_hand_over_asks_for_what_the_chosen_way_needs(visit: Visit) -> None:
    page = visit("/settings/team/1/hand-over", "owner")
    page.wait_for_selector(READY)
    assert asked(page) == (True, False)
    page.get_by_label("按门店分", exact=True).check()
    assert asked(page) == (False, True)
    page.get_by_label("都交给一个人", exact=True).check()
    assert asked(page) == (True, False)


def test_a_book_that_waits_needs_no_colleague(visit: Visit) -> None:
    page = visit("/settings/team/1/leave", "owner")
    page.wait_for_selector(READY)
    assert asked(page) == (True, False)
    page.locator("[name=book][value=waits]").check()
    assert asked(page) == (False, False)
    assert not page.get_by_role("group", name="怎么交").is_visible()


def test_without_the_script_both_ways_are_asked_for(visit: Visit) -> None:
    page = visit("/settings/team/1/hand-over", "owner", java_script_enabled=False)
    assert asked(page) == (True, True)
