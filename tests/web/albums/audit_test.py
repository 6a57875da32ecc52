"""Every act on an album stands in the audit log, in words of both languages, once."""

import pytest
from sqlalchemy import select

from crm.accounts.rules import Role
from crm.audit.models import AuditEntry
from tests.factories.stores import make_staff
from tests.web.albums.conftest import send


def acts(session, album):
    """What was done with the photos of the album, and with which."""
    entries = select(AuditEntry).where(AuditEntry.subject == f"album:{album.id}")
    return [
        (one.action.removeprefix("album.photo_"), one.after)
        for one in session.scalars(entries.order_by(AuditEntry.id))
        if one.action.startswith("album.photo_")
    ]


def test_photo_in_out_and_back_is_written_down_with_its_number(page, session, album, staff):
    send(page, album)
    send(page, album, "blue")
    page.post(f"/albums/{album.id}/photos/2/remove")
    page.post(f"/albums/{album.id}/photos/2/restore")
    page.post(f"/albums/{album.id}/photos/1/remove")
    send(page, album)
    assert acts(session, album) == [
        ("added", {"number": 1}),
        ("added", {"number": 2}),
        ("removed", {"number": 2}),
        ("restored", {"number": 2}),
        ("removed", {"number": 1}),
        ("restored", {"number": 1}),
    ]
    written = select(AuditEntry.actor_id).where(AuditEntry.action.startswith("album.photo_"))
    assert set(session.scalars(written)) == {staff.id}


def test_what_changes_nothing_is_not_written_down(page, session, album):
    send(page, album)
    send(page, album)
    page.post(f"/albums/{album.id}/photos/1/restore")
    assert acts(session, album) == [("added", {"number": 1})]
    page.post(f"/albums/{album.id}/photos/1/remove")
    page.post(f"/albums/{album.id}/photos/1/remove")
    assert len(acts(session, album)) == 2


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["图册放进照片", "图册拿掉照片", "图册恢复照片"]),
        ("en", ["Put a photo into", "Took a photo out", "Put a photo back"]),
    ],
)
def test_owner_reads_every_act_in_words(page, session, album, language, words):
    send(page, album)
    for act in ("photos/1/remove", "photos/1/restore", "link/withdraw", "link/restore",
                "link/withdraw", "link/renew", "remove", "restore"):  # fmt: skip
        page.post(f"/albums/{album.id}/{act}")
    page.post(f"/albums/{album.id}/link", {"days": "3"})
    page.post(f"/albums/{album.id}/name", {"name": "新名"})
    page.sign_in(make_staff(session, Role.OWNER))
    text = page.get(f"/audit?lang={language}").text
    assert [one for one in words if one not in text] == []
    assert "audit.album" not in text
    assert "新名" not in text
