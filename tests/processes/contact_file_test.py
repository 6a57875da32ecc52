"""A long customer file and kill -9: the next worker goes on, and nobody is there twice."""

import io
import sys

import pytest
from sqlalchemy import func, select

from crm import clock
from crm.accounts.rules import Role
from crm.contacts.models import (
    Contact,
    ContactFile,
    ContactIdentity,
    ContactMove,
    ContactNote,
    ContactTag,
)
from crm.contacts.service import files
from crm.db import transaction
from crm.integrations.rules.files import FileState
from tests.factories.stores import actor_of, make_staff, make_store
from tests.processes.orders_file_test import (  # noqa: F401  fixtures
    factory,
    kill,
    start_worker,
    wait_for,
)
from tests.rules.contact_files_samples import as_csv, member

LINES = 4_000
PART = 250
"""A part is shorter than usual, so that there are many moments to be killed at."""
HEADER = ("会员卡号", "会员姓名", "手机号", "会员等级", "跟进记录", "记录时间")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there")


def upload(factory, monkeypatch, lines=LINES, part=PART):  # noqa: F811
    noted = {"跟进记录": "问过夏款", "记录时间": "2025-06-01 10:00"}
    rows = [member(n, **(noted if n % 5 == 0 else {})) for n in range(lines)]
    monkeypatch.setattr(files, "BATCH", part)
    parcel = files.cut(io.BytesIO(as_csv(rows, "gb18030", HEADER)), "会员.csv")
    with transaction(factory) as session:
        store = make_store(session)
        actor = actor_of(session, make_staff(session, Role.OWNER))
        row = files.keep_file(session, parcel, store_id=store.id, actor=actor, now=clock.now())
        files.start_file(session, row, actor=actor, now=clock.now())
        return row.id


def progress(factory, file_id):  # noqa: F811
    with factory() as session:
        return session.execute(
            select(ContactFile.state, ContactFile.done_count, ContactFile.created_count).where(
                ContactFile.id == file_id
            )
        ).one()


def assert_nobody_twice(factory, lines):  # noqa: F811
    with factory() as session:
        count = {
            model: session.scalar(select(func.count()).select_from(model))
            for model in (Contact, ContactMove, ContactTag, ContactNote, ContactIdentity)
        }
        hashes = select(func.count(ContactIdentity.value_hash.distinct()))
        assert session.scalar(hashes) == 2 * lines
    assert count == {
        Contact: lines,
        ContactMove: lines,
        ContactTag: lines,
        ContactNote: lines // 5,
        ContactIdentity: 2 * lines,
    }


def test_file_is_finished_after_kill_9_and_nobody_is_there_twice(
    factory,  # noqa: F811
    start_worker,  # noqa: F811
    monkeypatch,
):
    file_id = upload(factory, monkeypatch)
    worker = start_worker()
    wait_for(lambda: progress(factory, file_id).done_count > 0)
    kill(worker)
    killed_at = progress(factory, file_id)
    assert (killed_at.state, killed_at.done_count < LINES) == (FileState.RUNNING, True)
    assert killed_at.done_count % PART == 0
    start_worker()
    wait_for(lambda: progress(factory, file_id).state is FileState.DONE)
    assert progress(factory, file_id).created_count == LINES
    assert_nobody_twice(factory, LINES)
