"""Base, column types, engine and the one place that commits.

SQLite and PostgreSQL
Decision (accepted): both are first-class. Writes open IMMEDIATE on SQLite; on PostgreSQL a query
that feeds a decision locks the row it decides on.
Context: a deferred read-then-write on SQLite fails with "database is locked"; on PostgreSQL it
loses updates in silence.
Consequences: `transaction()` is the only writer's door; the same tests run on both databases.

Plain SQLAlchemy
Decision (accepted): no Flask-SQLAlchemy; jobs and commands run outside requests.

Text enums with CHECK
Decision (accepted): an enum is text limited by a CHECK named after its column (`choice`).
Context: native PostgreSQL enums cannot be changed in a batch migration that SQLite also runs.
"""

import enum
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    and_,
    cast,
    create_engine,
    event,
    func,
    insert,
    literal,
    literal_column,
    or_,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.sql import ColumnElement, SQLColumnExpression
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
}
PRAGMAS = (  # busy_timeout first: the others may have to wait for a lock
    "busy_timeout=5000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-16384",
    "mmap_size=268435456",
    "temp_store=MEMORY",
)
DATABASE_AWAY = (OperationalError, InterfaceError)  # no fault of what was written
WRITE_PATIENCE = 5.0
ASK_FOR_MS = 20

Held = TypeVar("Held")

READING = "reading"  # where a session that only reads keeps its connection

Money = Annotated[int, mapped_column(BigInteger)]


class UtcDateTime(TypeDecorator[datetime]):
    """Stores UTC, returns aware values, refuses naive ones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """SQLite keeps text, which Python reads with its zone in one step: a fifth of the work."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return lambda text: None if text is None else datetime.fromisoformat(text + "+00:00")


class Base(DeclarativeBase):
    """Every table of the product."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012  declared so by SQLAlchemy


def choice(members: type[enum.Enum], *, name: str) -> Enum:
    """A text column limited to the enum's values by a CHECK named after the column."""
    return Enum(
        members,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda m: [x.value for x in m],
        validate_strings=True,
    )


def int_sum(expression: SQLColumnExpression[Any]) -> ColumnElement[int]:
    """sum() as an integer on both databases, 0 without rows (PostgreSQL answers Decimal)."""
    return func.coalesce(cast(func.sum(expression), BigInteger), fixed(0))


def fixed(number: int) -> ColumnElement[int]:
    """A number written into the statement, not bound at every execution.

    So plans that PostgreSQL keeps know how few rows a LIMIT leaves.
    """
    return literal_column(str(number), Integer)


def older(at: Any, row_id: Any, before: tuple[datetime, int] | None) -> ColumnElement[bool]:
    """Rows that come after a position in a list that runs newest first; None: all of them."""
    if before is None:
        return true()
    moment, number = before
    return and_(at <= moment, or_(at < moment, row_id < number))


def reading_session(factory: sessionmaker[Session]) -> Session:
    """Return a session that only reads, with its connection at hand.

    On PostgreSQL no transaction stands around its statements, which saves two trips: each would see
    what is committed when it begins in any case.
    """
    engine = factory.kw["bind"]
    if not isinstance(engine, Engine):
        return factory()
    connection = _reading_engine(engine).connect()
    return factory(bind=connection, info={READING: connection})


@lru_cache(maxsize=8)
def _reading_engine(engine: Engine) -> Engine:
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine


def end_reading(session: Session) -> None:
    """Close a session of `reading_session`."""
    session.close()
    if (connection := session.info.get(READING)) is not None:
        connection.close()


def reading(session: Session) -> Connection:
    """The session's connection, for lists: rows of tables without what entities cost.

    What the session still holds back is written first, as before any other of its selects.
    """
    session.flush()
    return session.info.get(READING) or session.connection()


