"""Albums to test with, and photos as phones make them."""

from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.rules import Role
from crm.albums import service
from crm.albums.models import Album, AlbumPhoto
from crm.albums.rules import NewAlbum
from crm.integrations.formats import photos
from crm.stores.models import Store
from tests.conftest import NOW
from tests.factories.stores import actor_of, make_staff, make_store


def photo(
    colour: str = "red", *, size: tuple[int, int] = (40, 30), kind: str = "JPEG", **options: Any
) -> bytes:
    """The file of a photo in one colour."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def make_album(
    session: Session,
    name: str = "6 月 18 日的壶",
    store: Store | None = None,
    staff: Staff | None = None,
    *,
    days: int = 7,
    now: datetime = NOW,
) -> Album:
    """An empty album of a store; store and staff are made if none is given."""
    store = store or make_store(session)
    staff = staff or make_staff(session, Role.MANAGER, store)
    session.flush()
    command = NewAlbum(name=name, store_id=store.id, days=days)
    return service.make_album(session, command, actor=actor_of(session, staff), now=now)


def put_in(
    session: Session, album: Album, folder: Path, *colours: str, now: datetime = NOW
) -> list[AlbumPhoto]:
    """Photos in these colours, in the album and on the disk."""
    actor = actor_of(session, session.get_one(Staff, album.made_by))
    added = []
    for colour in colours:
        shot = photos.read(photo(colour))
        files = service.write_files(shot, folder=folder, now=now)
        added.append(service.add_photo(session, album, shot, files, actor=actor, now=now).photo)
    session.flush()
    return added


def take_out(session: Session, photo: AlbumPhoto, *, now: datetime = NOW) -> None:
    """Take a photo out of its album."""
    album = session.get_one(Album, photo.album_id)
    actor = actor_of(session, session.get_one(Staff, album.made_by))
    service.remove_photo(session, album, photo, actor=actor, now=now)
