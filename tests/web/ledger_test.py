"""Steps, grounds and older entries on the contact's page, and the move funnel."""

import csv
from codecs import BOM_UTF8
from datetime import timedelta
from io import StringIO

import pytest
from sqlalchemy import select

from crm.accounts.rules import Role
from crm.contacts.models import Consent, Contact, StepTaken
from crm.contacts.rules import Consent as Given
from crm.contacts.rules import ConsentBasis, MovedFrom, MoveKind
from tests.conftest import NOW
from tests.factories.attention import make_touch
from tests.factories.contacts import make_contact
from tests.factories.stores import make_staff, make_store
from tests.html import text_of

QUERIES = 28


@pytest.fixture
def chen(session, store, wang):
    return make_contact(
        session,
        "陈姐",
        store=store,
        actor=wang,
        now=NOW - timedelta(days=30),
        moved_from=MovedFrom(MoveKind.STORE, store_id=store.id),
        consent=Given(ConsentBasis.CONSENT),
    )


def rows(got):
    (lines,) = got.all("ul", aria_labelledby="origin")
    return [text_of(line) for line in lines.iter("li")]


def test_a_step_takes_one_tap_and_undo_takes_it_back(page, session, chen):
    path = f"/contacts/{chen.id}"
    got = page.get(path, queries=QUERIES)
    assert rows(got)[0].startswith("人民路店转来")
    page.submit(got, "记为已完成 已邀请")
    got = page.get(path, queries=QUERIES)
    assert "已记下：已邀请" in got.text
    assert not [name for name in got.buttons if name == "记为已完成 已邀请"]
    assert "撤销 已邀请" in got.buttons
    tap = session.scalars(select(StepTaken.id)).one()
    page.post(f"{path}/steps/{tap}/undo", {})
    assert "记为已完成 已邀请" in page.get(path, queries=QUERIES).buttons


def test_first_order_is_told_by_orders_only(page, chen):
    path = f"/contacts/{chen.id}"
    assert "记为已完成 转来后第一单" not in page.get(path, queries=QUERIES).buttons
    for word in ("first_order", "nonsense", ""):
        page.post(f"{path}/steps", {"step": word}, status=404)


def test_withdrawn_ground_marks_her_and_undo_unmarks(page, session, chen):
    path = f"/contacts/{chen.id}"
    page.submit(page.get(path, queries=QUERIES), "她撤回了 她同意了")
    got = page.get(path, queries=QUERIES)
    assert any("撤回" in row for row in rows(got))
    assert session.scalar(select(Contact.do_not_contact_at)) is not None
    page.submit(got, "撤销 她同意了")
    session.expire_all()
    assert session.scalar(select(Contact.do_not_contact_at)) is None
    assert "她撤回了 她同意了" in page.get(path, queries=QUERIES).buttons


def test_ground_is_noted_later_and_keeps_what_was_typed(page, session, chen):
    path = f"/contacts/{chen.id}/consents"
    got = page.get(f"{path}/new")
    assert got.h1 == "记下陈姐的同意"
    for day, said in (("2031-01-01", ""), ("0202-01-01", ""), ("nonsense", "")):
        form = {"basis": "contract", "given_on": day, "note": "门店签字"}
        refused = page.post(path, form, status=422)
        assert refused.one("input", name="note").get("value") == "门店签字", said
    page.post(path, {"basis": "gift"}, status=422)
    page.post(path, {"basis": "contract", "given_on": "2025-06-01", "note": "门店签字"})
    kept = session.scalars(select(Consent).order_by(Consent.id.desc())).first()
    assert (kept.basis, kept.note) == (ConsentBasis.CONTRACT, "门店签字")


def test_ground_and_step_of_another_stores_contact_are_not_found(page, session, chen, wang):
    other = make_contact(session, "远方", consent=Given(ConsentBasis.CONSENT))
    ground = session.scalar(select(Consent.id).where(Consent.contact_id == other.id))
    path = f"/contacts/{other.id}"
    for tail in ("/steps", "/consents", f"/consents/{ground}/withdraw"):
        page.post(path + tail, {"step": "added", "basis": "consent"}, status=404)
    page.post(f"/contacts/{chen.id}/consents/{ground}/withdraw", {}, status=404)


