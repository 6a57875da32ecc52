"""Albums come and go; a removed one can be brought back for a day."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.albums import queries
from crm.albums.models import Album
from crm.albums.rules import UNDO_LIFE, NewAlbum, TooLate, new_token
from crm.audit.service import record
from crm.db import upsert_insert
from crm.groups.rules import cover_mobiles


def make_album(session: Session, command: NewAlbum, *, actor: Actor, now: datetime) -> Album:
    """Make an empty album, whose link opens it from now on; the same form again makes no second.

    A form that comes back from the browser's memory and says something else is another one. A
    mobile number in the name, which customers see, is covered.
    """
    key = _key_of(command)
    statement = upsert_insert(session, Album).values(
        name=cover_mobiles(command.name)[0],
        store_id=command.store_id,
        made_by=actor.id,
        client_key=key,
        made_at=now,
        token=new_token(),
        expires_at=now + timedelta(days=command.days),
    )
    statement = statement.on_conflict_do_nothing(index_elements=["made_by", "client_key"])
    made = session.scalar(statement.returning(Album.id))
    if made is None:
        known = queries.album_of_key(session, actor.id, str(key))
        if known.removed_at is None:
            return known
        known.client_key = None  # that one is gone, so what is sent now makes the one to be found
        session.flush()
        return make_album(session, command, actor=actor, now=now)
    album = session.get_one(Album, made)
    note(session, album, "made", actor=actor, now=now)
    return album


def _key_of(command: NewAlbum) -> str | None:
    if command.client_key is None:
        return None
    said = (command.client_key, command.name, str(command.store_id), str(command.days))
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()


def rename_album(session: Session, album: Album, name: str, *, actor: Actor, now: datetime) -> None:
    """Give an album another name; customers see it, so a mobile number in it is covered."""
    name, _numbers = cover_mobiles(name)
    if album.name != name:
        album.name = name
        note(session, album, "renamed", actor=actor, now=now)


def remove_album(session: Session, album: Album, *, actor: Actor, now: datetime) -> None:
    """Take an album away with its photos; its link opens nothing from now on."""
    if album.removed_at is None:
        album.removed_at = now
        note(session, album, "removed", actor=actor, now=now)


def restore_album(session: Session, album: Album, *, actor: Actor, now: datetime) -> None:
    """Bring a removed album back. Raises TooLate."""
    if album.removed_at is None:
        return
    if now - album.removed_at > UNDO_LIFE:
        raise TooLate
    album.removed_at = None
    note(session, album, "restored", actor=actor, now=now)


def note(
    session: Session,
    album: Album,
    act: str,
    *,
    actor: Actor,
    now: datetime,
    number: int | None = None,
) -> None:
    """Write an act into the audit log; `number` is that of the photo it is about."""
    subject, after = f"album:{album.id}", None if number is None else {"number": number}
    record(session, f"album.{act}", subject=subject, actor=actor, now=now, after=after)
