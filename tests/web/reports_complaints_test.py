"""How deadlines were kept: late of all, equal to a count by hand; everybody sees her own stores."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from crm.complaints.rules.words import EventType
from crm.reports import queries
from crm.reports.rules import Period
from tests.client import PageClient
from tests.factories.desk import MINUTE, Desk
from tests.factories.groups import make_group

E = EventType
ENDED = (E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED, E.PUBLIC_CLOSURE)


@pytest.fixture
def shop(session: Session, now) -> Desk:
    """Five cases in two groups of two stores.

    Three days ago one was kept to the end: 4 of 4 deadlines. Today three were answered after 6
    minutes (first sign late), after 40 (both late) and not at all (both late); in the other group
    one after 4 minutes, entered after 20.
    """
    desk = Desk(session)
    other = make_group(session, "中山路 1 群", store=desk.other)
    session.flush()
    then, today = now - timedelta(days=3), now - timedelta(hours=1)
    kept = desk.log(then)
    for kind in (E.PUBLIC_REPLY, *ENDED):
        desk.record(kept, kind, then + 4 * MINUTE)
    for waited in (6, 40):
        late = desk.log(today, reporter_name=f"甲{waited}")
        desk.record(late, E.PUBLIC_REPLY, today + waited * MINUTE)
    desk.log(today, reporter_name="没人回")
    there = desk.log(
        today, desk.lead, store_id=desk.other.id, group_id=other.id, reporter_name="乙"
    )
    at = today + 4 * MINUTE
    desk.record(there, E.PUBLIC_REPLY, today + 24 * MINUTE, by=desk.lead, at=at)
    session.flush()
    return desk


def test_rates_are_late_of_all_over_the_period(shop, session, now):
    report = queries.deadlines(session, shop.lead, None, Period.MONTH, now=now)
    counted = {kind.value: (rate.total, rate.late) for kind, rate in report.kinds}
    assert counted == {
        "public_ack": (5, 3),
        "first_response": (5, 2),
        "resolution": (1, 0),
        "public_closure": (1, 0),
    }
    assert (report.every.total, report.every.late) == (12, 5)
    assert report.every.share == 5 / 12
    assert (report.complaints.total, report.complaints.late) == (5, 3)


def test_late_before_it_was_reopened_is_late_after(session: Session, now):
    desk = Desk(session)
    then = now - timedelta(days=3)
    complaint = desk.log(then)
    for kind in (E.PUBLIC_REPLY, *ENDED):
        desk.record(complaint, kind, then + 40 * MINUTE)
    before = queries.deadlines(session, desk.lead, None, Period.MONTH, now=now).complaints
    desk.record(complaint, E.REOPENED, now - 4 * MINUTE)
    desk.record(complaint, E.PUBLIC_REPLY, now - 3 * MINUTE)
    session.flush()
    after = queries.deadlines(session, desk.lead, None, Period.MONTH, now=now).complaints
    assert (complaint.cycle, complaint.breached_at) == (2, None)
    assert [(one.total, one.late) for one in (before, after)] == [(1, 1), (1, 1)]


def test_supervisor_sees_both_groups_and_a_manager_her_own(shop, session, now):
    def places(actor):
        found = queries.deadlines(session, actor, None, Period.MONTH, now=now).places
        return {name: (rate.total, rate.late) for name, rate in found}

    own = {shop.group.name: (4, 3)}
    assert places(shop.lead) == own | {"中山路 1 群": (1, 0)}
    assert places(shop.manager) == own
    assert places(shop.stranger) == {"中山路 1 群": (1, 0)}


def test_replies_entered_late_are_counted_apart(shop, session, now):
    report = queries.deadlines(session, shop.lead, None, Period.MONTH, now=now)
    assert (report.replies, report.backdated) == (4, 1)


def test_period_ends_where_it_says(shop, session, now):
    later = now + timedelta(days=28)
    report = queries.deadlines(session, shop.lead, None, Period.MONTH, now=later)
    assert report.complaints.total == 4


def test_page_says_the_same_in_words(shop, page: PageClient, session):
    page.sign_in(shop.staff["lead"])
    assert page.get("/results", queries=16).link("客诉时限守得怎么样")
    got = page.get("/results/complaints", period="30")
    assert got.h1 == "客诉时限"
    assert "5 件客诉，3 件超时过（60%）" in got.text
    assert "41.7%" in got.text
    assert "回复 4 条，其中补记 1 条" in got.text
    page.sign_in(shop.staff["manager"])
    assert "4 件客诉，3 件超时过（75%）" in page.get("/results/complaints").text


def test_empty_shop_says_so(page: PageClient, session):
    page.sign_in(Desk(session).staff["owner"])
    assert "这段时间没有客诉" in page.get("/results/complaints").text
