"""What the house asks of tables and relationships; functions over metadata and mappers."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Enum,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
)
from sqlalchemy.exc import NoReferencedTableError
from sqlalchemy.orm import Mapper
from wtforms import Form
from wtforms.fields.core import UnboundField
from wtforms.validators import Length

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
POSTGRESQL_NAME_MAX = 63
Problems = Iterator[str]


def relationships(mappers: Iterable[Mapper[Any]]) -> Problems:
    """No page loads rows behind our back, and relationships run from child to parent only."""
    for mapper in mappers:
        for relationship in mapper.relationships:
            name = f"{mapper.class_.__name__}.{relationship.key}"
            if relationship.lazy != "raise_on_sql":
                yield f"{name} is lazy={relationship.lazy!r}"
            if relationship.uselist:
                yield f"{name} runs from parent to child"


def foreign_keys(metadata: MetaData) -> Problems:
    """Every foreign key leads somewhere, says what deleting does, and has an index."""
    for table in metadata.tables.values():
        for key in table.foreign_key_constraints:
            columns = [column.name for column in key.columns]
            name = f"{table.name}({', '.join(columns)})"
            if not _resolves(key):
                yield f"{name} leads to no table"
            if key.ondelete not in {"RESTRICT", "CASCADE"}:
                yield f"{name} has ondelete={key.ondelete}"
            if not any(index[: len(columns)] == columns for index in _indexed(table)):
                yield f"{name} has no index"


def _resolves(key: ForeignKeyConstraint) -> bool:
    try:
        return key.referred_table is not None
    except NoReferencedTableError:
        return False


def _serves(index: Index, where: Any) -> bool:
    return where is None or str(where) == f"{next(iter(index.columns))} IS NOT NULL"


def _indexed(table: Table) -> list[list[str]]:
    """Return the columns of whatever serves as an index.

    Partial ones do not, unless all they leave out is nothing in their first column.
    """
    whole = [
        index
        for index in table.indexes
        if all(_serves(index, index.dialect_options[d]["where"]) for d in ("sqlite", "postgresql"))
    ]
    unique = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    return [
        [column.name for column in table.primary_key.columns],
        *([column.name for column in constraint.columns] for constraint in unique),
        *([column.name for column in index.columns] for index in whole),
    ]


def names(metadata: MetaData) -> Problems:
    """Every constraint has a name that both databases take, and tables are singular words."""
    for table in metadata.tables.values():
        if not NAME.fullmatch(table.name):
            yield f"table {table.name}"
        for thing in [*table.constraints, *table.indexes]:
            name = str(thing.name or "")
            if not name or len(name) > POSTGRESQL_NAME_MAX:
                yield f"{table.name}: {type(thing).__name__} is called {name!r}"


def choices(metadata: MetaData) -> Problems:
    """An enum is text limited by a CHECK of its own, with lower-case English values."""
    for table in metadata.tables.values():
        for column in table.columns:
            if not isinstance(column.type, Enum):
                continue
            name = f"{table.name}.{column.name}"
            if column.type.native_enum or not column.type.create_constraint:
                yield f"{name} is not text with a CHECK"
            if column.type.name != column.name:
                yield f"{name} names its CHECK {column.type.name}"
            yield from (f"{name}: {v}" for v in column.type.enums if not _is_word(v))


def _is_word(value: str) -> bool:
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(_[a-z0-9]+)*", value) is not None


def timestamps(metadata: MetaData) -> Problems:
    """Moments are UtcDateTime and end in _at (or `at`); dates end in _on (or `on`)."""
    for table in metadata.tables.values():
        for column in table.columns:
            kind = type(column.type).__name__
            name = f"{table.name}.{column.name}"
            if kind in {"DateTime", "TIMESTAMP"}:
                yield f"{name} stores time without UtcDateTime"
            if kind == "Float" and column.name.endswith("_fen"):
                yield f"{name} stores money as a float"


LENGTH = re.compile(r"length\((?:trim\()?(\w+)\)*\s*(?:<=|BETWEEN \d+ AND)\s*(\d+)", re.IGNORECASE)


def lengths(metadata: MetaData) -> dict[tuple[str, str], int]:
    """Return the limits that CHECKs put on the length of text: (table, column) to characters."""
    found = {}
    for table in metadata.tables.values():
        for check in table.constraints:
            if isinstance(check, CheckConstraint):
                for column, limit in LENGTH.findall(str(check.sqltext)):
                    found[table.name, column] = int(limit)
    return found


def form_lengths(form: type[Form]) -> dict[str, int]:
    """Return the limits that a form puts on its texts: field to characters."""
    return {
        name: validator.max
        for name, field in vars(form).items()
        if isinstance(field, UnboundField)
        for validator in _validators(field)
        if isinstance(validator, Length) and validator.max > 0
    }


def _validators(field: UnboundField) -> Iterator[Any]:
    given = [*field.args[1:2], field.kwargs.get("validators") or ()]
    return (
        validator
        for validators in given
        if not isinstance(validators, str)
        for validator in validators
    )


def disagreements(
    limits: dict[tuple[str, str], int], tables: set[str], form: type[Form]
) -> Problems:
    """Where a form's limit and the CHECKs of columns of the same name in its domain differ."""
    for field, most in form_lengths(form).items():
        checks = {
            limit
            for (table, column), limit in limits.items()
            if table in tables and column == field
        }
        if checks and most not in checks:
            yield f"{form.__name__}.{field} takes {most} characters, the table {sorted(checks)}"
