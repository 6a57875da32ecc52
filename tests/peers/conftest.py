"""A busy desk, and the surroundings of a worker that sends."""

import pytest

from tests.jobs.conftest import clock, deliver, fake  # noqa: F401  fixtures
from tests.peers.crowd import Crowd, at


@pytest.fixture
def crowd(session, factory, now):
    found = Crowd(session, factory, now)
    session.commit()
    return found


@pytest.fixture
def crowd_2026(session, factory):
    """The same desk in the week of the worked examples."""
    found = Crowd(session, factory, at("2026-06-05 10:00"))
    session.commit()
    return found
