"""A customer file whose worker is killed twenty times, at random moments of its work.

After each kill the file is absent, as it was, or a part further, and all of its people are there;
in the end nobody is there twice.
"""

import random
import time

import pytest
from sqlalchemy import func, select

from crm.contacts.models import Contact, ContactMove
from crm.contacts.service import files
from crm.integrations.rules.files import FileState
from tests.processes.contact_file_test import assert_nobody_twice, progress, upload
from tests.processes.installation import wait_for
from tests.processes.orders_file_test import (  # noqa: F401  fixtures
    factory,
    kill,
    start_worker,
)

KILLS = 20
LINES, PART, LAST = 200_000, files.BATCH, 180_000
"""The last kill comes near the end of the file."""
PATIENCE = 600.0
LATER = 0.4
"""A kill comes so many seconds after a part was committed, at most: while the next one is read,
matched, encrypted or written."""


@pytest.mark.timeout(3600)
def test_a_file_survives_twenty_kills(factory, start_worker, monkeypatch, tell):  # noqa: F811
    file_id, dice = upload(factory, monkeypatch, LINES, PART), random.Random(7)

    def people():
        with factory() as session:
            counted = (
                select(func.count(model.id)).scalar_subquery() for model in (Contact, ContactMove)
            )
            return tuple(session.execute(select(*counted)).one())

    points = []
    for number in range(1, KILLS + 1):
        worker, until = start_worker(), LAST * number // KILLS
        wait_for(
            lambda until=until: progress(factory, file_id).done_count >= until, patience=PATIENCE
        )
        time.sleep(dice.uniform(0, LATER))
        kill(worker)
        now = progress(factory, file_id)
        assert now.state is FileState.RUNNING
        assert now.done_count % PART == 0
        assert people() == (now.done_count, now.done_count)
        points.append(now.done_count)
    start_worker()
    wait_for(lambda: progress(factory, file_id).state is FileState.DONE, patience=PATIENCE)
    assert progress(factory, file_id).created_count == LINES
    assert_nobody_twice(factory, LINES)
    tell(f"killed at {points} of {LINES} lines")
