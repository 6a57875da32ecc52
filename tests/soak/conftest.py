"""Long runs with real processes: `python3 run.py soak [-k kills|failpoints]`, about half an hour.

Never part of the suite; `tests/processes` holds short forms of them. `TEST_DATABASE_URL=postgresql`
runs them on PostgreSQL. Every test prints its figures.
"""

import pytest

from tests.fakes.robots import FakeRobots
from tests.processes.installation import environment
from tests.soak.desk import Desk


@pytest.fixture
def receiver():
    with FakeRobots() as server:
        yield server


@pytest.fixture
def make_desk(fresh_database, tmp_path, receiver):
    """Makes the shop of a test, with so many webhooks."""
    made = []

    def make(**options):
        url = fresh_database()
        made.append(Desk(url, environment(url, tmp_path, receiver), receiver, **options))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


@pytest.fixture
def tell(capsys):
    """Prints the figures of a run, also when it went well."""

    def line(*words):
        with capsys.disabled():
            print("\n  ", *words, end="")

    return line
