"""A shop with rows in every table: the small demo, and a made-up row where it leaves none."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Double,
    Enum,
    Integer,
    LargeBinary,
    String,
    Table,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from crm.db import Base, UtcDateTime, make_factory, transaction
from crm.demo.cast.clock import SHIPPED
from crm.demo.seed import DEFAULT_SEEDS, Telling, tell

MOMENT = datetime(2025, 6, 18, 12, 22, 18, 123456, tzinfo=UTC)
LETTERS = "雅🍵\\N\t\"'%,;"
VALUES: dict[type, Any] = {
    UtcDateTime: MOMENT,
    Date: date(2025, 6, 18),
    Boolean: True,
    JSON: {"b": [1, None, LETTERS], "a": 0.1},
    LargeBinary: bytes(range(256)),
    Double: 0.1,
    Integer: 1,
}
BUT: dict[str, dict[str, Any]] = {  # where the first idea is against a rule of the table
    "album_photo": {"name": "0" * 32},
    "duty_shift": {"end_minute": 2},
}


def tell_everything(engine: Any, shop: str = "apparel") -> None:
    """Fill an empty, migrated database."""
    telling = Telling(shop, datetime.fromisoformat(SHIPPED), DEFAULT_SEEDS[shop], small=True)
    with transaction(make_factory(engine)) as session:
        tell(session, telling, {})
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        for table in Base.metadata.sorted_tables:
            if connection.execute(select(table).limit(1)).first() is None:
                _add_one(connection, table)


def _add_one(connection: Connection, table: Table) -> None:
    """Add a row with a value in every column, or in as many as the table's rules allow."""
    row, optional = _row(connection, table), [c.name for c in table.columns if c.nullable]
    for count in range(len(optional) + 1):
        for left_out in combinations(optional, count):
            with suppress(IntegrityError), connection.begin_nested():
                connection.execute(insert(table), [row | dict.fromkeys(left_out)])
                return
    raise LookupError(f"no such row in {table.name}: say in BUT what its rules want")


def _row(connection: Connection, table: Table) -> dict[str, Any]:
    """Every column has a value; two that refer to one table refer to different rows."""
    made: dict[str, Any] = {}
    parents: Counter[Any] = Counter()
    for column in table.columns:
        if column.foreign_keys:
            (key,) = column.foreign_keys
            ids = select(key.column).order_by(key.column).offset(parents[key.column])
            parents[key.column] += 1
            made[column.name] = connection.scalar(ids.limit(1))
        elif column.name != "id":
            made[column.name] = _value(column)
    return made | BUT.get(table.name, {})


def _value(column: Column[Any]) -> Any:
    if isinstance(column.type, Enum):
        return next(iter(column.type.enum_class))
    if isinstance(column.type, String):
        return "a" * 64 if column.type.length == 64 else LETTERS[: column.type.length]
    return next(value for kind, value in VALUES.items() if isinstance(column.type, kind))
