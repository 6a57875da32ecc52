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


def test_one_tick_notes_that_an_onlooker_was_told(visit: Visit, people: People) -> None:
    page = visit(people.address("/complaints/{complaint}"))
    page.get_by_role("textbox", name="回复内容").fill("我马上核对吊牌。")
    page.get_by_role("checkbox", name="已向 小鹿 说明", exact=True).check()
    page.get_by_role("status").filter(has_text="向 小鹿 说明了").wait_for()
    expect(page.get_by_role("checkbox", name="已向 小鹿 说明", exact=True)).to_be_checked()
    expect(page.get_by_role("textbox", name="回复内容")).to_have_value("我马上核对吊牌。")
    assert checks.axe(page) == []
    page.get_by_role("checkbox", name="已向 小鹿 说明", exact=True).uncheck()
    page.get_by_role("status").filter(has_text="还没有向 小鹿 说明").wait_for()
    expect(page.get_by_role("checkbox", name="已向 小鹿 说明", exact=True)).not_to_be_checked()


def test_an_answer_that_was_sent_is_no_draft_any_more(visit: Visit, people: People) -> None:
    page = visit(people.address("/complaints/{complaint}"))
    box = page.get_by_role("textbox", name="回复内容")
    ready = box.input_value()
    box.fill("已经核对，是仓库拿错了。")
    page.get_by_role("button", name="已在群里回复，停止计时").click()
    page.get_by_role("status").filter(has_text="首次回复，用时").first.wait_for()
    expect(page.get_by_role("textbox", name="回复内容")).to_have_value(ready)
    page.get_by_role("button", name="撤销 停止计时").click()  # the shop is everybody's
    page.get_by_role("button", name="已在群里回复，停止计时").wait_for()


def test_a_pick_up_is_arranged_and_done_with_a_tap_each(visit: Visit, people: People) -> None:
    page = visit(people.address("/complaints/{complaint}"))
    page.get_by_role("group", name="帮她办").get_by_role("button", name="约驿站取件").click()
    page.get_by_role("button", name="办好了 等驿站取件").wait_for()
    tasks = visit("/tasks")
    tasks.get_by_role("button", name="办好了 等驿站取件").click()
    tasks.get_by_role("status").filter(has_text="已办好").wait_for()
    expect(tasks.get_by_role("button", name="办好了 等驿站取件")).to_be_hidden()


def test_a_double_tap_logs_one_complaint(visit: Visit, people: People) -> None:
    page = visit("/complaints")
    page.get_by_role("link", name="登记客诉").click()
    page.get_by_role("textbox", name="说了什么").fill("少了一条腰带")
    page.get_by_role("combobox", name="类型").select_option(label="发错货")
    page.get_by_role("button", name="登记，开始计时").dblclick()
    page.get_by_role("heading", level=1, name="少了一条腰带").wait_for()
    board = visit("/complaints")
    assert board.get_by_role("link", name="「少了一条腰带」").count() == 1


def test_rare_acts_stay_folded_and_fit_the_screen(visit: Visit, people: People) -> None:
    page = visit(people.address("/complaints/{complaint}"), "lead")
    assert checks.above_fold(page, "button[value=public_reply]") == []
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert checks.axe(page) == []
    assert checks.small_targets(page) == []
    for width in (360, 320):
        assert checks.overflow(page, width, "xl") == []


def test_wording_of_a_template_is_changed_and_reset(visit: Visit) -> None:
    page = visit("/settings/templates", "lead")
    page.get_by_role("link", name="下班时间（不算回复）").click()
    page.get_by_role("textbox", name="内容", exact=True).fill("{name}，{open} 回您。国家级")
    page.get_by_role("button", name="保存").click()
    page.get_by_text("处不能用").first.wait_for()
    assert checks.axe(page) == []
    page.get_by_role("button", name="恢复原文 下班时间（不算回复）").click()
    page.get_by_role("status").filter(has_text="已恢复原文").wait_for()
