"""`shuke key`: the key of phone numbers and channel secrets, out to a safe place and in again.

A backup never holds it, so a shop that loses its machine needs both. What was written down is only
that the key of now was exported, by a value from which no key can be found.
"""

import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from sqlalchemy.orm import Session, sessionmaker

from crm import crypto
from crm.cli import rotation, schema
from crm.cli.archive import settle
from crm.config import KEY_FILE, Settings
from crm.contacts.queries import identities as contacts
from crm.db import make_engine, make_factory
from crm.integrations.queries import some_sealed

WARNING = "Key of Shuke. Whoever has it and the database reads every phone number."
EXPORTED = "key.exported"
SAMPLES = 20
LOCK = "key.lock"
"""SQLite locks it, on every system, and a command that dies lets it go."""
ROTATING = "key.rotating"
"""Names the keys of a rotation that has begun and is not finished."""
BATCH = 500


@click.group()
def key() -> None:
    """The key that phone numbers are encrypted with."""


@key.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_key(file: Path) -> None:
    """Write the key into a new FILE, for a safe place away from the backups."""
    settings = Settings.from_env()
    mark = crypto.fingerprint(settings.secret_key)
    try:
        _write_new(file, f"{WARNING}\n{settings.secret_key}\n{mark}\n")
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        (settings.data_dir / EXPORTED).write_text(mark, "ascii")
    except FileExistsError as error:
        wrong = f"{file} is there already; choose a new name"
        raise click.BadParameter(wrong, param_hint="FILE") from error
    except OSError as error:
        raise click.ClickException(f"Nothing was written: {error.strerror} ({file})") from error
    click.echo(
        f"The key {mark[:8]} is in {file}. Keep it in a safe place, not beside the backups.",
        err=True,
    )


@contextmanager
def _alone() -> Iterator[None]:
    """Refuse to change the key while another command does: each would drop the other's."""
    data_dir = Settings.from_env().data_dir
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(data_dir / LOCK, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise click.ClickException(
                "Another shuke key command changes the key just now. Run this when it is done."
            ) from error
        yield


@key.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_alone()
def import_key(file: Path) -> None:
    """Take the key out of FILE, which `shuke key export` wrote. Start Shuke anew after it."""
    settings = Settings.from_env()
    if not settings.keeps_key:
        raise click.ClickException(
            "SHUKE_SECRET_KEY is set and goes before any file. Put the key there, or unset it."
        )
    master = _read(file)
    if master == settings.secret_key:
        click.echo("This key is in use already.", err=True)
        return
    if not _fits(settings, master):
        raise click.ClickException(
            "This key does not open the phone numbers of this database. Nothing was changed."
        )
    _replace(settings.data_dir, settings.secret_key, master)
    click.echo("The key is in place. If Shuke runs, start it anew.", err=True)


@key.command("rotate")
@click.pass_obj
@_alone()
def rotate_key(factory: sessionmaker[Session]) -> None:
    """Make a new key and seal everything with it, while Shuke runs. Broken off, it goes on."""
    settings = Settings.from_env()
    if settings.keeps_key:
        _put_in_front(settings)
    elif "\n" not in settings.secret_key:
        raise click.ClickException(
            "SHUKE_SECRET_KEY is set and goes before any file. Put a new key there on a line "
            "before the old one, start Shuke anew, and run this again."
        )
    crypto.configure(settings.keys_now())
    time.sleep(2 * crypto.LOOK_AGAIN)  # by now every process seals with the new key
    done = lost = 0
    for change in rotation.passes(factory, BATCH):
        done, lost = done + change.renewed, max(lost, change.lost)
    (settings.data_dir / ROTATING).unlink(missing_ok=True)
    click.echo(f"{done:,} secrets are sealed with the new key.")
    if lost:
        click.echo(
            f"{lost:,} secrets open with no key of this shop and stay as they are.", err=True
        )
    click.echo("Write the new key out now: shuke key export FILE. Backups need it.", err=True)


def is_rotating(settings: Settings) -> bool:
    """Say whether a rotation has begun and is not finished."""
    try:
        begun = (settings.data_dir / ROTATING).read_text("ascii")
    except FileNotFoundError:
        return False
    return begun == crypto.fingerprint(settings.keys_now())


def _put_in_front(settings: Settings) -> None:
    """Put a new key before the others, unless a rotation that has done so goes on."""
    if is_rotating(settings):
        return
    keys = f"{secrets.token_urlsafe(32)}\n{settings.secret_key}"
    mark = settings.data_dir / ROTATING
    mark.unlink(missing_ok=True)
    _write_new(mark, crypto.fingerprint(keys))
    settle(settings.data_dir)
    _replace(settings.data_dir, settings.secret_key, keys)


def was_exported(settings: Settings) -> bool:
    """Say whether the key in use was written out for a safe place."""
    try:
        mark = (settings.data_dir / EXPORTED).read_text("ascii")
    except FileNotFoundError:
        return False
    return mark == crypto.fingerprint(settings.secret_key)


def _read(file: Path) -> str:
    """Return the keys in a file, if it is whole: a warning, one key a line, what they give."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        lines = []
    _warning, *keys, mark = lines if len(lines) > 2 else ("", "", "")  # noqa: PLR2004
    if not all(keys) or crypto.fingerprint("\n".join(keys)) != mark:
        raise click.ClickException(f"{file} is no key of Shuke, or it is damaged. Take another.")
    return "\n".join(keys)


def _fits(settings: Settings, master: str) -> bool:
    """Say whether a key opens what is stored; a database without anything fits every key."""
    engine = make_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            if schema.revision(connection) is None:
                return True  # it has no tables yet
        with make_factory(engine)() as session:
            numbers, channels = (
                contacts.some_sealed(session, SAMPLES),
                some_sealed(session, SAMPLES),
            )
    finally:
        engine.dispose()
    fits = [crypto.opens(master, one, purpose="identity") for one in numbers]
    return all(fits + [crypto.opens(master, one, purpose="channel") for one in channels])


def _replace(data_dir: Path, old: str, new: str) -> None:
    """Put a key in the place of another, which stays beside it: old backups need it."""
    kept = data_dir / f"{KEY_FILE}.{crypto.fingerprint(old)[:8]}"
    fresh = data_dir / f"{KEY_FILE}.new"
    fresh.unlink(missing_ok=True)
    if not kept.exists():
        _write_new(kept, old)
    _write_new(fresh, new)
    settle(data_dir)
    fresh.replace(data_dir / KEY_FILE)
    settle(data_dir)  # before anything is sealed with it


def _write_new(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole and on the disk. Never over another."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
