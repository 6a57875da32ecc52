"""The inbox page: what is new, what was acknowledged, and nothing by GET."""

import pytest
from sqlalchemy import select

from crm.accounts.rules import Role
from crm.alerts import queries
from crm.alerts.models import AlertReceipt
from crm.alerts.rules import AlertKind
from crm.integrations.rules import Level
from crm.web.pages import encode_cursor
from tests.conftest import NOW
from tests.factories.alerts import raise_one
from tests.factories.stores import actor_of, make_staff, make_store

BEYOND = (encode_cursor(10**12), encode_cursor(10**30))


@pytest.fixture
def manager(session, page):
    staff = make_staff(session, Role.MANAGER, make_store(session))
    page.sign_in(staff)
    return actor_of(session, staff)


def states(session):
    found = session.scalars(select(AlertReceipt).order_by(AlertReceipt.id))
    return [(r.seen_at is not None, r.acknowledged_at is not None) for r in found]


def test_inbox_without_lines_says_what_will_come(page, manager):
    got = page.get("/inbox")
    assert got.h1 == "通知"
    assert "还没有通知" in got.text


def test_inbox_shows_number_severity_occasion_and_where_to_go(page, session, manager):
    raise_one(session, manager.id, level=Level.R, repeat=2)
    got = page.get("/inbox")
    assert "客诉 #17 · S1 紧急 · 超时后还没处理完 · 第 2 次提醒" in got.text
    assert "1 条新通知" in got.text
    assert got.link("看客诉 #17") == "/complaints/1"


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (AlertKind.SPREAD, "/complaints/1"),
        (AlertKind.RECAP, "/complaints/1"),
        (AlertKind.ATTENTION_OVER, "/contacts/1"),
        (AlertKind.ROBOT_REFUSED, "/settings/alerts"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_kind_of_alert_has_words_and_a_link(page, session, manager, kind, path, lang):
    raise_one(session, manager.id, kind=kind, level=None)
    got = page.get("/inbox", lang=lang)
    assert path in [link.get("href") for link in got.all("a")]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("level", list(Level))
def test_each_level_has_words(page, session, manager, level, lang):
    raise_one(session, manager.id, level=level)
    assert "#17" in page.get("/inbox", lang=lang).text


def test_looking_changes_nothing(page, session, manager):
    raise_one(session, manager.id)
    page.get("/inbox")
    page.get("/inbox")
    assert states(session) == [(False, False)]


def test_acknowledging_is_a_post_that_says_so(page, session, manager):
    raise_one(session, manager.id)
    got = page.get("/inbox")
    page.submit(got, "知道了 客诉 #17 · S1 紧急 · 期限到了，还没处理完 · 第 1 次提醒")
    after = page.get("/inbox")
    assert states(session) == [(True, True)]
    assert "知道了" in after.text
    assert "1 条新通知" not in after.text


def test_acknowledging_by_get_is_refused(page, session, manager):
    raise_one(session, manager.id)
    (line,) = queries.inbox(session, manager)
    page.get(f"/inbox/{line.alert.id}/acknowledge", status=405)
    assert states(session) == [(False, False)]


def test_acknowledging_another_persons_alert_is_not_found(page, session, manager):
    other = make_staff(session, Role.MANAGER)
    raise_one(session, other.id)
    (line,) = queries.inbox(session, actor_of(session, other))
    page.post(f"/inbox/{line.alert.id}/acknowledge", status=404)
    for nobody in ("999999", "9" * 12, "9" * 30):
        page.post(f"/inbox/{nobody}/acknowledge", status=404)
    assert states(session) == [(False, False)]


def test_acknowledging_needs_a_token(page, session, manager):
    raise_one(session, manager.id)
    (line,) = queries.inbox(session, manager)
    page.post(f"/inbox/{line.alert.id}/acknowledge", status=400, csrf=False)
    assert states(session) == [(False, False)]


def test_marking_all_seen_takes_what_the_page_showed(page, session, manager):
    raise_one(session, manager.id, base="shown")
    got = page.get("/inbox")
    raise_one(session, manager.id, base="later")
    page.submit(got, "全部标为看过")
    assert states(session) == [(True, False), (False, False)]


@pytest.mark.parametrize("up_to", ["", "x", "-1", "9" * 12, "9" * 40, "１２"])
def test_marking_with_garbage_changes_nothing(page, session, manager, up_to):
    raise_one(session, manager.id)
    page.post("/inbox/seen", {"up_to": up_to})
    assert states(session) == [(False, False)]


def test_inbox_goes_on_in_pages(page, session, manager):
    for number in range(queries.INBOX_LENGTH + 1):
        raise_one(session, manager.id, base=f"b{number}", short_no=100 + number)
    first = page.get("/inbox")
    assert "#100" not in first.text
    second = page.get(first.link("下一页"))
    assert "#100" in second.text
    assert "#101 " not in second.text


@pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", "%00", "W251bGxd", *BEYOND])
def test_inbox_with_a_forged_cursor_is_refused(page, manager, cursor):
    page.get(f"/inbox?cursor={cursor}", status=422)


def test_inbox_needs_a_person(page):
    make = page.get("/inbox", status=303)
    assert make is not None
    assert page.location.startswith("/login?next=")


def test_inbox_costs_the_same_with_many_lines(page, session, manager):
    raise_one(session, manager.id, base="one")
    page.get("/inbox")
    few = len(page.statements)
    for number in range(30):
        raise_one(session, manager.id, base=f"b{number}", now=NOW)
    page.get("/inbox")
    assert len(page.statements) == few
