"""A served shop and a browser for the checks of the interface.

The product runs as a process of its own, as `shuke web` starts it, over a database of its own with
the shop of `tests.browser.shop` in it. One server and one browser serve all checks of a worker.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser
from sqlalchemy import func, select

from crm.attention.models import Touch
from crm.db import make_engine
from tests import databases
from tests.browser import serving
from tests.browser.shop import People, build
from tests.browser.visits import Count, Visit, Visits


@pytest.fixture(scope="session")
def open_shop(
    migrated_url: str, server: str, tmp_path_factory: pytest.TempPathFactory
) -> serving.OpenShop:
    """A context in which a shop of its own is served."""

    @contextmanager
    def opened(name: str) -> Iterator[serving.Served]:
        folder = tmp_path_factory.mktemp(name)
        database = f"shuke_test_{os.getpid()}_{name}"
        url = databases.fresh(server, database, folder, template=migrated_url)
        people = build(url)
        with serving.web(url, folder) as address:
            yield serving.Served(address, url, people)
        databases.drop(url, server)

    return opened


@pytest.fixture(scope="session")
def served(open_shop: serving.OpenShop) -> Iterator[serving.Served]:
    """The running shop of this worker: its address and who works there."""
    with open_shop("browser") as shop:
        yield shop


@pytest.fixture
def people(served: serving.Served) -> People:
    return served.people


@pytest.fixture
def visits(browser: Browser, served: serving.Served) -> Visits:
    """What this check opens; what it makes go wrong itself is `expected`."""
    return Visits(browser, served)


@pytest.fixture
def visit(visits: Visits) -> Iterator[Visit]:
    """Open a page as one of the people; fails at the end where the console had an error."""
    yield visits.open
    visits.close()
    assert not visits.errors, f"the console had errors (U22): {visits.errors}"


@pytest.fixture
def count(served: serving.Served) -> Iterator[Count]:
    """The number of touches that stand, read from the database."""
    engine = make_engine(served.url)

    def read() -> int:
        with engine.connect() as connection:
            standing = select(func.count()).select_from(Touch).where(Touch.undone_at.is_(None))
            return connection.scalar(standing) or 0

    yield read
    engine.dispose()
