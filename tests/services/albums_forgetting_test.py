"""Who is forgotten stands in the name of no album, on no page of the shop or of customers."""

import pytest
from sqlalchemy import select

from crm.albums.rules import NAME_MAX
from crm.audit.models import AuditEntry
from crm.lifecycle.rules.merging import Merge
from crm.lifecycle.service.erasing import anonymise
from crm.lifecycle.service.merging import merge
from tests.conftest import NOW
from tests.factories.albums import make_album
from tests.factories.contacts import make_contact


@pytest.fixture
def her(session, desk):
    return make_contact(session, "柳金枝", store=desk.store, actor=desk.manager)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("给柳金枝看的壶", "给{}看的壶"),
        ("柳金枝", "{}"),
        ("柳金枝、柳金枝", "{}、{}"),
        ("柳树下的壶", "柳树下的壶"),
        ("100%_新壶", "100%_新壶"),
    ],
)
def test_her_name_goes_out_of_the_names_of_albums(session, desk, her, name, left):
    shown = make_album(session, name, desk.store)
    elsewhere = make_album(session, name, desk.other)
    removed = make_album(session, name, desk.store)
    removed.removed_at = NOW
    session.flush()
    anonymise(session, her.id, actor=desk.owner, now=NOW)
    session.expire_all()
    expected = left.replace("{}", f"№{her.id}")
    assert (shown.name, removed.name) == (expected, expected)
    assert elsewhere.name == name


def test_every_name_she_had_goes(session, desk, her):
    merged = make_contact(session, "柳姐姐", store=desk.store, actor=desk.manager, nickname="枝枝")
    merge(session, Merge(her.id, merged.id), actor=desk.owner, now=NOW)
    album = make_album(session, "柳姐姐和枝枝的壶", desk.store)
    anonymise(session, her.id, actor=desk.owner, now=NOW)
    session.refresh(album)
    assert album.name == f"№{her.id}和№{her.id}的壶"


def test_pseudonym_longer_than_her_name_still_fits(session, desk):
    her = make_contact(session, "金枝", store=desk.store, actor=desk.manager)
    while her.id < 10:
        her = make_contact(session, "金枝", store=desk.store, actor=desk.manager)
    album = make_album(session, "金枝" * (NAME_MAX // 2), desk.store)
    anonymise(session, her.id, actor=desk.owner, now=NOW)
    session.refresh(album)
    assert "金枝" not in album.name
    assert 1 <= len(album.name) <= NAME_MAX


def test_name_of_one_sign_is_part_of_too_many_words(session, desk):
    her = make_contact(session, "壶", store=desk.store, actor=desk.manager)
    album = make_album(session, "今天的壶", desk.store)
    anonymise(session, her.id, actor=desk.owner, now=NOW)
    session.refresh(album)
    assert album.name == "今天的壶"


def test_her_covered_number_goes_with_her_name(session, desk):
    her = make_contact(session, "柳金枝", store=desk.store, phone="13900000177")
    album = make_album(session, "139****0177 柳金枝、138****0142 看的", desk.store)
    anonymise(session, her.id, actor=desk.owner, now=NOW)
    session.refresh(album)
    assert album.name == f"№{her.id} №{her.id}、138****0142 看的"


def test_only_an_album_that_is_called_otherwise_now_is_written_down(session, desk, her):
    called = make_album(session, "给柳金枝看的壶", desk.store)
    make_album(session, "柳树下的壶", desk.store)
    for _time in range(2):
        anonymise(session, her.id, actor=desk.owner, now=NOW)
    session.flush()
    renamed = select(AuditEntry).where(AuditEntry.action == "album.renamed")
    (entry,) = session.scalars(renamed)
    assert (entry.subject, entry.actor_id) == (f"album:{called.id}", desk.owner.id)
    assert (entry.before, entry.after) == (None, None)


def test_forgetting_again_leaves_the_pseudonym_of_somebody_else(session, desk, her):
    merged = make_contact(session, "柳姐姐", store=desk.store, actor=desk.manager)
    merge(session, Merge(her.id, merged.id), actor=desk.owner, now=NOW)
    anonymise(session, her.id, actor=desk.owner, now=NOW)
    name = f"№{merged.id}5和№{her.id}5的壶"
    album = make_album(session, name, desk.store)
    anonymise(session, her.id, actor=desk.owner, now=NOW)
    session.refresh(album)
    assert album.name == name


def test_cover_that_is_also_somebody_elses_stays(session, desk):
    who = {"store": desk.store, "actor": desk.manager}
    her = make_contact(session, "柳金枝", phone="13900000177", **who)
    make_contact(session, "女儿", phone="13911110177", **who)
    album = make_album(session, "给女儿 139****0177 看的", desk.store)
    anonymise(session, her.id, actor=desk.owner, now=NOW)
    session.refresh(album)
    assert album.name == "给女儿 139****0177 看的"