def test_older_entries_stand_on_the_next_page(page, session, chen, wang):
    for minutes in range(1, 56):
        make_touch(session, chen, actor=wang, minutes=minutes, ago=timedelta(hours=minutes))
    first = page.get(f"/contacts/{chen.id}", queries=QUERIES)
    (shown,) = first.all("ul", aria_labelledby="timeline")
    second = page.get(first.link("下一页"), queries=QUERIES)
    (older,) = second.all("ul", aria_labelledby="timeline")
    lines = [text_of(line) for part in (shown, older) for line in part.iter("li")]
    assert len(lines) == len(set(lines)) == 55 + 2
    page.get(f"/contacts/{chen.id}", after="nonsense", status=422)


def table(got):
    (body,) = got.all("tbody")
    return [[text_of(cell) for cell in line.iter("td")] for line in body.iter("tr")]


def test_funnel_page_counts_steps_by_store_and_sums_up(page, session, chen, store, wang):
    make_touch(session, chen, actor=wang)
    for name in ("李姐", "周姐"):
        make_contact(session, name, store=store, actor=wang, moved_from=MovedFrom(MoveKind.SHOP))
    make_contact(session, "远方", moved_from=MovedFrom(MoveKind.SHOP))
    got = page.get("/results/moves", queries=12)
    assert got.h1 == "转来的顾客"
    assert "转来 3 位，33% 加了微信，0% 下过单" in got.text
    assert table(got) == [
        ["网店来", "2", "0 (0%)", "0 (0%)", "0 (0%)", "0 (0%)"],
        ["人民路店", "1", "1 (100%)", "1 (100%)", "0 (0%)", "0 (0%)"],
        ["全部", "3", "1 (33%)", "1 (33%)", "0 (0%)", "0 (0%)"],
    ]
    assert table(page.get("/results/moves", by="manager"))[0][:2] == ["王梅", "3"]


def rows_of_file(page, **choices):
    page.get("/results/moves.csv", **choices)
    assert page.response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert page.response.data.startswith(BOM_UTF8)
    return list(csv.reader(StringIO(page.response.data.decode("utf-8-sig"))))


def test_file_of_the_funnel_says_what_the_page_says(page, session, chen, store, wang):
    make_touch(session, chen, actor=wang)
    for detail in ("导自 13800000142 的表", "导自 13800000142 的表", "有赞"):
        origin = MovedFrom(MoveKind.SHOP, detail=detail)
        make_contact(session, "李姐", store=store, actor=wang, moved_from=origin)
    make_contact(session, "远方", moved_from=MovedFrom(MoveKind.SHOP))
    header, *lines = rows_of_file(page, by="list")
    assert header == ["哪个群或名单", "转来", "已邀请", "已加微信", "已进群", "转来后第一单"]
    assert lines == [
        ["网店来：导自 138****0142 的表", "2", "0", "0", "0", "0"],
        ["门店转来", "1", "1", "1", "0", "0"],
        ["网店来：有赞", "1", "0", "0", "0", "0"],
    ]
    shown = [line[:2] for line in table(page.get("/results/moves", by="list"))[:-1]]
    assert shown == [line[:2] for line in lines]


def test_file_of_the_funnel_runs_no_formula(page, session, chen, store):
    store.name = "=1+1"
    session.flush()
    _header, line = rows_of_file(page)
    assert line == ["'=1+1", "1", "0", "0", "0", "0"]


def test_funnel_is_for_who_sees_results_in_own_stores(page, session, chen, store):
    page.sign_in(make_staff(session, Role.ASSISTANT, store))
    for path in ("/results/moves", "/results/moves.csv"):
        page.get(path, status=403)
    page.sign_in(make_staff(session, Role.MANAGER, make_store(session)))
    assert "这里还没有转来的顾客" in page.get("/results/moves", by="nonsense", period="x").text
    page.sign_in(make_staff(session, Role.LEAD))
    assert "人民路店" in page.get("/results/moves").text
