"""The demo shops, seeded once a worker; every visit is rolled back."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from crm import clock
from crm.accounts.models import Staff
from crm.db import make_engine, make_factory, transaction
from crm.demo.seed import DEFAULT_SEEDS, Telling, open_doors, tell
from crm.demo.seed.stage import Stage
from tests import databases
from tests.client import PageClient

AS_OF = datetime.fromisoformat("2025-06-18T20:22:18+08:00")


@dataclass(frozen=True)
class DemoShop:
    """A seeded database, and what the seeding knew."""

    engine: Engine
    stage: Stage


Seeded = Callable[..., DemoShop]
Visit = Callable[..., PageClient]


@pytest.fixture(scope="session")
def seeded(
    migrated_url: str, server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seeded]:
    """Return a function that seeds a shop; the same one again is the same database."""
    folder = tmp_path_factory.mktemp("demo")
    made: dict[tuple[object, ...], tuple[str, DemoShop]] = {}

    def seed(shop: str, *, small: bool = False, as_of: datetime = AS_OF, run: int = 1) -> DemoShop:
        key = (shop, small, as_of, run)
        if key not in made:
            name = f"{migrated_url.rpartition('/')[2].removesuffix('.db')}_demo_{len(made)}"
            url = databases.fresh(server, name, folder, template=migrated_url)
            engine = make_engine(url)
            factory = make_factory(engine)
            telling = Telling(shop, as_of, DEFAULT_SEEDS[shop], small=small)
            with transaction(factory) as session:
                stage = tell(session, telling, {})
            open_doors(factory, as_of, real_now=as_of - timedelta(days=1))
            made[key] = url, DemoShop(engine, stage)
        return made[key][1]

    yield seed
    for url, shop in made.values():
        shop.engine.dispose()
        databases.drop(url, server)


@pytest.fixture
def visit(application: Flask, seeded: Seeded) -> Iterator[Visit]:
    """Return a function that signs somebody in at a demo shop, one shop a test."""
    before = application.extensions["session_factory"]
    with contextlib.ExitStack() as stack:
        sessions: dict[Engine, Session] = {}

        def enter(
            shop: str, login: str, *, as_of: datetime = AS_OF, small: bool = False
        ) -> PageClient:
            engine = seeded(shop, small=small, as_of=as_of).engine
            if engine not in sessions:
                sessions[engine] = stack.enter_context(_rolled_back(application, engine))
            clock.set_offset(timedelta(0))
            clock.set_offset(as_of - clock.now())
            page = PageClient(application, engine, sessions[engine])
            page.sign_in(page.session.scalars(select(Staff).where(Staff.login == login)).one())
            return page

        yield enter
    application.extensions["session_factory"] = before
    clock.set_offset(timedelta(0))


@contextlib.contextmanager
def _rolled_back(application: Flask, engine: Engine) -> Iterator[Session]:
    with engine.connect().execution_options(write=True) as connection:
        outer = connection.begin()
        factory = sessionmaker(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        application.extensions["session_factory"] = factory
        with factory() as session:
            yield session
        outer.rollback()
