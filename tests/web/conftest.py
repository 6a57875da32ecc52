"""What the pages show, unless a test makes a shop of its own."""

import pytest

from crm.accounts.rules import Role
from tests.factories.desk import WebDesk
from tests.factories.stores import actor_of, make_staff, make_store


@pytest.fixture
def store(session):
    return make_store(session)


@pytest.fixture
def wang(session, store, page):
    """王梅, who manages the store, is signed in."""
    staff = make_staff(session, Role.MANAGER, store, name="王梅")
    page.sign_in(staff)
    return actor_of(session, staff)


@pytest.fixture
def shop(session, page, now):
    """The manager of the store is signed in."""
    desk = WebDesk(session, now)
    page.sign_in(desk.staff["manager"])
    return desk


@pytest.fixture
def desk(session, now):
    """A shop where nobody is signed in yet."""
    return WebDesk(session, now)


@pytest.fixture
def as_(page, desk):
    """Sign somebody of the desk in, by role: `as_("manager")`."""

    def sign_in(who):
        page.sign_in(desk.staff[who])
        return page

    return sign_in
