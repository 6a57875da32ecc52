"""What the pages show, unless a test makes a shop of its own."""

import pytest

from tests.factories.desk import WebDesk


@pytest.fixture
def shop(session, page, now):
    """The manager of the store is signed in."""
    desk = WebDesk(session, now)
    page.sign_in(desk.staff["manager"])
    return desk
