"""What the use cases work on, unless a test makes a shop of its own."""

import pytest

from tests.factories.desk import Desk


@pytest.fixture
def shop(session):
    return Desk(session)
