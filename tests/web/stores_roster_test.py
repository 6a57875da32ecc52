"""The duty roster on its page: added, shown, its gaps, leave, and everything taken back."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.rules import Role
from crm.audit.models import AuditEntry
from crm.stores import queries
from crm.stores.models import Store
from tests.client import PageClient
from tests.conftest import NOW
from tests.factories.stores import make_staff, make_store

EVERY_DAY = [str(day) for day in range(7)]


@pytest.fixture
def mei(session: Session, store: Store) -> Staff:
    return make_staff(session, Role.MANAGER, store, name="王梅")


@pytest.fixture
def lan(session: Session, store: Store) -> Staff:
    return make_staff(session, Role.ASSISTANT, store, name="李兰")


@pytest.fixture
def lead(page: PageClient, session: Session, store: Store, mei: Staff, lan: Staff) -> PageClient:
    page.sign_in(make_staff(session, Role.LEAD, name="周琳"))
    return page


def _shift(who: Staff, **changed: object) -> dict[str, object]:
    form: dict[str, object] = {
        "person": who.id,
        "start": "18:00",
        "end": "02:00",
        "role": "duty",
    }
    return form | {"weekdays": EVERY_DAY, "store": 0, "on": ""} | changed


def test_shift_over_midnight_is_on_now_and_leaves_gaps(
    lead: PageClient, session: Session, mei: Staff, store: Store
) -> None:
    assert "现在没人值班" in lead.get("/settings/roster").text
    lead.post("/settings/roster/shifts", _shift(mei))
    page = lead.get("/settings/roster")
    now = page.text[page.text.index("现在值班") : page.text.index("接下来 7 天没人")]
    assert "王梅" in now
    assert "18:00–02:00" in now
    gaps = page.text[page.text.index("接下来 7 天没人") :]
    assert "09:00–12:00" in gaps
    assert "13:00–18:00" in gaps
    assert queries.roster_at(session, store.id, NOW).duty


def test_a_whole_form_is_taken_back_with_one_tap(
    lead: PageClient, session: Session, mei: Staff
) -> None:
    lead.post("/settings/roster/shifts", _shift(mei))
    assert len(queries.shifts(session, NOW.date())) == 7
    lead.submit(lead.get("/settings/roster"), "撤销")
    assert queries.shifts(session, NOW.date()) == []


def test_the_same_shift_is_not_doubled(lead: PageClient, session: Session, mei: Staff) -> None:
    for _ in range(2):
        lead.post("/settings/roster/shifts", _shift(mei, weekdays=["3"]))
    assert len(queries.shifts(session, NOW.date())) == 1


def test_a_removed_shift_comes_back(lead: PageClient, session: Session, mei: Staff) -> None:
    lead.post("/settings/roster/shifts", _shift(mei, weekdays=[], on="2025-06-20"))
    lead.get("/settings/roster")
    (row,) = queries.shifts(session, NOW.date())
    lead.post(f"/settings/roster/shifts/{row.id}/remove")
    assert queries.shifts(session, NOW.date()) == []
    lead.submit(lead.get("/settings/roster"), "撤销")
    assert len(queries.shifts(session, NOW.date())) == 1


def test_who_is_away_is_replaced_until_that_is_taken_back(
    lead: PageClient, session: Session, mei: Staff, lan: Staff
) -> None:
    lead.post("/settings/roster/shifts", _shift(mei), follow=True)
    away = {"away": mei.id, "substitute": lan.id}
    lead.post(
        "/settings/roster/leave", away | {"first_day": "2025-06-18", "last_day": "2025-06-18"}
    )
    page = lead.get("/settings/roster")
    now = page.text[page.text.index("现在值班") : page.text.index("接下来 7 天没人")]
    assert "李兰" in now
    assert "替王梅" in now
    lead.submit(page, "撤销")
    assert queries.leaves(session, NOW.date()) == []
    assert "替王梅" not in lead.get("/settings/roster").text


def test_what_goes_and_comes_back_is_noted_once_however_often_it_is_tapped(
    lead: PageClient, session: Session, mei: Staff, lan: Staff
) -> None:
    lead.post("/settings/roster/shifts", _shift(lan, weekdays=["2"]))
    lead.post("/settings/roster/shifts", _shift(mei, weekdays=["3"]))
    away = {"away": mei.id, "substitute": lan.id}
    lead.post(
        "/settings/roster/leave", away | {"first_day": "2025-06-18", "last_day": "2025-06-18"}
    )
    _lans, shift = queries.shifts(session, NOW.date())
    (leave,) = queries.leaves(session, NOW.date())
    before = len(_noted(session))
    for act in ("remove", "remove", "restore", "restore"):
        lead.post(f"/settings/roster/shifts/{shift.id}/{act}")
        lead.post(f"/settings/roster/leave/{leave.id}/{act}")
    lead.post(f"/settings/roster/shifts/{shift.id}/take-back")
    assert len(queries.leaves(session, NOW.date())) == 1
    assert [row.staff_id for row in queries.shifts(session, NOW.date())] == [lan.id]
    assert _noted(session)[before:] == [
        "roster.shift_removed",
        "roster.leave_removed",
        "roster.shift_added",
        "roster.leave_added",
        "roster.shift_removed",
    ]


def _noted(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"weekdays": []}, "二选一"),
        ({"on": "2025-06-20"}, "二选一"),
        ({"weekdays": ["9"]}, "从列出的里面选一个"),
        ({"start": "25:00"}, "时间写成 20:14 这样"),
        ({"person": "99999"}, "选一个人"),
        ({"person": "x"}, "选一个人"),
        ({"role": "king"}, "从列出的里面选一个"),
    ],
)
def test_a_shift_that_cannot_be_is_refused(
    lead: PageClient, session: Session, mei: Staff, changed: dict[str, object], words: str
) -> None:
    page = lead.post("/settings/roster/shifts", _shift(mei, **changed), 422)
    assert words in page.text
    assert queries.shifts(session, NOW.date()) == []


def test_nobody_is_put_on_duty_for_a_store_of_others(
    lead: PageClient, session: Session, mei: Staff
) -> None:
    other = make_store(session, "中山路店")
    page = lead.post("/settings/roster/shifts", _shift(mei, store=other.id), 422)
    assert "这个人不在这家店" in page.text


@pytest.mark.parametrize(
    "days",
    [
        {"first_day": "2025-06-20", "last_day": "2025-06-19"},
        {"first_day": "", "last_day": "2025-06-19"},
        {"first_day": "x", "last_day": "2025-06-19"},
    ],
)
def test_leave_that_cannot_be_is_refused(
    lead: PageClient, session: Session, mei: Staff, lan: Staff, days: dict[str, str]
) -> None:
    lead.post("/settings/roster/leave", {"away": mei.id, "substitute": lan.id} | days, 422)
    same = {"away": mei.id, "substitute": mei.id}
    lead.post(
        "/settings/roster/leave", same | {"first_day": "2025-06-19", "last_day": "2025-06-20"}, 422
    )
    assert queries.leaves(session, NOW.date()) == []
