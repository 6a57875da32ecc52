"""`shuke backup` and `shuke restore`: the database and the pictures in one file, never the key.

A restore changes nothing before all is checked, and then the database at one stroke. Files cannot
change with it, so where there are pictures a mark stands until both are in place: whoever finds it
refuses to start.
"""

import glob
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.exc import DBAPIError

from crm import clock
from crm.cli import archive, copying, schema
from crm.config import ALBUMS, BROKEN_OFF, UNFINISHED, HalfRestored, Settings

RESTORING = "restoring-"
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
OLD_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Refused(Exception):
    """The text says what is wrong, and what to do."""


WRONG = (Refused, copying.CopyFailed, archive.NotABackup, OSError, sqlite3.Error, DBAPIError)
"""What comes of a disk, a file or a database, not of us."""


@click.command()
@click.argument("file", type=NEW_FILE)
def backup(file: Path) -> None:
    """Write database and pictures into a new FILE, while Shuke runs. The key is not in it."""
    if file.exists():
        raise click.BadParameter(f"{file} is there already; choose a new name", param_hint="FILE")
    settings = Settings.from_env()
    _sweep(file.absolute().parent, f"{glob.escape(file.name)}.part-????????")
    with (
        _in_words("No backup was written"),
        _workspace(file.absolute().parent, f"{file.name}.part-") as folder,
    ):
        content = _write(settings, folder / "new")
        _check(folder / "new", folder)
        _give_name(folder / "new", file)
    megabytes = file.stat().st_size / 2**20
    click.echo(f"{file}: {_amount(content.rows)}, {megabytes:.1f} MB, opened and checked.")
    mark = archive.key_check()[:8]
    click.echo(f"It can be restored only with the key {mark}, which is not in it.", err=True)


@click.command()
@click.argument("file", type=OLD_FILE)
@click.option("--replace", is_flag=True, help="Even where the database is not empty.")
def restore(file: Path, *, replace: bool) -> None:
    """Bring back everything as it was when the backup FILE was made. Stop Shuke first."""
    settings = Settings.from_env()
    with _in_words("Nothing was restored"):
        manifest = archive.read(file)
        _refuse_foreign(manifest, settings)
        if not replace and copying.is_filled(settings.database_url):
            raise Refused("the database is not empty. To lose what is in it, add: --replace")
        if not replace and _has_pictures(settings.data_dir):
            raise Refused("there are pictures already. To lose them, add: --replace")
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _workspace(settings.data_dir, RESTORING) as folder:
            copy = _check(file, folder)
            archive.unpack_albums(file, folder)
            copying.bring_up(copy)
            with (
                copying.held(settings.database_url) as fill,
                _albums_in_place(settings.data_dir, folder) as stroke,
            ):
                fill(copy, stroke)
    made = f"{manifest.made_at:%Y-%m-%d %H:%M}"
    click.echo(f"Restored {_amount(manifest.rows)}, as of {made}.")


@contextmanager
def _in_words(outcome: str) -> Iterator[None]:
    """Say in one line what came of it and why."""
    try:
        yield
    except WRONG as error:
        told = " ".join([f"{outcome}: {_reason(error)}", *getattr(error, "__notes__", ())])
        raise click.ClickException(told) from error


def _reason(error: Exception) -> str:
    match error:
        case copying.InUse():
            return "the database is in use. Stop shuke (serve, web, worker) and run this again."
        case Refused() | copying.CopyFailed():
            return str(error)
        case archive.NotABackup():
            return "the file is no backup of Shuke, or it is damaged. Take another one."
        case OSError():
            name = error.strerror or type(error).__name__
            return f"{name} ({error.filename or 'the disk'})."
        case _:
            told = str(getattr(error, "orig", error)).splitlines()
            return f"the database says: {told[0] if told else type(error).__name__}."


@contextmanager
def _workspace(parent: Path, prefix: str) -> Iterator[Path]:
    """A folder beside the goal, that nobody else may read, for as long as it takes."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _has_pictures(data_dir: Path) -> bool:
    """Say whether there are pictures that somebody put there, not half a restore."""
    found = (data_dir / ALBUMS).rglob("*")
    return not (data_dir / UNFINISHED).exists() and any(not path.is_dir() for path in found)


def _write(settings: Settings, path: Path) -> copying.Content:
    made_at, copy = clock.now(), path.with_name("copy")
    copying.copy_out(settings.database_url, copy)
    content = copying.examine(copy)
    manifest = archive.Manifest(
        made_at=made_at,
        revision=content.revision,
        rows=content.rows,
        key_check=archive.key_check(),
    )
    archive.write(path, manifest, copy, settings.albums_dir)
    copy.unlink()
    return content


def _give_name(new: Path, file: Path) -> None:
    """Let a whole file appear under its name; never over one that came meanwhile."""
    try:
        os.link(new, file)
    except OSError:
        if file.exists():
            raise
        new.rename(file)  # the disk knows no links, as many a stick
    archive.settle(file.absolute().parent)


def _check(file: Path, folder: Path) -> Path:
    """Read a backup to its end and open its database; returns the copy, which lies in `folder`."""
    manifest = archive.read(file)
    archive.check(file)
    copy = archive.unpack_database(file, folder)
    if copying.examine(copy) != copying.Content(manifest.revision, manifest.rows):
        raise archive.NotABackup
    return copy


def _refuse_foreign(manifest: archive.Manifest, settings: Settings) -> None:
    if manifest.format > archive.FORMAT or manifest.revision not in schema.revisions():
        raise Refused(
            f"the backup was made by a newer Shuke (tables {manifest.revision}). "
            "Install that version, or a newer one, and run this again."
        )
    if not archive.opens(manifest):
        raise Refused(
            "the backup was made with another key: of another shop, or a newer one of this shop "
            "(shuke key rotate). Bring in the key that was written out after it was made, with "
            f"shuke key import FILE, or put its secret.key into {settings.data_dir}, or its keys "
            "into SHUKE_SECRET_KEY, and run this again."
        )


@contextmanager
def _albums_in_place(data_dir: Path, folder: Path) -> Iterator[copying.Stroke]:
    """Change the pictures for those of the backup; change them back when the rest fails.

    Where the database may have changed already the mark stays, and so do the older pictures.
    """
    mark, now, new = data_dir / UNFINISHED, data_dir / ALBUMS, folder / ALBUMS
    old = folder.with_name(f"{folder.name}.old")
    was_half = mark.exists()
    moves = [move for move in ((now, old), (new, now)) if move[0].exists()]
    if moves:
        mark.touch(mode=0o600)
    done: list[tuple[Path, Path]] = []
    stroke = copying.Stroke()
    try:
        for source, target in moves:
            source.replace(target)
            done.append((source, target))
        archive.settle(data_dir)
        yield stroke
    except BaseException as error:
        if stroke.begun:
            raise HalfRestored(BROKEN_OFF) from error
        for source, target in reversed(done):
            target.replace(source)
        if not was_half:
            mark.unlink(missing_ok=True)
        raise
    mark.unlink(missing_ok=True)
    _sweep(data_dir, f"{RESTORING}*", folder)


def _sweep(parent: Path, pattern: str, kept: Path | None = None) -> None:
    """Take away what a killed command left, and pictures that were replaced."""
    for left in parent.glob(pattern):
        if left != kept and left.is_dir():
            shutil.rmtree(left, ignore_errors=True)


def _amount(rows: dict[str, int]) -> str:
    return f"{sum(rows.values()):,} rows of {len(rows)} tables"
