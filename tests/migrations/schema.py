"""What a database says about its own tables, normalised so that two databases can be compared.

SQLite answers with the statements that made the tables, PostgreSQL with its catalogue. Comparing
finds what autogenerate misses: the text of a CHECK and a new member of an enum.
"""

import re
from collections import defaultdict

from sqlalchemy import Connection, text

IGNORED = "alembic_version"
COLUMNS = """
SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = current_schema()
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
"""
INDEXES = """
SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
"""


def describe(connection: Connection) -> dict[str, list[str]]:
    """Return what stands in the database: table name to sorted lines."""
    read = _postgresql if connection.dialect.name == "postgresql" else _sqlite
    found: dict[str, list[str]] = defaultdict(list)
    for table, line in read(connection):
        if table != IGNORED:
            found[table].append(line)
    return {table: sorted(lines) for table, lines in found.items()}


def _postgresql(connection: Connection) -> list[tuple[str, str]]:
    rows = [
        *connection.execute(text(COLUMNS)),
        *connection.execute(text(CONSTRAINTS)),
        *connection.execute(text(INDEXES)),
    ]
    return [(row[0], " | ".join(str(value) for value in row[1:])) for row in rows]


def _sqlite(connection: Connection) -> list[tuple[str, str]]:
    statement = text("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return [
        (row.tbl_name, line) for row in connection.execute(statement) for line in _split(row.sql)
    ]


def _split(sql: str) -> list[str]:
    """Split a CREATE TABLE into its columns and constraints, other statements not at all."""
    sql = re.sub(r"\s+", " ", sql.replace('"', "")).strip()
    if not sql.startswith("CREATE TABLE"):
        return [sql]
    body = sql[sql.index("(") + 1 : sql.rindex(")")]
    parts, depth, start = [], 0, 0
    quoted = False
    for place, sign in enumerate(body):
        quoted ^= sign == "'"
        if quoted:
            continue
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append(body[start:place])
            start = place + 1
    return [part.strip() for part in [*parts, body[start:]]]
