"""Hours beyond the short form: weeks, stores, the desk, dates; an open deadline follows them."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.rules import Role
from crm.complaints import jobs
from crm.complaints import queries as complaints
from crm.complaints.rules.words import Channel, ClockKind, EventType
from crm.stores import queries
from crm.stores.models import Store
from crm.stores.rules import WindowKind
from tests.client import PageClient
from tests.factories.desk import Desk
from tests.factories.stores import make_staff, make_store

K = ClockKind


@pytest.fixture
def owner(page: PageClient, session: Session, store: Store) -> PageClient:
    page.sign_in(make_staff(session, Role.OWNER))
    return page


def test_week_has_split_shifts_windows_over_midnight_and_days_off(
    owner: PageClient, session: Session
) -> None:
    form = owner.get("/settings/hours/week")
    owner.submit(
        form,
        "保存",
        day_0="10:00–14:00、16:00–22:00",
        day_1="9:00-13:00、12:00-18:00",
        day_2="",
        day_3="休",
        day_4="20:00–02:00",
        day_5="0:00-24:00",
        day_6="",
    )
    assert queries.week(session, WindowKind.STAFFED) == {
        0: [(600, 840), (960, 1320)],
        1: [(540, 1080)],
        4: [(1200, 1560)],
        5: [(0, 1440)],
    }
    again = owner.get("/settings/hours/week")
    assert again.fields(again.form_of("保存"))["day_4"] == "20:00–02:00"
    assert "现在每天不一样" in owner.get("/settings/hours").text


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"day_0": "9点到18点"}, "写成 10:00–14:00、16:00–22:00 这样"),
        ({"day_0": "10:00-10:00"}, "写成 10:00–14:00、16:00–22:00 这样"),
        ({"day_0": "1" * 200}, "最多 120 个字"),
        ({}, "至少填一天"),
    ],
)
def test_week_that_cannot_be_is_refused_and_kept(
    owner: PageClient, session: Session, days: dict[str, str], words: str
) -> None:
    before = queries.week(session, WindowKind.STAFFED)
    page = owner.post("/settings/hours/week", days, 422)
    assert words in page.text
    assert queries.week(session, WindowKind.STAFFED) == before


def test_store_has_its_own_week_until_it_follows_the_shop_again(
    owner: PageClient, session: Session, store: Store
) -> None:
    path = f"/settings/hours/week/{store.id}"
    assert "现在和全店一样" in owner.get(path).text
    owner.post(path, {"day_0": "12:00-20:00"})
    assert queries.week(session, WindowKind.STAFFED, store.id) == {0: [(720, 1200)]}
    assert "自己的时间" in owner.get("/settings/hours").text
    owner.submit(owner.get(path), "改回和全店一样")
    assert queries.week(session, WindowKind.STAFFED, store.id) == {}
    owner.get("/settings/hours/week/99999", 404)
    owner.post("/settings/hours/week/99999", {"day_0": "12:00-20:00"}, 404)


def test_desk_works_on_statutory_workdays_only(
    owner: PageClient, session: Session, store: Store
) -> None:
    week = {f"day_{day}": "9:00-12:00、13:30-18:00" for day in range(5)}
    owner.get("/settings/hours/desk")
    owner.post("/settings/hours/desk", week)
    desk = queries.hours_of_stores(session, [store.id])[store.id].desk
    assert desk.windows_on(date(2026, 2, 14)) == [(540, 720), (810, 1080)]  # made up
    assert list(desk.windows_on(date(2026, 2, 16))) == []  # Spring Festival
    assert queries.shop_calendar(session).windows_on(date(2026, 2, 16)) != []
    owner.submit(owner.get("/settings/hours/desk"), "不用售后台了")
    assert not queries.has_hours(session, WindowKind.DESK)


def test_date_has_other_hours_in_one_store_only(
    owner: PageClient, session: Session, store: Store
) -> None:
    other = make_store(session, "中山路店")
    eve = {"on": "2026-02-16", "windows": "10:00-15:00", "store": str(store.id)}
    for _ in range(2):
        owner.post("/settings/hours/days-off", eve)
    day = date(2026, 2, 16)
    assert queries.business_calendar(session, store.id).windows_on(day) == [(600, 900)]
    assert queries.business_calendar(session, other.id).windows_on(day) != [(600, 900)]
    page = owner.get("/settings/hours")
    assert "10:00–15:00" in page.text
    (special,) = queries.special_days(session, date(2025, 1, 1))
    owner.post(f"/settings/hours/days-off/{special.id}/remove")
    assert queries.special_days(session, date(2025, 1, 1)) == []


def test_hours_of_a_date_replace_those_it_had(owner: PageClient, session: Session) -> None:
    for windows in ("10:00-12:00、14:00-16:00", "", "9:00-10:00"):
        owner.post("/settings/hours/days-off", {"on": "2026-02-16", "windows": windows})
    (special,) = queries.special_days(session, date(2025, 1, 1))
    assert special.windows == [(540, 600)]


def test_calculator_counts_by_the_chosen_store(owner: PageClient, store: Store) -> None:
    owner.post(
        f"/settings/hours/week/{store.id}", {f"day_{day}": "12:00-20:00" for day in range(7)}
    )
    trial = {"at": "2025-06-18 19:50", "store": str(store.id)}
    owner.post("/settings/hours/try", trial, 200)
    assert "2025-06-18 19:50 提出 → 2025-06-19 12:05 到期" in owner.response.text


def test_changed_hours_move_the_deadline_of_an_open_complaint(
    page: PageClient, session: Session, factory: sessionmaker[Session], now
) -> None:
    """FH-4, ZM-10: through the page, then one pass of the worker."""
    shop = Desk(session)
    complaint = shop.log(now, channel=Channel.PRIVATE)
    before = shop.clocks(complaint)[K.FIRST_RESPONSE].due_at
    page.sign_in(make_staff(session, Role.OWNER))
    page.post("/settings/hours/days-off", {"on": "2025-06-18"})
    jobs.follow_hours(factory, now=lambda: now)
    session.expire_all()
    after = shop.clocks(complaint)[K.FIRST_RESPONSE].due_at
    assert before.date() == date(2025, 6, 18)
    assert after - before > timedelta(hours=12)
    moves = [
        row.data
        for row in complaints.events_of(session, complaint.id)
        if row.type is EventType.DEADLINE_CHANGED and row.data.get("kind") == "first_response"
    ]
    assert [(m["old"], m["new"], m["cause"]) for m in moves] == [
        (before.isoformat(), after.isoformat(), "calendar")
    ]
    told = page.get(f"/complaints/{complaint.id}", skip=("tap_targets",)).text
    assert "上班时间改了" in told
