"""The file of a backup: a zip with what it is, the database as a SQLite file, and the pictures.

It holds no key, only a value by which the right key is known.
"""

import json
import os
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from crm import crypto
from crm.i18n import fmt

FORMAT = 1
MANIFEST, DATABASE, ALBUMS = "manifest.json", "shuke.db", "albums/"
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
QUICK = 1  # a database shrinks to a third at this level already


class NotABackup(Exception):
    """The file is no backup of Shuke, or a damaged one."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself."""

    made_at: datetime
    revision: str
    rows: dict[str, int]
    key_check: str
    format: int = FORMAT


def key_check() -> str:
    """Return a value that only this process's keys give and from which no key can be found."""
    return crypto.marks()[0]


def opens(manifest: Manifest) -> bool:
    """Say whether this process has the keys of a backup: those of now, or of before a rotation."""
    return manifest.key_check in crypto.marks()


def write(path: Path, manifest: Manifest, database: Path, albums: Path) -> None:
    """Write a backup that only its owner may read, whole and on the disk."""
    path.touch(mode=0o600, exist_ok=False)
    with path.open("wb") as file:
        with zipfile.ZipFile(file, "w", strict_timestamps=False) as archive:
            about = json.dumps(asdict(manifest), indent=1, default=datetime.isoformat)
            archive.writestr(MANIFEST, about)
            archive.write(database, DATABASE, zipfile.ZIP_DEFLATED, QUICK)
            for picture in sorted(albums.rglob("*")):
                if picture.is_file() and not picture.is_symlink():
                    with suppress(FileNotFoundError):  # taken away since
                        archive.write(picture, ALBUMS + picture.relative_to(albums).as_posix())
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> Manifest:
    """Return what a backup says about itself. Raises NotABackup."""
    with _opened(path) as archive:
        found = json.loads(archive.read(MANIFEST))
        return Manifest(
            made_at=datetime.fromisoformat(found["made_at"]).astimezone(fmt.zone()),
            revision=str(found["revision"]),
            rows=dict(found["rows"]),
            key_check=str(found["key_check"]),
            format=int(found["format"]),
        )


def check(path: Path) -> None:
    """Read a backup to its end. Raises NotABackup."""
    with _opened(path) as archive:
        if archive.testzip() is not None:
            raise NotABackup


def unpack_database(path: Path, folder: Path) -> Path:
    """Write the database of a backup into a folder. Raises NotABackup."""
    with _opened(path) as archive:
        return Path(archive.extract(DATABASE, folder))


def unpack_albums(path: Path, folder: Path) -> int:
    """Write the pictures of a backup into a folder; returns their number. Raises NotABackup."""
    with _opened(path) as archive:
        names = [name for name in archive.namelist() if name.startswith(ALBUMS)]
        archive.extractall(folder, names)
    for one in (folder / ALBUMS, *(folder / ALBUMS).rglob("*")):
        settle(one)
    return len(names)


def settle(path: Path) -> None:
    """Bring a file, or the names in a folder, onto the disk: a power cut may follow."""
    if sys.platform == "win32" or not path.exists():  # which knows no such thing for folders
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            if not {one.compress_type for one in archive.infolist()} <= PACKED:
                raise NotABackup
            yield archive
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        LookupError,
        OverflowError,  # a time before the first year
        RuntimeError,  # such as a password
        TypeError,
        ValueError,
    ) as error:
        raise NotABackup from error
