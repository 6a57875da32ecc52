"""How Alembic meets the database: every model, foreign keys off while SQLite rebuilds tables.

`shuke migrate` and the tests hand over the address as the attribute `url`; developers who call
`alembic` get the address from the settings. Revisions import nothing from `crm`.
"""

import importlib
from pathlib import Path
from typing import Any

from alembic import context
from sqlalchemy import Connection

import crm
from crm.config import Settings
from crm.db import Base, UtcDateTime, make_engine

LOCK = 0x5348554B45  # one process migrates at a time; the number spells SHUKE


def load_models() -> None:
    """Import every models module, so that a new domain cannot be forgotten."""
    package = Path(crm.__file__).parent
    for path in sorted([*package.glob("*/models.py"), *package.glob("*/models/__init__.py")]):
        parts = path.relative_to(package.parent).with_suffix("").parts
        importlib.import_module(".".join(parts).removesuffix(".__init__"))


def render_item(kind: str, item: Any, _autogen_context: Any) -> str | bool:
    """Print our column type as what it stores; revisions must not import the product."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime()"
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave alone what is not a model: search indexes are written by hand."""
    return kind != "table" or name in Base.metadata.tables


def refuse_orphans(ctx: Any, **_: Any) -> None:
    """Foreign keys are off while tables are rebuilt: prove that no row lost its parent."""
    if ctx.dialect.name != "sqlite":
        return
    if orphans := ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        raise RuntimeError(f"migration left orphans: {orphans}")


def prepare(connection: Connection) -> None:
    """Set what must be set before the first transaction."""
    if connection.dialect.name == "sqlite":  # no effect inside a transaction, so before it
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        return
    connection.exec_driver_sql("SET lock_timeout = '10s'")
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
    connection.commit()  # the lock is the session's and ends with the connection


def run() -> None:
    load_models()
    url = context.config.attributes.get("url") or Settings.from_env().database_url
    engine = make_engine(url)
    with engine.connect() as connection:
        prepare(connection)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            render_item=render_item,
            include_name=include_name,
            compare_server_default=True,
            transaction_per_migration=True,
            on_version_apply=refuse_orphans,
            autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()  # else psycopg warns about a connection left open


run()