def one_of(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """`column IN (values)` for fixed values: written out once, not again at every execution."""
    return column.in_([literal(value, column.type) for value in values])  # type: ignore[no-any-return]


def held_if(
    session: Session, lock: Callable[[], Held], is_right: Callable[[Held], bool]
) -> Held | None:
    """Return what `lock` locks and returns; where it is not right, let it go again and return None.

    A row that was waited for may have changed. Held on while another is asked for, it would be
    waited for in a circle. SQLite has one writer: nothing changes while it reads.
    """
    if session.get_bind().dialect.name == "sqlite":
        found = lock()
        return found if is_right(found) else None
    with session.begin_nested() as point:
        found = lock()
        if is_right(found):
            return found
        point.rollback()
    return None


def upsert_insert(session: Session, table: Any) -> Any:
    """INSERT with `on_conflict_do_nothing` and `on_conflict_do_update` of this database."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def repoint(
    session: Session, columns: Iterable[Any], old: int, new: int, *, but: Collection[int] = ()
) -> dict[str, list[int]]:
    """Let rows that name `old` name `new`; return which, by column. Those in `but` stay."""
    moved = {}
    for column in columns:
        table = column.class_.__table__
        statement = update(table).where(column == old, table.c.id.not_in(but))
        ids = session.scalars(statement.values({column.key: new}).returning(table.c.id))
        moved[str(column)] = sorted(ids)
    return moved


def repoint_back(
    session: Session, columns: Iterable[Any], moved: Mapping[str, list[int]], old: int, new: int
) -> int:
    """Let these rows name `old` again where they still name `new`; return how many did not."""
    return sum(
        len(moved[str(column)]) - len(repoint_some(session, column, moved[str(column)], new, old))
        for column in columns
    )


def repoint_some(
    session: Session, column: Any, ids: Sequence[int], old: int | None, new: int | None, *also: Any
) -> set[int]:
    """Let those of these rows that name `old`, and are as `also` says, name `new`; return which."""
    table, moved = column.class_.__table__, set[int]()
    for start in range(0, len(ids), 500):
        some = table.c.id.in_(ids[start : start + 500])
        statement = update(table).where(some, column == old, *also).values({column.key: new})
        moved.update(session.scalars(statement.returning(table.c.id)))
    return moved


def plain(table: Any, row: Any) -> dict[str, Any]:
    """Return columns of a row as JSON can hold them."""
    return {name: _plain(value) for name, value in row.items() if name in table.c}


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def typed(table: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns that were kept by `plain` as the table holds them."""
    return {name: _typed(table.c[name].type, value) for name, value in row.items()}


def _typed(kind: Any, value: Any) -> Any:
    if value is None or isinstance(kind, JSON):
        return value
    if isinstance(kind, Enum):
        return kind.enum_class(value)  # type: ignore[misc]
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def for_driver(
    session: Session, table: Any, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> list[Sequence[Any]]:
    """Return the columns of these rows, at least one, as this database's driver takes them.

    The first is left as it is. Work for no transaction.
    """
    dialect = session.get_bind().dialect
    is_copied = dialect.name == "postgresql"
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for place, name in enumerate(names[1:], start=1):
        convert = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if convert is None and not is_copied:
            continue
        values = set(columns[place])  # most values of a column are said again and again
        known = {value: convert(value) if convert else value for value in values}
        if is_copied:
            known = {value: _copied(sent) for value, sent in known.items()}
        columns[place] = [known[value] for value in columns[place]]
    return columns


def insert_rows(
    session: Session, table: Any, names: Sequence[str], columns: Sequence[Sequence[Any]]
) -> None:
    """Write columns that `for_driver` made ready, the first of them numbers or plain words.

    COPY on PostgreSQL, one prepared INSERT on SQLite. Raises IntegrityError and other DBAPIErrors.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        _copy(connection, table, names, [list(map(str, columns[0])), *columns[1:]])
    else:
        sent: Any = insert(table).compile(dialect=connection.dialect, column_keys=list(names))
        in_order = [columns[names.index(name)] for name in sent.positiontup]
        connection.exec_driver_sql(str(sent), list(zip(*in_order, strict=True)))


def _copied(value: Any) -> str:
    """Return a value as COPY takes it in."""
    if value is None:
        return r"\N"
    text = str(value).replace("\\", r"\\").replace("\n", r"\n")
    return text.replace("\r", r"\r").replace("\t", r"\t")


def _copy(
    connection: Connection, table: Any, names: Sequence[str], columns: Sequence[Sequence[str]]
) -> None:
    raw: Any = connection.connection.driver_connection
    dbapi: Any = connection.dialect.dbapi
    into = ", ".join(f'"{name}"' for name in names)
    lines = "\n".join(map("\t".join, zip(*columns, strict=True)))
    try:
        with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({into}) FROM STDIN") as to:
            to.write(f"{lines}\n")
    except dbapi.Error as error:  # a fault of a row, or a database that is away: callers tell
        raise DBAPIError.instance("COPY", None, error, dbapi.Error) from error


def make_engine(url: str | URL, **options: Any) -> Engine:
    """Return an engine whose connections follow the rules of this module."""
    engine = create_engine(url, **options)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _without_jit)
    if engine.dialect.name != "sqlite":
        return engine

    @event.listens_for(engine, "connect")
    def _connect(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None  # we emit BEGIN: savepoints and IMMEDIATE work
        for pragma in PRAGMAS:
            dbapi_connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if connection.get_execution_options().get("write"):
            _begin_writing(connection)
        else:  # waits for nothing, so there is no error to translate
            connection.connection.driver_connection.execute("BEGIN")

    return engine


def _without_jit(dbapi_connection: Any, _record: Any) -> None:
    """Compiling a report's statement takes PostgreSQL longer than running it."""
    dbapi_connection.execute("SET jit = off")
    dbapi_connection.commit()


def _begin_writing(connection: Connection) -> None:
    """Wait for SQLite's one write lock, asking all the time.

    Its own wait asks ever more rarely, at last every 100 ms, and so may go without for seconds
    beside one process that writes and writes: it is begun anew before it gets slow.
    """
    raw: Any = connection.connection.driver_connection
    end = time.monotonic() + WRITE_PATIENCE
    raw.execute(f"PRAGMA busy_timeout={ASK_FOR_MS}")
    try:
        while time.monotonic() < end:
            try:
                raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # its low byte is the kind
                    break
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # whose error is translated
    finally:
        raw.execute(f"PRAGMA {PRAGMAS[0]}")


def make_factory(engine: Engine) -> sessionmaker[Session]:
    """Return the session factory of a process."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction(factory: sessionmaker[Session]) -> Iterator[Session]:
    """The one place that commits: once on success; any exception rolls back."""
    with factory() as session, session.begin():
        session.connection(execution_options={"write": True})
        yield session
