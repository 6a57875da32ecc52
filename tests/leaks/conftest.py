"""The shop with two stores, at a clock that stands still; made once for a file of tests.

What a test does is taken back after it.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from crm import clock
from tests.conftest import NOW
from tests.journeys.conftest import seeded, visit
from tests.leaks.world import World

__all__ = ["seeded", "visit"]


@pytest.fixture(scope="module")
def _made(application: Flask, engine: Engine) -> Iterator[World]:
    with (
        pytest.MonkeyPatch.context() as patch,
        engine.connect().execution_options(write=True) as connection,
    ):
        patch.setattr(clock, "now", lambda: NOW)
        outer = connection.begin()
        factory = sessionmaker(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        application.extensions["session_factory"] = factory
        with factory() as session:
            yield World(application, session, factory)
        outer.rollback()


@pytest.fixture(scope="module")
def _filled(_made: World) -> World:
    _made.add_theirs()
    return _made


@pytest.fixture
def alone(_made: World) -> Iterator[World]:
    """Our store; theirs comes with `add_theirs`."""
    yield from _taken_back(_made)


@pytest.fixture
def both(_filled: World) -> Iterator[World]:
    """Our store and theirs."""
    yield from _taken_back(_filled)


def _taken_back(shop: World) -> Iterator[World]:
    shop.app.extensions["session_factory"] = shop.factory
    shop.session.commit()
    test = shop.factory.kw["bind"].begin_nested()
    shop.settle()
    yield shop
    shop.session.rollback()
    test.rollback()
