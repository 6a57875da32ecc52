"""A whole database: out of a running one into a SQLite file, and back in at one stroke.

One form of backup for both databases
Decision (accepted): a backup holds a SQLite file. SQLite copies its own pages; PostgreSQL is read
row by row in one snapshot, and filled by COPY in one transaction.
Context: pg_dump has to be installed in the server's version, and what it writes can neither be
opened and checked without a server nor be restored on SQLite.
Consequences: a shop that outgrows SQLite moves by backup and restore; an older backup is brought
up to date as a file, before anything else is touched.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Date,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Select,
    Text,
    cast,
    column,
    create_engine,
    delete,
    func,
    insert,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.sql import ColumnElement

from crm.cli import schema
from crm.contacts.models import SEARCH
from crm.contacts.service import rebuild_index
from crm.db import make_engine

REVISIONS = "alembic_version"
SHIPPED = frozenset(
    ("calendar_day", "deadline_preset", "loyalty_model", "order_match_mark", "worker_heartbeat")
)
"""Tables that have rows before anybody has entered anything, from revisions and the worker."""
IN_PARTS = {"yield_per": 5_000}
PATIENCE = 5.0
"""Seconds in which processes that were just stopped let go of the database."""
OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND usename = current_user AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
LOOK_AGAIN = text("SELECT pg_stat_clear_snapshot()")  # within one transaction
FOREIGN_KEYS = text(
    "SELECT conrelid::regclass::text AS owner, quote_ident(conname) AS name,"
    " pg_get_constraintdef(oid) AS definition FROM pg_constraint"
    " WHERE contype = 'f' AND EXISTS (SELECT 1 FROM pg_class WHERE pg_class.oid IN"
    " (conrelid, confrelid) AND relnamespace = current_schema()::regnamespace"
    " AND relname = ANY(:wanted)) ORDER BY oid"
)
COUNTERS = text(
    "SELECT table_name AS owner, column_name AS name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND column_default LIKE 'nextval(%'"
    " AND table_name = ANY(:wanted)"
)


@dataclass
class Stroke:
    """Whether a database may have changed: begun just before it is told to."""

    begun: bool = False


Fill = Callable[[Path, Stroke], None]


class CopyFailed(Exception):
    """A database cannot be copied or filled; the text says why."""


class InUse(CopyFailed):
    """Somebody has the database open."""


@dataclass(frozen=True)
class Content:
    """What a copy holds: the revision of its tables, and how many rows each of them has."""

    revision: str
    rows: dict[str, int]


def copy_out(url: str, path: Path) -> None:
    """Write what the database holds at this moment into a new SQLite file; writers go on."""
    if (file := sqlite_file(url)) and not file.exists():
        raise CopyFailed(f"there is no database at {file}")
    if file:
        with _connected(make_engine(url)) as source:
            _copy_pages(source, path)
        return
    with _connected(make_engine(url, isolation_level="REPEATABLE READ")) as source:
        _copy_rows(source, path)


def examine(path: Path) -> Content:
    """Check a copy from its first page to its last. Raises CopyFailed."""
    try:
        return _examined(path)
    except DatabaseError as error:
        raise CopyFailed("its pages are damaged") from error


def _examined(path: Path) -> Content:
    with _connected(_as_it_is(path)) as copy:
        if copy.exec_driver_sql("PRAGMA integrity_check(1)").scalar() != "ok":
            raise CopyFailed("its pages are damaged")
        if copy.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise CopyFailed("some rows belong to rows that are not there")
        return Content(_revision(copy), _counts(copy, _names(copy)))


def bring_up(path: Path) -> None:
    """Bring a copy to the newest revision. Raises CopyFailed."""
    _upgrade(_address(path))


def _upgrade(url: str | URL) -> None:
    try:
        schema.upgrade(url)
    except (DatabaseError, RuntimeError) as error:
        reason = f"its tables cannot be brought up to date ({type(error).__name__})"
        raise CopyFailed(reason) from error


def is_filled(url: str) -> bool:
    """Say whether anybody has entered anything into the database."""
    if (file := sqlite_file(url)) and not file.exists():
        return False
    with _connected(make_engine(url)) as connection:
        counts = _counts(connection, _names(connection))
    return any(counts[name] for name in counts.keys() - SHIPPED)


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite address, None for another database."""
    address = make_url(url)
    return Path(address.database or "") if address.drivername.startswith("sqlite") else None


@contextmanager
def held(url: str) -> Iterator[Fill]:
    """Keep the database from everybody else; yields what fills it from a copy at one stroke.

    Raises CopyFailed when somebody has it open.
    """
    if file := sqlite_file(url):
        with _file_held(file) as target:
            yield partial(_fill_pages, target)
    else:
        with _connected(make_engine(url, isolation_level="AUTOCOMMIT")) as target:
            revision = schema.revision(target)
            if revision not in {None, *schema.revisions()}:
                raise CopyFailed("the database itself is of a newer Shuke")
            _wait_until_alone(target)
        _upgrade(url)
        try:
            yield partial(_fill_rows, url)
        except Exception as error:
            if revision != schema.revisions()[0]:
                error.add_note("Its tables are of this version now.")
            raise


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _as_it_is(path: Path) -> Engine:
    """A copy's engine: it opens the file as it is, which stays without a log beside it."""
    return create_engine(_address(path))


def _address(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))


def _revision(connection: Connection) -> str:
    revision = schema.revision(connection)
    if revision is None:
        raise CopyFailed("it has no tables of Shuke")
    return revision


