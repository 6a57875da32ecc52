"""Hours, days off, livestreams, stores."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.stores import queries
from crm.stores.rules import WindowKind
from tests.client import PageClient
from tests.conftest import NOW
from tests.factories.stores import make_staff, make_store


@pytest.fixture
def owner(page: PageClient, session: Session) -> PageClient:
    make_store(session)
    page.sign_in(make_staff(session, Role.OWNER))
    return page


def test_calculator_shows_the_rule_over_night(owner: PageClient) -> None:
    owner.get("/settings/hours")
    owner.post("/settings/hours/try", {"at": "2025-06-18 22:20"}, 200)
    assert "2025-06-18 22:20 提出 → 2025-06-19 09:05 到期" in owner.response.text


@pytest.mark.parametrize(
    "at",
    [
        *("", "tomorrow", "2025-13-01 00:00", "0000-00-00", "9" * 400),
        *("0001-01-01 00:00", "9999-12-31 23:59"),
    ],
)
def test_calculator_says_how_to_write_a_time(owner: PageClient, at: str) -> None:
    owner.post("/settings/hours/try", {"at": at}, 422)
    assert 'class="field-error"' in owner.response.text


def test_new_hours_move_the_deadline(owner: PageClient, session: Session) -> None:
    hours = {"start": "10:00", "end": "00:00", "break_start": "", "break_end": ""}
    owner.post("/settings/hours", hours)
    owner.get("/settings/hours")
    assert 'value="10:00"' in owner.response.text
    calendar = queries.shop_calendar(session)
    assert (
        calendar.add(NOW, 4 * 3600).isoformat() == "2025-06-19T02:22:18+00:00"
    )  # 22 min after 10:00


@pytest.mark.parametrize(
    "hours",
    [
        {"start": "22:00", "end": "09:00"},
        {"start": "09:00", "end": "18:00", "break_start": "08:00", "break_end": "08:30"},
        {"start": "09:00", "end": "18:00", "break_start": "12:00", "break_end": ""},
        {"start": "", "end": "18:00"},
        {"start": "25:00", "end": "18:00"},
    ],
)
def test_hours_that_cannot_be_are_refused_and_kept_on_the_page(
    owner: PageClient, session: Session, hours: dict[str, str]
) -> None:
    before = queries.shop_hours(session)
    owner.post("/settings/hours", hours, 422)
    assert f'value="{hours["end"]}"' in owner.response.text
    assert queries.shop_hours(session) == before


def test_day_off_is_added_once_and_removed(owner: PageClient, session: Session) -> None:
    for _ in range(2):
        owner.post("/settings/hours/days-off", {"on": "2025-10-01"})
    (day_off,) = queries.overrides(session)
    assert day_off.on_date == date(2025, 10, 1)
    owner.get("/settings/hours")
    path = f"/settings/hours/days-off/{day_off.id}/remove"
    owner.post(path)
    assert queries.overrides(session) == []
    owner.post(path, status=404)


def test_livestream_over_midnight_ends_on_the_next_day(owner: PageClient, session: Session) -> None:
    stream = {"weekdays": "1", "live_start": "20:00", "live_end": "01:00"}
    for _ in range(2):  # a double tap
        owner.post("/settings/hours/livestreams", stream)
    (window,) = queries.windows(session, WindowKind.LIVESTREAM)
    assert (window.weekday, window.start_minute, window.end_minute) == (1, 1200, 1500)
    owner.get("/settings/hours")
    owner.post(f"/settings/hours/livestreams/{window.id}/remove")
    assert queries.windows(session, WindowKind.LIVESTREAM) == []


def test_staffed_hours_are_no_livestream_to_remove(owner: PageClient, session: Session) -> None:
    hours = {"start": "10:00", "end": "20:00", "break_start": "", "break_end": ""}
    owner.post("/settings/hours", hours)
    before = [window.id for window in queries.windows(session, WindowKind.STAFFED)]
    owner.post(f"/settings/hours/livestreams/{before[0]}/remove", status=404)
    assert [window.id for window in queries.windows(session, WindowKind.STAFFED)] == before


@pytest.mark.parametrize(
    ("path", "data", "words"),
    [
        ("hours", {"start": "25:00", "end": "18:00"}, "时间写成 20:14 这样"),
        ("hours/days-off", {"on": "x"}, "日期写成 2025-06-18 这样"),
        ("hours/livestreams", {"weekdays": "9"}, "从列出的里面选一个"),
        ("display", {"text_size": "huge", "locale": "fr"}, "从列出的里面选一个"),
        ("team", {"name": "李晓", "login": "lixiao"}, "选一个角色"),
        ("team", {"name": "李晓", "login": "lixiao", "role": "emperor"}, "从列出的里面选一个"),
    ],
)
def test_what_cannot_be_read_is_answered_in_the_language_of_the_page(
    owner: PageClient, path: str, data: dict[str, str], words: str
) -> None:
    page = owner.post(f"/settings/{path}", data, 422)
    assert any(words in text for text in page.role("alert"))


def test_store_is_added_and_its_code_is_unique(owner: PageClient, session: Session) -> None:
    store = {"name": "中山路店", "code": "ZSL", "closed_on": "2024-12-31"}
    owner.post("/settings/stores", store)
    owner.post("/settings/stores", {**store, "name": "另一家"}, 422)
    assert "另一家门店已用这个代号" in owner.response.text
    assert [s.name for s in queries.stores_in_scope(session, None)] == ["人民路店", "中山路店"]


def test_only_the_owner_changes_the_shop(page: PageClient, session: Session) -> None:
    store = make_store(session)
    for role in (Role.LEAD, Role.MANAGER, Role.ASSISTANT):
        page.sign_in(make_staff(session, role, store))
        page.get("/settings/hours", 403)
        page.post("/settings/stores", {"name": "x", "code": "y"}, 403)
