"""Things to do: due first, of one's stores, done with one tap, paged by key."""

from datetime import timedelta

import pytest

from crm.complaints.queries.tasks import task_page
from crm.complaints.rules.words import Category, Channel, ClockKind, ClockState, EventType
from tests.factories.desk import QUOTE


def _promise(shop, hours, task="pickup", complaint=None):
    complaint = complaint or shop.opened(channel=Channel.PRIVATE, category=Category.QUALITY)
    due_at = (shop.now + timedelta(hours=hours)).isoformat()
    shop.happened(complaint, EventType.PROMISED, due_at=due_at, task=task)
    return complaint


def test_what_is_due_first_stands_first_with_its_person_and_case(shop, page):
    _promise(shop, 48, "refund")
    urgent = _promise(shop, 3, "等厂家发配件")
    got = page.get("/tasks", queries=5)
    assert got.h1 == "要办的事"
    assert got.text.index("等厂家发配件") < got.text.index("退款已提交")
    assert "陈姐" in got.text
    assert got.link(f"#{urgent.short_no} 「{QUOTE}」") == f"/complaints/{urgent.id}"


def test_nothing_to_do_is_said(shop, page):
    shop.opened()
    assert "没有要办的事" in page.get("/tasks").text


def test_one_moment_is_no_task(shop, page):
    complaint = shop.opened()
    shop.happened(complaint, EventType.HOLDING_REPLY)
    assert "没有要办的事" in page.get("/tasks").text


def test_done_is_one_tap_a_second_one_does_nothing_and_undo_brings_it_back(shop, page):
    complaint = _promise(shop, 3)
    got = page.get("/tasks")
    done = got.form_of(f"办好了 等驿站取件 #{complaint.short_no}").get("action")
    page.post(done, {}, status=303)
    assert "没有要办的事" in page.get("/tasks").text
    page.post(done, {}, status=303)
    assert shop.clocks(complaint)[ClockKind.PROMISE].state is ClockState.MET
    assert shop.fresh(complaint).version == 3
    page.post(f"/complaints/{complaint.id}/undo/3", {}, status=303)
    assert "等驿站取件" in page.get("/tasks").text


def test_the_phone_is_answered_in_its_own_way(shop, page):
    complaint = _promise(shop, 3)
    done = page.get("/tasks").form_of(f"办好了 等驿站取件 #{complaint.short_no}").get("action")
    page.post(done, {}, status=200, headers={"Accept": "application/json"}, fragment=True)
    answer = page.response.json
    assert answer["message"] == "已办好"
    assert answer["undo"] == f"/complaints/{complaint.id}/undo/3"


def test_tasks_are_paged_by_due_time_and_number(shop):
    made = [_promise(shop, hours) for hours in (5, 1, 1, 3)]
    first = task_page(shop.session, shop.manager, after=None, most=2)
    last = first[-1]
    rest = task_page(shop.session, shop.manager, after=(last.due_at, last.id), most=9)
    shown = [task.complaint_id for task in (*first, *rest)]
    assert shown == [made[1].id, made[2].id, made[3].id, made[0].id]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwxXQ", "WyIyMDI1LTA2LTE4IiwxXQ"])
def test_a_cursor_that_cannot_be_begins_again(shop, page, cursor):
    page.get(f"/tasks?cursor={cursor}", status=303)


def test_another_stores_tasks_are_not_shown_and_not_done(shop, page):
    complaint = _promise(shop, 3)
    done = page.get("/tasks").form_of(f"办好了 等驿站取件 #{complaint.short_no}").get("action")
    page.sign_in(shop.staff["stranger"])
    assert "没有要办的事" in page.get("/tasks").text
    page.post(done, {}, status=404)
    assert shop.clocks(complaint)[ClockKind.PROMISE].state is ClockState.RUNNING
