"""A number in the name of an album is covered, and no address holds the name."""

import pytest
from sqlalchemy import select

from crm.albums import service
from crm.albums.models import Album
from crm.albums.rules import NAME_MAX
from tests.factories.albums import make_album
from tests.factories.stores import actor_of, make_store

NUMBER = "13812340142"
TYPED = f"王姐 {NUMBER} 的壶"
COVERED = "王姐 138****0142 的壶"


@pytest.fixture
def album(page, session, store, staff):
    make_album(session, "别的图册", store, staff)
    page.post("/albums", {"name": TYPED, "days": "7", "store_id": str(store.id)})
    return session.scalars(select(Album).order_by(Album.id.desc()).limit(1)).one()


def test_number_in_a_new_name_is_covered_everywhere(page, album):
    for path in ("/albums", *(f"/albums/{album.id}{rest}" for rest in ("", "/name"))):
        page.get(path)
        assert NUMBER not in page.response.text
        assert COVERED in page.response.text
    assert page.get(f"/share/{album.token}").h1 == COVERED


@pytest.mark.parametrize("number", ["+86 138 1234 0142", "138-1234-0142", "１３８１２３４０１４２"])
def test_number_in_another_name_is_covered(page, session, album, number):
    page.post(f"/albums/{album.id}/name", {"name": f"{number} 的壶"})
    session.refresh(album)
    assert album.name in {"138****0142 的壶", "１３８****０１４２ 的壶"}


def test_covered_name_is_never_too_long(page, session, album):
    page.post(f"/albums/{album.id}/name", {"name": NUMBER.ljust(NAME_MAX, "壶")})
    session.refresh(album)
    assert len(album.name) == NAME_MAX


def test_log_is_opened_with_words_that_stand_in_no_address(page, album):
    href = page.get(f"/albums/{album.id}").link("记一笔发图")
    assert href == f"/log?kind=photo&album={album.id}"
    got = page.get(href)
    sent = got.fields(got.form_of("保存"))
    assert (sent["kind"], sent["note"]) == ("photo", f"发了图册「{COVERED}」")


@pytest.mark.parametrize("which", ["removed", "other store", "none", "text", "9" * 30])
def test_log_opens_without_words_where_the_album_is_not_there(
    page, session, store, staff, album, now, which
):
    asked = which
    if which == "removed":
        service.remove_album(session, album, actor=actor_of(session, staff), now=now)
        asked = album.id
    elif which == "other store":
        asked = make_album(session, "别家的图册", make_store(session, "中山路店")).id
    got = page.get(f"/log?kind=photo&album={asked}")
    assert got.fields(got.form_of("保存"))["note"] == ""
