"""The results page: four figures with their findings, tables and the file of complaints."""

from datetime import timedelta

import pytest

from crm.accounts.rules import Role
from crm.attention.models import Touch
from crm.attention.rules import Topic, TouchKind
from crm.campaigns.rules import Purpose
from crm.orders.rules import OrderStatus
from tests.conftest import NOW
from tests.factories.orders import make_buyer, make_orders
from tests.factories.reports import make_answered, make_ended_list
from tests.factories.stores import make_staff, make_store

QUERIES = 16
EVENT = NOW - timedelta(days=150)


@pytest.fixture
def owner(session, page, store):
    staff = make_staff(session, Role.OWNER)
    page.sign_in(staff)
    return staff


def results(page, **query):
    return page.get("/results", queries=QUERIES, **query)


def spread(session, store):
    return make_answered(session, store, EVENT, timedelta(minutes=96), onlookers=11)


def touch(session, contact, staff, minutes, **overrides):
    values = {
        "kind": TouchKind.CHAT,
        "topic": Topic.PRE_SALE,
        "happened_at": NOW,
        "undone_at": None,
    }
    session.add(
        Touch(
            contact_id=contact.id,
            staff_id=staff.id,
            seconds=60 * minutes,
            client_key=f"key-{contact.id}-{minutes}",
            received_at=NOW,
            **values | overrides,
        )
    )
    session.flush()


def test_empty_shop_sees_four_figures_that_say_what_is_missing(page, owner) -> None:
    shown = results(page)
    assert shown.h1 == "成效"
    names = [shown.one("h2", id=f.get("aria-labelledby")).text for f in shown.all("figure")]
    assert names == ["老客每周订单", "首次回复用时", "一对一时间去了哪", "名单赚没赚"]
    assert "还没有能算的订单" in shown.text
    assert shown.link("建复购名单") == "/campaigns"
    assert shown.one("label", "期间").get("for") == shown.one("select", name="period").get("id")
    assert shown.one("label", "门店").get("for") == shown.one("select", name="store").get("id")


def test_orders_before_and_after_an_event_are_compared(page, owner, session, store) -> None:
    complaint = spread(session, store)
    buyer = make_buyer(session, store)
    make_orders(session, buyer, 151, 160, 170, 180, 211)
    make_orders(session, buyer, 212)
    make_orders(session, buyer, 140, 120, 100, 90)
    make_orders(session, buyer, 95, status=OrderStatus.CANCELLED)
    make_orders(session, buyer, 80)
    shown = results(page)
    assert "1 月 19 日假货客诉：前 61 天 5 单，后 61 天 4 单（−20%）" in shown.text
    assert shown.link("1 月 19 日 假货客诉") == f"/complaints/{complaint.id}"
    assert "看表格 老客每周订单" in shown.text


def test_event_that_is_too_fresh_is_not_compared_yet(page, owner, session, store) -> None:
    at = NOW - timedelta(days=10)
    make_answered(session, store, at, onlookers=5)
    make_orders(session, make_buyer(session, store), 30, 5)
    assert "前 61 天 1 单，到现在 1 单，满 61 天再比" in results(page).text


def test_orders_without_a_contact_and_of_other_stores_are_left_out(
    page, owner, session, store
) -> None:
    other = make_store(session, "中山路店")
    spread(session, store)
    make_orders(session, make_buyer(session, other, "别人"), 160, 140)
    make_orders(session, make_buyer(session, store), 155)
    assert "前 61 天 2 单，后 61 天 1 单" in results(page).text
    assert "前 61 天 1 单，后 61 天 0 单" in results(page, store=str(store.id)).text


def test_first_answer_is_compared_in_staffed_minutes(page, owner, session, store) -> None:
    spread(session, store)
    make_answered(session, store, EVENT - timedelta(days=5), timedelta(minutes=10))
    for minutes in (5, 7, 30):
        make_answered(session, store, NOW - timedelta(days=20), timedelta(minutes=minutes))
    make_answered(session, store, NOW - timedelta(days=1), None)
    shown = results(page)
    facts = [dd.text for dd in shown.one("dl").iter("dd")]
    assert facts == ["53 分钟", "7 分钟", "50% → 67%"]
    assert "另有 1 件还没回" in shown.text


def test_night_hours_are_not_waited(page, owner, session, store) -> None:
    evening = NOW.replace(hour=22, minute=20) - timedelta(days=3)
    make_answered(session, store, evening, timedelta(hours=10, minutes=45))
    (median, _quick) = [dd.text for dd in results(page).one("dl").iter("dd")]
    assert median == "15 分钟"


