"""Photos that were taken out leave the disk a day later; a kill on the way does no harm."""

import os
from datetime import timedelta

import pytest

from crm.albums import jobs, queries, service
from crm.albums.rules import KEPT_AFTER_REMOVAL, UNDO_LIFE
from crm.albums.service import photos as photo_service
from crm.integrations.formats import photos
from tests.factories.albums import make_album, photo, put_in, take_out
from tests.factories.stores import actor_of, make_staff

MOMENT = timedelta(seconds=1)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "albums"


@pytest.fixture
def album(session, folder):
    album = make_album(session)
    put_in(session, album, folder, "red", "green")
    return album


@pytest.fixture(autouse=True)
def noise(session, folder):
    other = make_album(session, "别的图册")
    put_in(session, other, folder, "black")
    return other


@pytest.fixture
def run(session, factory, folder):
    def run(at):
        session.commit()
        done = jobs.wipe_removed(factory, folder=folder, now=at)
        session.expire_all()
        return done

    return run


def on_disk(folder):
    return {path.name for path in folder.iterdir()}


def files(*photos):
    return {f"{one.name}{size}.jpg" for one in photos for size in ("", "-small")}


def test_removed_photo_leaves_the_disk_after_a_day(session, album, noise, folder, now, run):
    first, second = queries.photos_of(session, album.id)
    (other,) = queries.photos_of(session, noise.id)
    take_out(session, first, now=now)
    gone = files(first)
    assert run(now + KEPT_AFTER_REMOVAL) == 0
    assert gone < on_disk(folder)
    assert run(now + KEPT_AFTER_REMOVAL + MOMENT) == 1
    assert on_disk(folder) == files(second, other)
    assert run(now + KEPT_AFTER_REMOVAL + MOMENT) == 0


def test_removal_that_can_be_taken_back_is_never_wiped():
    assert UNDO_LIFE < KEPT_AFTER_REMOVAL


def test_removed_album_loses_all_its_photos(session, album, noise, folder, now, run):
    actor = actor_of(session, make_staff(session))
    service.remove_album(session, album, actor=actor, now=now)
    run(now + KEPT_AFTER_REMOVAL + MOMENT)
    assert queries.photos_of(session, album.id) == []
    assert on_disk(folder) == files(*queries.photos_of(session, noise.id))


def test_more_photos_than_one_round_takes_are_all_wiped(
    session, album, folder, now, run, monkeypatch
):
    monkeypatch.setattr(photo_service, "SOME", 1)
    for one in queries.photos_of(session, album.id):
        take_out(session, one, now=now)
    assert run(now + KEPT_AFTER_REMOVAL + MOMENT) == 2


def test_kill_between_file_and_row_is_made_good(session, album, folder, now, run):
    """The files are gone, the row is not: the next run takes the row."""
    (first, second) = queries.photos_of(session, album.id)
    take_out(session, first, now=now)
    (folder / f"{first.name}.jpg").unlink()
    assert run(now + KEPT_AFTER_REMOVAL + MOMENT) == 1
    assert [one.number for one in queries.photos_of(session, album.id)] == [second.number]


def test_same_file_after_the_wipe_is_a_new_photo(session, album, folder, now, run):
    first = queries.photos_of(session, album.id)[0]
    take_out(session, first, now=now)
    run(now + KEPT_AFTER_REMOVAL + MOMENT)
    (again,) = put_in(session, album, folder, "red")
    assert again.number == 3
    assert files(again) < on_disk(folder)


def test_file_that_no_photo_names_is_swept_when_it_is_old(session, album, folder, now, run):
    kept = on_disk(folder)
    orphan, strange = folder / f"{'0' * 32}.jpg", folder / "note.txt"
    for path in (orphan, strange):
        path.write_bytes(b"half a pho")
        os.utime(path, (now.timestamp(), now.timestamp()))
    run(now + timedelta(hours=23))
    assert orphan.exists()
    assert run(now + timedelta(hours=25)) == 1
    assert on_disk(folder) == kept | {"note.txt"}


def test_upload_that_ended_before_its_row_is_swept(folder, now, run):
    kept = on_disk(folder)
    name = service.write_files(photos.read(photo("blue")), folder=folder, now=now)
    assert len(on_disk(folder)) == len(kept) + 2
    assert run(now + timedelta(hours=23)) == 0
    assert f"{name}.jpg" in on_disk(folder)
    assert run(now + timedelta(hours=25)) == 2
    assert on_disk(folder) == kept


def test_without_any_photo_there_is_nothing_to_do(factory, tmp_path, now):
    assert jobs.wipe_removed(factory, folder=tmp_path / "nothing", now=now) == 0
