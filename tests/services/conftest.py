"""What the use cases work on, unless a test makes a shop of its own."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest

from crm import log
from crm.accounts.rules import Role
from tests.factories.desk import Desk
from tests.factories.stores import make_staff


@pytest.fixture
def shop(session):
    return Desk(session)


@pytest.fixture
def desk(session):
    """The shop, with rows that may be named by their numbers."""
    desk = Desk(session)
    session.flush()
    return desk


@pytest.fixture
def heir(session, desk):
    """A second manager of the store."""
    return make_staff(session, Role.MANAGER, desk.store, name="陈芳")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What our handler writes; pytest's own handlers are back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    log.configure("WARNING")
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
