"""The statutory days on their page: read, looked at, saved, taken back; unknown years say so."""

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm import clock
from crm.accounts.rules import Role
from crm.stores import queries
from crm.stores.models import CalendarDay
from tests.client import PageClient
from tests.factories.stores import make_staff, make_store

NOTICE = "一、元旦：1月1日（周五）至3日（周日）放假，共3天。"


@pytest.fixture
def owner(page: PageClient, session: Session) -> PageClient:
    make_store(session)
    page.sign_in(make_staff(session, Role.OWNER))
    return page


def test_a_year_is_looked_at_before_it_is_saved_and_taken_back_after(
    owner: PageClient, session: Session
) -> None:
    first = owner.get("/settings/calendar")
    form = {"year": "2027", "text": NOTICE, "source": "国办发明电 1 号"}
    look = owner.post("/settings/calendar", form, 200)
    assert "2027 年：放假 3 天，调休上班 0 天" in look.text
    assert queries.named_days(session, 2027) == ()
    owner.submit(look, "保存")
    assert len(queries.named_days(session, 2027)) == 3
    saved = owner.get("/settings/calendar")
    assert "2027" in saved.text
    assert "2027" not in first.text.replace(
        first.fields(first.form_of("看看读到了什么"))["year"], ""
    )
    owner.submit(saved, "撤销")
    assert queries.named_days(session, 2027) == ()


def test_a_known_year_can_be_changed(owner: PageClient, session: Session) -> None:
    page = owner.get("/settings/calendar", edit=2026, queries=3)
    fields = page.fields(page.form_of("看看读到了什么"))
    assert fields["year"] == "2026"
    assert "2026-02-14,work,春节" in fields["text"]
    changed = (
        fields["text"].replace("2026-02-14,work,春节\n", "").replace("2026-02-14,work,春节\r\n", "")
    )
    owner.post("/settings/calendar", {"year": "2026", "text": changed, "save": "1"})
    assert len(queries.named_days(session, 2026)) == 38


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"year": "", "text": NOTICE}, "年份写 2020 到"),
        ({"year": "1e9", "text": NOTICE}, "年份写 2020 到"),
        ({"year": "9999", "text": NOTICE}, "年份写 2020 到"),
        ({"year": "2026", "text": ""}, "贴上通知"),
        ({"year": "2026", "text": "\x00"}, "贴上通知"),
        ({"year": "2026", "text": "随便"}, "没有读到放假的日子"),
        ({"year": "2026", "text": "2月30日放假"}, "这一天"),
        ({"year": "2026", "text": "x" * 9000}, "最多 8000 个字"),
        ({"year": "2026", "text": NOTICE, "source": "x" * 121}, "出处最多"),
    ],
)
def test_what_cannot_be_is_refused_and_kept(
    owner: PageClient, session: Session, form: dict[str, str], words: str
) -> None:
    before = queries.named_days(session, 2026)
    page = owner.post("/settings/calendar", {**form, "save": "1"}, 422)
    assert words in page.text
    assert queries.named_days(session, 2026) == before


def test_an_unknown_year_is_named_and_never_guessed(owner: PageClient, session: Session) -> None:
    page = owner.get("/settings/calendar")
    this_year = clock.now().year
    known = queries.named_years(session)
    for year in (this_year, this_year + 1):
        assert (f"{year} 年的安排还没录入" in page.text) is (year not in known)


def test_only_owners_change_the_calendar_and_leads_the_roster(
    page: PageClient, session: Session
) -> None:
    store = make_store(session)
    for role, roster in ((Role.LEAD, 200), (Role.MANAGER, 403), (Role.ASSISTANT, 403)):
        page.sign_in(make_staff(session, role, store))
        page.get("/settings/calendar", 403)
        page.get("/settings/roster", roster)


def test_owners_are_asked_on_every_page_for_the_year_that_is_missing(
    page: PageClient, session: Session
) -> None:
    store = make_store(session)
    session.execute(delete(CalendarDay))
    asked = f"{clock.now().year} 年的节假日安排还没录入"
    for role, is_asked in ((Role.OWNER, True), (Role.LEAD, False), (Role.MANAGER, False)):
        page.sign_in(make_staff(session, role, store))
        assert (asked in page.get("/today").text) is is_asked
