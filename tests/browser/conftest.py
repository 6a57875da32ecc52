"""A served shop and a browser for the checks of the interface.

The product runs as a process of its own, as `shuke web` starts it, over a database of its own with
the shop of `tests.browser.shop` in it. One browser serves all checks of a worker; each file has a
shop of its own, so that it finds the same one whatever ran before.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from sqlalchemy import func, select

from crm.attention.models import Touch
from crm.db import make_engine
from tests import databases
from tests.browser import serving
from tests.browser.shop import People, add_task, build
from tests.browser.visits import Count, Visit, Visits


@pytest.fixture(scope="module")
def served(
    migrated_url: str, server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[serving.Served]:
    """The running shop of this file: its address and who works there."""
    folder = tmp_path_factory.mktemp("browser")
    database = f"shuke_test_{os.getpid()}_browser"
    url = databases.fresh(server, database, folder, template=migrated_url)
    people = build(url)
    with serving.web(url, folder) as address:
        yield serving.Served(address, url, people)
    databases.drop(url, server)


@pytest.fixture
def people(served: serving.Served) -> People:
    return served.people


@pytest.fixture
def task(served: serving.Served) -> None:
    """A row of Today that this check may use up; whatever ran before took its own."""
    add_task(served.url)


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
