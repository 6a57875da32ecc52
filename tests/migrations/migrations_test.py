"""The migrations make the schema of the models, one step at a time, and back."""

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, func, select

from crm.cli import schema as product
from crm.contacts.models import SEARCH
from crm.db import Base, make_engine, make_factory, transaction
from tests import databases
from tests.migrations.rows import fill
from tests.migrations.schema import IGNORED, describe

SCRIPTS = ScriptDirectory.from_config(product.alembic_config(""))
REVISIONS = [revision.revision for revision in reversed(list(SCRIPTS.walk_revisions()))]


@pytest.fixture
def empty(server, tmp_path):
    """An empty database of the kind under test."""
    url = databases.fresh(server, f"shuke_test_{tmp_path.name}"[:60], tmp_path)
    yield url
    databases.drop(url, server)


def _described(url):
    engine = make_engine(url)
    with engine.connect() as connection:
        found = describe(connection)
    engine.dispose()
    return found


def test_there_is_a_single_head():
    assert len(SCRIPTS.get_heads()) == 1


def test_migrated_schema_is_that_of_the_models(app, migrated_url, empty):
    engine = make_engine(empty)
    Base.metadata.create_all(engine)
    engine.dispose()
    made, migrated = _described(empty), _described(migrated_url)
    assert set(migrated) == set(made)
    for table, lines in made.items():
        assert migrated[table] == lines, table


@pytest.mark.parametrize("below", [*REVISIONS[:-1], "base"])
def test_rows_live_through_a_way_down_and_up(app, below, empty, now):
    """Down to an older revision and up again: what stood in its tables then still stands there."""
    databases.migrate(empty, "head")
    before = _described(empty)
    engine = make_engine(empty)
    with transaction(make_factory(engine)) as session:
        fill(session, now)
    databases.migrate(empty, below)
    kept = _counts(engine)
    databases.migrate(empty, "head")
    assert _described(empty) == before
    assert kept.items() <= _counts(engine).items()
    if below == "base":
        assert kept == {}
    else:
        assert kept["contact"] == 2
    engine.dispose()


def test_products_own_command_makes_the_tables(empty):
    product.upgrade(empty)
    engine = make_engine(empty)
    assert product.is_current(engine)
    engine.dispose()


def _counts(engine):
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table))
            for name, table in metadata.tables.items()
            if name != IGNORED and not name.startswith(SEARCH.name)  # no table of rows
        }
