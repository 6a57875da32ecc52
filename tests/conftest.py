"""What every test may ask for; nothing about a domain.

One database a worker is built by the migrations; each test runs in a transaction that is rolled
back. TEST_DATABASE_URL empty means SQLite, `postgresql` our own server, an address that server.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

pytest.register_assert_rewrite("tests.client", "tests.html")

from crm import clock, crypto  # noqa: E402
from crm.accounts import service as accounts  # noqa: E402
from crm.app import create_app  # noqa: E402
from crm.config import Settings  # noqa: E402
from crm.db import make_engine, make_factory  # noqa: E402
from crm.i18n import DEFAULT, fmt, set_locale  # noqa: E402
from tests import databases, examples  # noqa: E402, F401  examples: its profile is chosen early
from tests.chromium import browser  # noqa: E402, F401  a fixture, one browser a process
from tests.client import PageClient  # noqa: E402
from tests.network import blocked_network  # noqa: E402, F401  a fixture for every test

NOW = datetime(2025, 6, 18, 20, 22, 18, tzinfo=ZoneInfo("Asia/Shanghai"))
_running = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start a PostgreSQL once, before xdist starts its workers, which inherit the address."""
    if os.environ.get("TEST_DATABASE_URL") == "postgresql" and not hasattr(config, "workerinput"):
        os.environ["TEST_DATABASE_URL"] = _running.enter_context(databases.postgresql_server())


def pytest_unconfigure(config: pytest.Config) -> None:
    _running.close()


@pytest.fixture(scope="session")
def server() -> str:
    return os.environ.get("TEST_DATABASE_URL", "")


@pytest.fixture(scope="session")
def migrated_url(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database built by the migrations that nobody writes to: the copies come from it."""
    name = f"shuke_test_{os.getpid()}"
    url = databases.fresh(server, name, tmp_path_factory.mktemp("database"))
    databases.migrate(url)
    yield url
    databases.drop(url, server)


@pytest.fixture
def fresh_database(migrated_url: str, server: str, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes migrated, empty databases of their own: for tests with processes of their own."""
    made: list[str] = []

    def make() -> str:
        name = f"shuke_test_{os.getpid()}_{len(made)}"
        made.append(databases.fresh(server, name, tmp_path, template=migrated_url))
        return made[-1]

    yield make
    for url in made:
        databases.drop(url, server)


@pytest.fixture(scope="session")
def engine(
    migrated_url: str, server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("engine")
    url = databases.fresh(server, f"shuke_test_{os.getpid()}_main", folder, template=migrated_url)
    engine = make_engine(url)
    yield engine
    engine.dispose()
    databases.drop(url, server)


@pytest.fixture
def factory(engine: Engine) -> Iterator[sessionmaker[Session]]:
    """Sessions whose commits are savepoints of one transaction that is rolled back."""
    with engine.connect().execution_options(write=True) as connection:
        outer = connection.begin()
        yield sessionmaker(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        outer.rollback()


@pytest.fixture
def session(factory: sessionmaker[Session]) -> Iterator[Session]:
    with factory() as session:
        yield session


@pytest.fixture
def now() -> datetime:
    """The moment of the demo: a Wednesday evening in staffed hours."""
    return NOW


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("data")
    return Settings.from_env(
        {"SHUKE_DATA_DIR": str(folder), "SHUKE_SECRET_KEY": "key of the tests"}
    )


@pytest.fixture(autouse=True)
def _configured(
    settings: Settings,
) -> None:  # anew: a test may have made an app with another key, and spoken English
    crypto.configure(settings.secret_key)
    fmt.configure(settings.timezone)
    set_locale(DEFAULT)
    accounts.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session")
def application(settings: Settings, engine: Engine) -> Flask:
    """The application, made once: a test only changes where its sessions come from."""
    return create_app(settings, make_factory(engine))


@pytest.fixture
def app(application: Flask, factory: sessionmaker[Session], now: datetime) -> Iterator[Flask]:
    """The application on the test's transaction, with its clock set to `now`."""
    application.extensions["session_factory"] = factory
    clock.set_offset(now - clock.now())
    yield application
    clock.set_offset(now - now)


@pytest.fixture
def page(app: Flask, engine: Engine, session: Session) -> PageClient:
    return PageClient(app, engine, session)
