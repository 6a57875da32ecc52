"""U4, U8, U21 and U24 of complaints: seen at once, answered in two taps, copied anywhere."""

from playwright.sync_api import expect
from sqlalchemy import select

from crm.complaints.models import ComplaintEvent
from crm.complaints.rules.words import EventType
from crm.db import make_engine
from tests.browser import checks
from tests.browser.serving import Served
from tests.browser.shop import People
from tests.browser.visits import Visit


def _answers(served: Served, complaint_id: int) -> int:
    """Answers in the group that count: said, and not taken back."""
    engine = make_engine(served.url)
    with engine.connect() as connection:
        rows = connection.execute(
            select(ComplaintEvent.type, ComplaintEvent.data).where(
                ComplaintEvent.complaint_id == complaint_id
            )
        ).all()
    engine.dispose()
    said = sum(row.type is EventType.PUBLIC_REPLY for row in rows)
    return said - sum(row.type is EventType.UNDONE for row in rows)


def test_what_is_pressing_stands_above_the_fold(visit: Visit, people: People) -> None:
    today = visit("/today")
    assert checks.above_fold(today, "[role=timer]") == []
    assert checks.above_fold(today, "main .btn-primary") == []
    case = visit(people.address("/complaints/{complaint}"))
    assert checks.above_fold(case, "button[value=public_reply]") == []
    board = visit("/complaints", "lead")
    assert checks.above_fold(board, "article form button, article .btn") == []


def test_clock_stops_with_the_second_tap_and_undo_starts_it_again(
    visit: Visit, served: Served, people: People
) -> None:
    page = visit("/today")
    page.get_by_role("link", name="吊牌不对").or_(
        page.locator(f"a.more[href='/complaints/{people.complaint}']")
    ).first.click()
    page.get_by_role("button", name="已在群里回复，停止计时").click()
    page.get_by_role("status").filter(has_text="首次回复，用时").first.wait_for()
    assert _answers(served, people.complaint) == 1
    assert checks.axe(page) == []
    page.get_by_role("button", name="撤销 停止计时").click()
    page.get_by_role("button", name="已在群里回复，停止计时").wait_for()
    assert _answers(served, people.complaint) == 0


def test_copying_marks_the_button_and_leaves_the_clock_alone(
    visit: Visit, served: Served, people: People
) -> None:
    page = visit(
        people.address("/complaints/{complaint}"),
        base=served.address.replace("127.0.0.1", "shop.test"),
    )
    assert page.evaluate("isSecureContext") is False
    page.get_by_role("textbox", name="回复内容").fill("陈姐您好，我马上核对。")
    page.get_by_role("button", name="复制去群里发").click()
    page.get_by_role("button", name="已复制").wait_for()
    assert _answers(served, people.complaint) == 0
    page.get_by_role("textbox", name="回复内容").fill("")
    page.keyboard.press("Control+V")
    assert page.get_by_role("textbox", name="回复内容").input_value() == "陈姐您好，我马上核对。"


def test_countdown_goes_on_in_words(visit: Visit, people: People) -> None:
    page = visit(people.address("/complaints/{complaint}"))
    timer = page.get_by_role("timer").first
    expect(timer).not_to_have_text(timer.inner_text())
    assert checks.timers(page) == []
