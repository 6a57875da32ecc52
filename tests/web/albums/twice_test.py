"""The form of a new album sent twice makes one album; two forms make two."""

import pytest
from sqlalchemy import select

from crm.accounts.rules import Role
from crm.albums.models import Album
from crm.audit.models import AuditEntry
from tests.conftest import NOW
from tests.factories.stores import make_staff

CREATE = "建好，去放照片"


def names(session):
    return session.scalars(select(Album.name).order_by(Album.id)).all()


def test_second_tap_leads_to_the_album_of_the_first(page, session):
    form = page.get("/albums/new")
    page.submit(form, CREATE, name="新壶")
    first = page.location
    page.submit(form, CREATE, name="新壶")
    assert page.location == first
    assert names(session) == ["新壶"]
    assert session.scalars(select(AuditEntry.action)).all().count("album.made") == 1


def test_refused_form_keeps_its_key(page, session):
    form = page.get("/albums/new")
    refused = page.submit(form, CREATE, status=422, name=" ")
    page.submit(refused, CREATE, name="新壶")
    page.submit(form, CREATE, name="新壶")
    assert names(session) == ["新壶"]


def test_form_opened_again_makes_another_album(page, session):
    for name in ("新壶", "新壶"):
        page.submit(page.get("/albums/new"), CREATE, name=name)
    assert names(session) == ["新壶", "新壶"]


def test_form_that_came_back_and_says_something_else_makes_another(page, session, store):
    typed = {"name": "春装", "days": "3", "store_id": str(store.id), "client_key": "k"}
    for said in ({}, {"name": "夏装"}, {"days": "30"}):
        page.post("/albums", typed | said)
        made = page.location
        page.post("/albums", typed | said)
        assert page.location == made
    assert names(session) == ["春装", "夏装", "春装"]


def test_form_of_a_removed_album_makes_one_to_be_found(page, session, store):
    typed = {"name": "春装", "days": "3", "store_id": str(store.id), "client_key": "k"}
    page.post("/albums", typed)
    session.scalars(select(Album)).one().removed_at = NOW
    session.commit()
    for _tap in range(2):
        page.post("/albums", typed)
        page.get(page.location)
    assert names(session) == ["春装", "春装"]


def test_key_of_somebody_else_opens_nothing_of_theirs(page, session, store):
    typed = {"name": "新壶", "days": "3", "store_id": str(store.id), "client_key": "k"}
    page.post("/albums", typed)
    page.sign_in(make_staff(session, Role.ASSISTANT, store))
    page.post("/albums", typed)
    assert names(session) == ["新壶", "新壶"]


@pytest.mark.parametrize("key", ["", " ", "\x00"], ids=["none", "space", "control"])
def test_form_without_a_key_makes_an_album_each_time(page, session, store, key):
    typed = {"name": "新壶", "days": "3", "store_id": str(store.id), "client_key": key}
    page.post("/albums", typed)
    page.post("/albums", typed)
    assert names(session) == ["新壶", "新壶"]


def test_key_that_is_too_long_is_refused(page, session, store):
    typed = {"name": "新壶", "days": "3", "store_id": str(store.id), "client_key": "k" * 65}
    page.post("/albums", typed, 422)
    assert names(session) == []
