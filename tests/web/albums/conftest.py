"""The manager of a store is signed in, before an album of hers."""

from io import BytesIO

import pytest

from crm.accounts.rules import Role
from tests.factories.albums import make_album, photo
from tests.factories.stores import make_staff


@pytest.fixture
def staff(session, store):
    return make_staff(session, Role.MANAGER, store)


@pytest.fixture
def page(page, staff):
    page.sign_in(staff)
    return page


@pytest.fixture
def album(session, store, staff):
    """An empty album beside another of the store, open for days that no form begins with."""
    make_album(session, "别的图册", store, staff)
    return make_album(session, store=store, staff=staff, days=5)


def send(page, album, colour="red", status=303):
    """Put a photo in one colour into an album."""
    data = {"photos": (BytesIO(photo(colour)), f"{colour}.jpg")}
    page.post(f"/albums/{album.id}/photos", data, status)
