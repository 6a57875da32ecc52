"""A busy desk, and the surroundings of a worker that sends."""

import pytest

from tests.jobs.conftest import clock, deliver, fake  # noqa: F401  fixtures
from tests.peers.crowd import Crowd


@pytest.fixture
def crowd(session, factory, now):
    found = Crowd(session, factory, now)
    session.commit()
    return found
