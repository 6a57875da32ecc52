"""Settings of the team: a book is handed over on a page, access ends and begins again."""

import pytest
from sqlalchemy import select

from crm.accounts.models import Staff
from crm.accounts.rules import Role, Scope
from crm.accounts.service import make_token
from crm.complaints.models import Complaint
from crm.complaints.rules.words import EventType
from crm.contacts.models import Contact
from crm.lifecycle.models import HandOver
from tests.client import PageClient
from tests.factories.contacts import make_contact
from tests.factories.stores import make_staff

QUERIES = 20  # one page asks every domain once


@pytest.fixture
def heir(session, desk):
    return make_staff(session, Role.MANAGER, desk.store, name="陈芳")


@pytest.fixture
def book(session, desk, heir):
    book = [make_contact(session, name, store=desk.store, actor=desk.manager) for name in "甲乙"]
    session.commit()
    return book


@pytest.fixture
def owner(page, desk):
    page.sign_in(desk.staff["owner"])
    return page


def path(desk, what="hand-over"):
    return f"/settings/team/{desk.manager.id}/{what}"


def owners(session):
    session.expire_all()
    return set(session.scalars(select(Contact.owner_id)))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_book_is_handed_over_from_the_team_page_and_back(owner, session, desk, heir, book, lang):
    team = owner.get("/settings/team", lang=lang)
    link = "交接顾客 王梅" if lang == "zh" else "Hand over contacts 王梅"
    form = owner.get(team.link(link), queries=QUERIES)
    assert ("交接顾客：王梅" if lang == "zh" else "Hand over contacts: 王梅") == form.h1
    owner.post(path(desk), {"way": "one", "to": str(heir.id)}, queries=90)
    assert owners(session) == {heir.id}
    result = owner.get(owner.location)
    assert "甲" in result.text
    assert "陈芳" in result.text
    owner.submit(result, "撤销交接" if lang == "zh" else "Undo the hand-over", queries=90)
    assert owners(session) == {desk.manager.id}
    assert ("已还回" if lang == "zh" else "Given back") in owner.get(owner.location).text


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", "原来的人已经不在这家店，留在 陈芳 那里"),
        ("en", "Whoever had it is not in this store any more; stays with 陈芳"),
    ],
)
def test_undo_says_what_stays_as_she_left_the_store(owner, session, desk, heir, book, lang, said):
    owner.get("/settings/team", lang=lang)
    owner.post(path(desk), {"way": "one", "to": str(heir.id)}, queries=90)
    result = owner.location
    away = {"role": "manager", "stores": str(desk.other.id)}
    owner.post(f"/settings/team/{desk.manager.id}/role", away, queries=90)
    owner.post(f"{result}/undo", {}, queries=90)
    assert owners(session) == {heir.id}
    assert said in owner.get(result).text


def test_second_tap_shows_the_result_of_the_first(owner, session, desk, heir, book):
    for _ in range(2):
        owner.post(path(desk), {"way": "one", "to": str(heir.id)}, queries=90)
    assert len(session.scalars(select(HandOver)).all()) == 1
    owner.get(owner.location)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"way": "one", "to": ""}, "选一位同事"),
        ({"way": "one"}, "选一位同事"),
        ({"way": "one", "to": "999999"}, "从列出的里面选一个"),
        ({"way": "one", "to": "1 OR 1=1"}, "从列出的里面选一个"),
        ({"way": "everybody", "to": "1"}, "从列出的里面选一个"),
        ({}, "选一位同事"),
    ],
)
def test_bad_choice_is_said_and_nothing_moves(owner, session, desk, book, data, words):
    page = owner.post(path(desk), data, 422, queries=QUERIES + 5)
    assert words in page.text
    assert owners(session) == {desk.manager.id}


def test_by_store_somebody_of_that_store_or_nobody(owner, session, desk, heir, book):
    chosen = {"way": "spread", f"store_{desk.store.id}": str(desk.stranger.id)}
    owner.post(path(desk), chosen, 422, queries=QUERIES + 5)  # she does not see that store
    owner.post(path(desk), {**chosen, f"store_{desk.store.id}": ""}, queries=90)
    assert owners(session) == {desk.manager.id}
    assert "没选人，没有交" in owner.get(owner.location).text
    owner.post(path(desk), {**chosen, f"store_{desk.store.id}": "turn"}, queries=90)
    assert owners(session) == {heir.id}


def test_access_ends_at_the_next_request_and_begins_again(app, engine, owner, session, desk, heir):
    complaint = desk.opened()
    desk.happened(complaint, EventType.ACKNOWLEDGED)
    hers = PageClient(app, engine, session)
    hers.sign_in(desk.staff["manager"])
    hers.get("/today", queries=30)
    secret = make_token(
        session, desk.staff["manager"], "till", Scope.READ, actor=None, now=desk.now
    )
    session.commit()
    program = app.test_client()
    with_token = {"Authorization": f"Bearer {secret}"}
    assert program.get("/api/v1/stores", headers=with_token).status_code == 200
    asked = owner.get(path(desk, "leave"), queries=QUERIES)
    assert asked.h1 == "停用：王梅"
    owner.post(path(desk, "leave"), {"book": "waits", "way": "one", "to": ""}, queries=90)
    hers.get("/today", status=303)
    assert program.get("/api/v1/stores", headers=with_token).status_code == 401
    assert desk.fresh(complaint).assignee_id == desk.lead.id
    team = owner.get("/settings/team")
    assert "已停用" in team.text
    owner.submit(team, "重新启用 王梅")
    session.expire_all()
    assert session.get_one(Staff, desk.manager.id).disabled_at is None
    hers.get("/today", status=303)


def test_last_owner_and_oneself_stay(owner, session, desk):
    own = f"/settings/team/{desk.owner.id}/leave"
    page = owner.post(own, {"book": "waits", "way": "one"}, 422, queries=50)
    assert "不能停用自己" in page.text
    assert session.scalars(select(Complaint)).all() == []


@pytest.mark.parametrize("who", ["manager", "lead", "stranger"])
def test_only_the_owner_comes_here(page, session, desk, heir, book, who):
    page.sign_in(desk.staff[who])
    for what in ("hand-over", "leave"):
        page.get(path(desk, what), 403)
        page.post(path(desk, what), {"way": "one", "to": str(heir.id), "book": "waits"}, 403)
    page.post(path(desk, "enable"), {}, 403)
    page.get("/settings/team/hand-overs/1", 403)
    assert owners(session) == {desk.manager.id}


def test_unknown_people_and_hand_overs_are_404(owner):
    for unknown in ("999/hand-over", "999/leave", "hand-overs/999"):
        owner.get(f"/settings/team/{unknown}", 404, queries=QUERIES)
    owner.post("/settings/team/hand-overs/999/undo", {}, 404)
    owner.post("/settings/team/999/enable", {}, 404)