def test_top_tenth_of_contacts_by_time_is_named(page, owner, session, store) -> None:
    people = [make_buyer(session, store, f"顾客{n}") for n in range(10)]
    for person in people:
        make_orders(session, person, 10)
        touch(session, person, owner, 10)
    touch(session, people[0], owner, 90)
    touch(session, people[1], owner, 99, topic=Topic.COMPLAINT)
    touch(session, people[1], owner, 98, happened_at=NOW - timedelta(days=91))
    touch(session, people[1], owner, 97, undone_at=NOW)
    shown = results(page)
    assert "最费时的 10% 顾客：53% 时间，10% 毛利" in shown.text
    assert "10 位顾客，共 190 分钟" in shown.text
    assert "共 288 分钟" in results(page, period="365").text


def test_lists_say_only_what_their_interval_allows(page, owner, session, store) -> None:
    treated = [make_buyer(session, store, f"甲{n}") for n in range(12)]
    held_out = [make_buyer(session, store, f"乙{n}") for n in range(12)]
    for person in treated:
        make_orders(session, person, 50)
    useful = make_ended_list(session, owner, treated, held_out, name="春装老客")
    make_ended_list(session, owner, held_out, treated[:1], name="小名单", purpose=Purpose.PAIRING)
    make_ended_list(session, owner, treated, [], name="没到期", sent_days_ago=10)
    shown = results(page)
    assert shown.link("春装老客") == f"/campaigns/{useful.id}?step=results"
    rows = {
        row.find("div/p/a").text: row
        for row in shown.all("li", class_="row")
        if row.find("div/p/a") is not None
    }
    assert "有用" in "".join(rows["春装老客"].itertext())
    assert "+100.0 个百分点" in "".join(rows["春装老客"].itertext())
    assert "没到期" not in rows
    assert "还有 1 张名单没到期" in shown.text


def test_lists_of_one_kind_are_pooled_without_adding_columns(page, owner, session, store) -> None:
    people = [make_buyer(session, store, f"甲{n}") for n in range(40)]
    for person in people[:9] + people[20:26]:
        make_orders(session, person, 50)
    make_ended_list(session, owner, people[:10], people[20:30], name="春装")
    make_ended_list(session, owner, people[10:20], people[30:], name="秋装")
    assert "复购名单 2 张合并" in results(page).text


def test_complaints_are_exported_one_row_each_without_their_words(
    page, owner, session, store
) -> None:
    spread(session, store)
    make_answered(session, store, NOW - timedelta(days=1), None)
    page.get("/results/complaints.csv")
    lines = page.response.get_data().decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("编号,门店,群,来源,类型")
    assert "假货" in lines[1]
    assert ",96.0," in lines[1]
    assert "这是不是假货" not in lines[1]


def test_manager_sees_her_own_stores_and_an_assistant_nothing(page, session, store) -> None:
    other = make_store(session, "中山路店")
    make_orders(session, make_buyer(session, other), 5, 6)
    spread(session, other)
    page.sign_in(make_staff(session, Role.MANAGER, store))
    shown = results(page)
    assert "还没有能算的订单" in shown.text
    assert "中山路店" not in shown.text
    page.get("/results/complaints.csv")
    assert len(page.response.get_data().decode("utf-8-sig").splitlines()) == 1
    page.sign_in(make_staff(session, Role.ASSISTANT, store))
    page.get("/results", 403)
    page.get("/results/complaints.csv", 403)


def test_choice_that_is_none_falls_back(page, owner) -> None:
    shown = results(page, period="forever", store="999")
    assert shown.h1 == "成效"


def test_results_speak_english(page, owner, session, store) -> None:
    spread(session, store)
    make_orders(session, make_buyer(session, store), 160, 155, 140)
    shown = results(page, lang="en")
    assert shown.h1 == "Results"
    assert "19 Jan, suspected fake complaint: 2 orders in the 61 days before" in shown.text


def test_statements_do_not_grow_with_the_data(page, owner, session, store) -> None:
    results(page)
    empty = len(page.statements)
    for number in range(5):
        buyer = make_buyer(session, make_store(session, f"店{number}"), f"顾客{number}")
        make_orders(session, buyer, 10, 20)
        touch(session, buyer, owner, 10)
        make_answered(session, store, NOW - timedelta(days=number + 1))
    results(page)
    assert len(page.statements) <= empty + 4
