"""Brings the tables of a database up to date, with or without a checkout around.

An installed wheel has no pyproject.toml, so Alembic's settings are made here.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, make_url

from crm.config import ROOT
from crm.contacts.queries.index import is_unfilled
from crm.contacts.service import rebuild_index
from crm.db import make_engine


def alembic_config(url: str | URL) -> Config:
    config = Config()
    # Percent signs would be taken for placeholders of the configuration file.
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    config.attributes["url"] = url
    return config


def upgrade(url: str | URL, to: str = "head") -> None:
    """Upgrade to the newest revision; makes the folder of a SQLite file when it is missing."""
    address = make_url(url)
    if address.drivername.startswith("sqlite") and address.database:
        Path(address.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command.upgrade(alembic_config(url), to)
    if to == "head":
        _fill_search(url)


def _fill_search(url: str | URL) -> None:
    """Fill the search index where it is new: revisions do not know the terms of a text."""
    engine = make_engine(url)
    with engine.connect() as connection:
        is_new = is_unfilled(connection)
    if is_new:
        with engine.connect().execution_options(write=True) as connection, connection.begin():
            rebuild_index(connection)
    engine.dispose()


def is_current(engine: Engine) -> bool:
    """Say whether the database stands at the newest revision."""
    with engine.connect() as connection:
        return revision(connection) == revisions()[0]


def revision(connection: Connection) -> str | None:
    """Return where the database stands, None before its first revision."""
    return MigrationContext.configure(connection).get_current_revision()


def revisions() -> list[str]:
    """Return every revision that this program knows, the newest first."""
    scripts = ScriptDirectory.from_config(alembic_config(""))
    return [script.revision for script in scripts.walk_revisions()]