def _names(connection: Connection) -> list[str]:
    """Tables that are copied; the search index is made anew from what they hold."""
    found = set(inspect(connection).get_table_names()) - {REVISIONS}
    return sorted(name for name in found if not name.startswith(SEARCH.name))


def _counts(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    count = select(func.count())
    return {name: connection.scalar(count.select_from(table(name))) or 0 for name in names}


def _copy_pages(source: Connection, path: Path) -> None:
    """In one step, that is of one moment: writers only append to their log meanwhile."""
    driver: Any = source.connection.driver_connection
    with closing(sqlite3.connect(path)) as target:
        driver.backup(target)


def _copy_rows(source: Connection, path: Path) -> None:
    schema.upgrade(_address(path), _revision(source))
    engine = _as_it_is(path)
    metadata = MetaData()
    with _connected(engine) as target, target.begin():  # `examine` asks whether parents are there
        metadata.reflect(source, only=_names(target))
        for name, found in metadata.tables.items():
            copy = table(name, *(column(one.name) for one in found.columns))
            target.execute(delete(copy))  # what the revisions ship
            everything = select(*(_as_on_sqlite(one) for one in found.columns))
            values = source.execute(everything, execution_options=IN_PARTS)
            for rows in values.mappings().partitions():
                target.execute(insert(copy), [dict(row) for row in rows])


def _as_on_sqlite(one: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return what gives a column's values as our types write them on SQLite."""
    match one.type:
        case DateTime():
            given: ColumnElement[Any] = func.to_char(one, "YYYY-MM-DD HH24:MI:SS.US")
        case Date():
            given = func.to_char(one, "YYYY-MM-DD")
        case Boolean():
            given = cast(one, Integer)
        case JSON():
            given = cast(one, Text)
        case _:
            return one
    return given.label(one.key)


@contextmanager
def _file_held(file: Path) -> Iterator[sqlite3.Connection]:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(file, isolation_level=None, timeout=PATIENCE)) as target:
        try:
            target.execute("PRAGMA journal_mode=DELETE")  # refused while anybody has it open
            target.execute("PRAGMA locking_mode=EXCLUSIVE")  # kept from now on
            target.execute("BEGIN EXCLUSIVE")
            target.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raise InUse from error
        yield target


def _fill_pages(target: sqlite3.Connection, path: Path, stroke: Stroke) -> None:
    with closing(sqlite3.connect(path)) as source:
        stroke.begun = True  # Ctrl-C is heard only when all is done
        try:
            source.backup(target)  # one transaction of the target
        except sqlite3.Error:  # which was rolled back
            stroke.begun = False
            raise


def _wait_until_alone(connection: Connection) -> None:
    end = time.monotonic() + PATIENCE
    while connection.scalar(OTHERS):
        connection.execute(LOOK_AGAIN)
        if time.monotonic() > end:
            raise InUse
        time.sleep(0.1)


def _fill_rows(url: str, path: Path, stroke: Stroke) -> None:
    """Empty the tables and fill them, in one transaction; every row must find its parents."""
    with (
        _connected(make_engine(url)) as target,
        _connected(_as_it_is(path)) as source,
        target.begin(),
    ):
        target.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE:.0f}s'")
        quote = target.dialect.identifier_preparer.quote
        wanted = _counts(source, _names(source))
        with _without_foreign_keys(target, list(wanted)):
            emptied = ", ".join(map(quote, wanted))
            target.exec_driver_sql(f"TRUNCATE {emptied} RESTART IDENTITY")
            _wait_until_alone(target)  # whoever comes from now on waits for these tables
            for name in wanted:
                _copy_in(source, target, name)
        rebuild_index(target)
        for counter in target.execute(COUNTERS, {"wanted": list(wanted)}).all():
            sequence = func.pg_get_serial_sequence(quote(counter.owner), counter.name)
            last: ColumnElement[int] = func.max(column(counter.name))
            target.execute(select(func.setval(sequence, last)).select_from(table(counter.owner)))
        if _counts(target, wanted) != wanted:
            raise CopyFailed("it did not take every row")
        stroke.begun = True  # a connection lost from here on does not say whether it was done


@contextmanager
def _without_foreign_keys(target: Connection, wanted: list[str]) -> Iterator[None]:
    """Rows come in the order of tables, some of which refer to each other; then all is asked."""
    keys = target.execute(FOREIGN_KEYS, {"wanted": wanted}).all()
    for key in keys:
        target.exec_driver_sql(f"ALTER TABLE {key.owner} DROP CONSTRAINT {key.name}")
    yield
    for key in keys:
        target.exec_driver_sql(
            f"ALTER TABLE {key.owner} ADD CONSTRAINT {key.name} {key.definition}"
        )


def _copy_in(source: Connection, target: Connection, name: str) -> None:
    quote = target.dialect.identifier_preparer.quote
    columns = [one["name"] for one in inspect(source).get_columns(name)]
    everything: Select[*tuple[Any, ...]] = select(*map(column, columns)).select_from(table(name))
    found = source.execute(everything, execution_options=IN_PARTS)
    driver: Any = target.connection.driver_connection
    statement = f"COPY {quote(name)} ({', '.join(map(quote, columns))}) FROM STDIN"
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in found:
                copy.write_row(row)
    except target.dialect.loaded_dbapi.Error as error:  # whose text may quote a person's row
        raise CopyFailed(f"it did not take the rows of {name} ({type(error).__name__})") from error
