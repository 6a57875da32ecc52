"""The inbox page: what is new, what was acknowledged, and nothing by GET."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.accounts.rules import Role
from crm.alerts import queries
from crm.alerts.models import AlertReceipt
from crm.alerts.rules import AlertKind
from crm.complaints.rules.commands import LogComplaint
from crm.complaints.rules.words import Channel
from crm.complaints.service import log_complaint
from crm.integrations.rules import Level
from crm.stores.models import Store
from crm.web.pages import encode_cursor
from tests.conftest import NOW
from tests.factories.alerts import raise_one
from tests.factories.groups import make_group
from tests.factories.stores import actor_of, make_staff, make_store

LATER = "2026-06-06T12:00:00+00:00"
BEYOND = (encode_cursor(LATER, 10**12), encode_cursor(LATER, 10**30), encode_cursor("soon", 1))
FIGURES = {"children": 5, "waiting": 3, "late": 2, "open": 9, "due": 4, "closed": 7}


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
        (AlertKind.INCIDENT, "/incidents/1"),
        (AlertKind.DAILY, "/complaints"),
        (AlertKind.BROKEN, "/status"),
        (AlertKind.ATTENTION_OVER, "/contacts/1"),
        (AlertKind.ROBOT_REFUSED, "/settings/alerts"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_kind_of_alert_has_words_and_a_link(page, session, manager, kind, path, lang):
    raise_one(session, manager.id, kind=kind, level=None, data=FIGURES)
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


@pytest.mark.parametrize("up_to", ["", "x", "-1", "9" * 40, "１２", *BEYOND])
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


@pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", "%00x", "W251bGxd", *BEYOND])
def test_inbox_with_a_forged_cursor_is_refused(page, manager, cursor):
    page.get(f"/inbox?cursor={cursor}", status=422)


def test_lines_stand_in_the_order_of_time_on_every_page(page, session, manager):
    count = queries.INBOX_LENGTH + 10
    for number in range(count):  # written in another order than they happened
        at = NOW - timedelta(minutes=(number * 7) % count)
        raise_one(session, manager.id, base=f"b{number}", short_no=100 + number, now=at)
    first = page.get("/inbox")
    second = page.get(first.link("下一页"))
    times = [one.get("datetime") for got in (first, second) for one in got.all("time")]
    assert len(times) == count
    assert times == sorted(times, reverse=True)


def test_acknowledging_on_a_later_page_stays_there(page, session, manager):
    for number in range(queries.INBOX_LENGTH + 1):
        raise_one(session, manager.id, base=f"b{number}", short_no=100 + number)
    later = page.get("/inbox").link("下一页")
    words = "知道了 客诉 #100 · S1 紧急 · 期限到了，还没处理完 · 第 1 次提醒"
    page.submit(page.get(later), words)
    assert "#100" in page.get(page.location).text


def test_only_the_new_lines_are_shown_if_asked(page, session, manager):
    raise_one(session, manager.id, base="old", short_no=1)
    page.submit(page.get("/inbox"), "全部标为看过")
    raise_one(session, manager.id, base="new", short_no=2)
    got = page.get(page.get("/inbox").link("只看新的"))
    assert "#2" in got.text
    assert "#1 " not in got.text
    page.submit(got, "全部标为看过")
    assert "没有新的通知" in page.get("/inbox?only=new").text


def test_line_says_in_which_group_or_store_it_happened(page, session, manager, now):
    store = session.scalars(select(Store)).one()
    group = make_group(session, "老粉 1 群", store)
    command = LogComplaint(
        channel=Channel.GROUP, text="坏了", occurred_at=now, store_id=store.id, group_id=group.id
    )
    complaint = log_complaint(session, command, actor=manager, now=now)
    raise_one(session, manager.id, base="a", subject_id=complaint.id, store_id=store.id)
    raise_one(session, manager.id, base="b", kind=AlertKind.ATTENTION_OVER, store_id=store.id)
    text = page.get("/inbox").text
    assert "老粉 1 群 · " in text
    assert f"{store.name} · " in text


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
