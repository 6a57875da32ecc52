"""Files of photos are on the disk before anything is locked, and only those that a row names."""

import os

import pytest
from sqlalchemy import event, update

from crm.accounts.rules import Role
from crm.albums import queries
from crm.albums.models import Album
from crm.albums.rules import files_of
from tests.factories.albums import make_album, put_in, take_out
from tests.factories.stores import make_staff
from tests.web.albums.conftest import send


@pytest.fixture(autouse=True)
def noise(session, settings, store, staff):
    put_in(session, make_album(session, "第三个图册", store, staff), settings.albums_dir, "black")


def on_disk(settings):
    return {path.name for path in settings.albums_dir.iterdir()}


def test_disk_is_waited_for_before_anything_is_locked(page, album, monkeypatch):
    """On SQLite nobody else writes while somebody does, and a disk may take its time."""
    fsync, asked_before = os.fsync, []

    def watched(number):
        asked_before.append([one for one in page.statements if "album_photo" in one])
        fsync(number)

    monkeypatch.setattr(os, "fsync", watched)
    send(page, album, "red")
    assert asked_before == [[], []]
    assert [one for one in page.statements if "album_photo" in one]


def test_photo_leaves_its_two_files(page, session, album, settings):
    before = on_disk(settings)
    send(page, album, "red")
    (row,) = queries.photos_of(session, album.id)
    assert on_disk(settings) - before == set(files_of(row.name))


def test_known_photo_and_one_too_many_leave_no_file(page, album, settings, monkeypatch):
    monkeypatch.setattr("crm.albums.service.photos.PHOTOS_MAX", 1)
    send(page, album, "red")
    before = on_disk(settings)
    send(page, album, "red")
    send(page, album, "blue", 422)
    assert on_disk(settings) == before


def test_album_that_goes_away_while_the_disk_writes_leaves_no_file(
    page, factory, album, settings, now
):
    before = on_disk(settings)

    def removed_meanwhile(_session, _transaction, connection):
        if on_disk(settings) != before:
            gone = update(Album).where(Album.id == album.id).values(removed_at=now)
            connection.execute(gone)

    event.listen(factory, "after_begin", removed_meanwhile)
    send(page, album, "red", 404)
    assert on_disk(settings) == before


def test_photo_put_in_again_is_of_who_put_it_in_now(page, session, store, album, settings, now):
    long_ago = now.replace(year=now.year - 1)
    (row,) = put_in(session, album, settings.albums_dir, "red", now=long_ago)
    take_out(session, row, now=long_ago)
    assistant = make_staff(session, Role.ASSISTANT, store)
    page.sign_in(assistant)
    send(page, album, "red")
    session.refresh(row)
    assert (row.number, row.added_by) == (1, assistant.id)
    assert row.added_at - now < now - long_ago
    assert row.added_at >= now
