"""Photos come into an album and leave it; their files come before the row and leave before it.

So a kill leaves a file without a row at worst, which is swept, and never a row without its file.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.albums import queries
from crm.albums.models import Album, AlbumPhoto
from crm.albums.rules import (
    KEPT_AFTER_REMOVAL,
    PHOTOS_MAX,
    UNDO_LIFE,
    AlbumFull,
    TooLate,
    files_of,
    new_name,
    photo_of,
)
from crm.albums.service.making import note
from crm.integrations.formats.photos import Photo

SOME = 200
ORPHAN_AGE = timedelta(days=1)
"""No upload takes so long: what has no row by then never gets one."""


@dataclass(frozen=True, slots=True)
class Added:
    """A photo, and whether the album had it already."""

    photo: AlbumPhoto
    known: bool


def add_photo(
    session: Session, album: Album, photo: Photo, name: str, *, actor: Actor, now: datetime
) -> Added:
    """Put a photo, whose files are written, into a locked album; the same again is the same.

    Raises AlbumFull. Then, and of a known photo, the files written for it are not needed.
    """
    row = queries.photo_of_digest(session, album.id, photo.digest)
    if row is not None and row.removed_at is None:
        return Added(row, known=True)
    if queries.photos_count(session, album.id) >= PHOTOS_MAX:
        raise AlbumFull
    if row is not None:  # it had been removed: its old files may be gone already
        row.name, row.removed_at = name, None
        row.added_by, row.added_at = actor.id, now
        note(session, album, "photo_restored", actor=actor, now=now, number=row.number)
        return Added(row, known=False)
    album.last_number += 1
    row = AlbumPhoto(
        album_id=album.id,
        number=album.last_number,
        name=name,
        digest=photo.digest,
        width=photo.width,
        height=photo.height,
        added_by=actor.id,
        added_at=now,
    )
    session.add(row)
    note(session, album, "photo_added", actor=actor, now=now, number=row.number)
    return Added(row, known=False)


def remove_photo(
    session: Session, album: Album, photo: AlbumPhoto, *, actor: Actor, now: datetime
) -> None:
    """Take a photo out of its locked album."""
    if photo.removed_at is None:
        photo.removed_at = now
        note(session, album, "photo_removed", actor=actor, now=now, number=photo.number)


def restore_photo(
    session: Session, album: Album, photo: AlbumPhoto, *, actor: Actor, now: datetime
) -> None:
    """Put a removed photo of a locked album back in its place. Raises TooLate, AlbumFull."""
    if photo.removed_at is None:
        return
    if now - photo.removed_at > UNDO_LIFE:
        raise TooLate
    if queries.photos_count(session, album.id) >= PHOTOS_MAX:
        raise AlbumFull
    photo.removed_at = None
    note(session, album, "photo_restored", actor=actor, now=now, number=photo.number)


def wipe_removed(session: Session, *, folder: Path, now: datetime) -> int:
    """Let go of some photos whose removal is final; says of how many."""
    gone = queries.removed_photos(session, before=now - KEPT_AFTER_REMOVAL, most=SOME)
    for photo in gone:
        delete_files(photo.name, folder=folder)
        session.delete(photo)
    return len(gone)


def sweep_files(session: Session, *, folder: Path, now: datetime) -> int:
    """Delete files that no photo names, as a killed upload leaves them; says how many."""
    oldest = (now - ORPHAN_AGE).timestamp()
    old = [path for path in folder.glob("*.jpg") if path.stat().st_mtime < oldest]
    orphans: list[Path] = []
    for start in range(0, len(old), SOME):
        some = old[start : start + SOME]
        known = queries.known_names(session, {photo_of(path.name) or "" for path in some})
        orphans += [path for path in some if photo_of(path.name) not in known]
    _delete(orphans)
    return len(orphans)


@contextmanager
def written_files(photo: Photo, *, folder: Path, now: datetime) -> Iterator[str]:
    """Do as `write_files`; where the album proves full or gone, they are deleted again."""
    name = write_files(photo, folder=folder, now=now)
    try:
        yield name
    except (AlbumFull, NoResultFound):
        delete_files(name, folder=folder)
        raise


def write_files(photo: Photo, *, folder: Path, now: datetime) -> str:
    """Bring both files of a photo onto the disk and return their name.

    Before anything is locked: a slow disk keeps nobody waiting. Their time is the product's, as
    that of the row.
    """
    name = new_name()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for filename, content in zip(files_of(name), (photo.large, photo.small), strict=True):
        with (folder / filename).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.utime(folder / filename, (now.timestamp(), now.timestamp()))
    return name


def delete_files(name: str, *, folder: Path) -> None:
    """Delete the files of a name, as far as they are there."""
    _delete(folder / one for one in files_of(name))


def _delete(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
