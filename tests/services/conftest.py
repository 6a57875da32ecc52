"""What the use cases work on, unless a test makes a shop of its own."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest

from crm import log
from tests.factories.desk import Desk


@pytest.fixture
def shop(session):
    return Desk(session)


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
