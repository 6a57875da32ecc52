"""What a process remembers between requests never shows to somebody else, or a second time."""

import pytest

from crm.accounts.rules import Role
from tests.factories.contacts import make_contact
from tests.factories.stores import make_staff, make_store


@pytest.fixture
def wang(session):
    return make_staff(session, Role.MANAGER, make_store(session), name="王梅")


def test_frame_follows_person_and_language(session, page, wang):
    page.sign_in(wang)
    assert "王梅（店长）" in page.get("/contacts").text
    assert "Main" in page.get("/contacts?lang=en").markup
    page.sign_in(make_staff(session, Role.OWNER, name="阿俊"))
    text = page.get("/contacts").text
    assert "王梅" not in text
    assert "阿俊 (Owner)" in text
    assert "成效" in page.get("/contacts?lang=zh").links


def test_frame_marks_the_tab_of_each_page(page, wang):
    page.sign_in(wang)
    for path in ("/contacts", "/today", "/contacts"):
        links = page.get(path).all("a", aria_current="page")
        assert [link.get("href") for link in links] == [path]


def test_forms_of_two_browsers_have_different_keys(page, app, wang):
    page.sign_in(wang)
    first = page.get("/contacts").one("meta", name="csrf-token").get("content")
    assert page.get("/contacts").one("meta", name="csrf-token").get("content") == first
    page.client = app.test_client()
    page.sign_in(wang)
    assert page.get("/contacts").one("meta", name="csrf-token").get("content") != first


def test_page_cookie_that_was_changed_is_not_believed(page, wang):
    page.sign_in(wang)
    page.get("/contacts?lang=en")
    good = page.client.get_cookie("shuke-page").value
    assert page.get("/contacts").h1 == "Contacts"
    page.client.set_cookie("shuke-page", f"{good[:-3]}xxx")
    assert page.get("/contacts").h1 == "顾客"


def test_what_was_said_once_is_not_said_again(session, page, wang):
    store = make_store(session, "中山路店")
    page.sign_in(make_staff(session, Role.MANAGER, store, name="小林"))
    contact = make_contact(session, "陈姐", store=store)
    page.post("/log", {"who": contact.id, "kind": "chat", "minutes": "3"})
    assert "已记录：陈姐" in " ".join(page.get("/today", queries=15).role("status"))
    assert "已记录" not in " ".join(page.get("/today", queries=15).role("status"))
