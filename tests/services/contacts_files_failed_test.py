"""What cannot be taken of a file stands aside; the rest of it, and the files behind it, come."""

# ruff: noqa: F811  fixtures of the tests of files

import io

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from crm import crypto
from crm.audit.models import AuditEntry
from crm.contacts import jobs
from crm.contacts.cli import import_contacts
from crm.contacts.models import ContactFilePart
from crm.contacts.service import files
from crm.integrations import queries as uploads
from crm.integrations.formats import shop_orders
from crm.integrations.rules.files import (
    FAILED_LIFE,
    PREVIEW_LIFE,
    FileFailure,
    FileState,
    IllegalTransition,
)
from crm.orders import jobs as order_jobs
from crm.orders import service as orders
from crm.orders.models import OrderFile
from tests.conftest import NOW
from tests.rules import shop_orders_samples
from tests.rules.contact_files_samples import as_csv, member
from tests.services.contacts_files_test import (  # noqa: F401  fixtures
    counts,
    noise,
    owner,
    people,
    problems,
    store,
)

pytestmark = pytest.mark.usefixtures("noise")
_SQLITE = (
    (
        "CREATE TRIGGER refuse BEFORE INSERT ON contact WHEN NEW.name LIKE '坏%'"
        " BEGIN SELECT RAISE(ABORT, 'refused'); END"
    ),
)
_POSTGRESQL = (
    (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.name LIKE '坏%' THEN RAISE EXCEPTION USING ERRCODE = 'check_violation'; END IF;"
        " RETURN NEW; END $$"
    ),
    "CREATE TRIGGER refuse BEFORE INSERT ON contact FOR EACH ROW EXECUTE FUNCTION refuse()",
)


@pytest.fixture
def refusing(session):
    """The database keeps nobody whose name begins with 坏."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    for statement in _POSTGRESQL if on_postgresql else _SQLITE:
        session.execute(text(statement))
    session.commit()


@pytest.fixture
def send(session, store, owner):
    """Uploads a file and lets it go; the worker has not seen it yet."""

    def send(lines):
        parcel = files.cut(io.BytesIO(as_csv(lines)), "会员.csv")
        row = files.keep_file(session, parcel, store_id=store.id, actor=owner, now=NOW)
        files.start_file(session, row, actor=owner, now=NOW)
        session.commit()
        return row

    return send


@pytest.fixture
def work(session, factory):
    def work():
        over = jobs.take_files(factory, now=lambda: NOW)
        session.expire_all()
        return over

    return work


def sealed_elsewhere(act):
    crypto.configure("another key")
    try:
        return act()
    finally:
        crypto.configure("key of the tests")


@pytest.mark.usefixtures("refusing")
def test_line_that_cannot_be_kept_is_refused_and_the_others_come(session, store, send, work):
    row = send([member(1), member(2, 会员姓名="坏的"), member(3)])
    assert work() == 1
    assert (row.state, counts(row), row.done_count) == (FileState.DONE, (2, 0, 0, 1), 3)
    assert problems(session, row) == [(3, "", "not_kept")]
    assert [p.name for p in people(session, store)] == ["顾客1", "顾客3"]
    assert session.scalars(select(ContactFilePart.content)).all() == [None]


@pytest.mark.usefixtures("refusing")
def test_file_of_lines_that_cannot_be_kept_stops_and_those_behind_it_come(
    session, store, owner, send, work, monkeypatch
):
    monkeypatch.setattr(files, "REFUSED_MAX", 1)
    bad = send([member(n, 会员姓名=f"坏{n}") for n in range(3)])
    good = send([member(9)])
    assert work() == 2
    assert (bad.state, bad.failure) == (FileState.FAILED, FileFailure.BROKEN)
    assert (good.state, counts(good)) == (FileState.DONE, (1, 0, 0, 0))
    assert work() == 0
    monkeypatch.setattr(files, "REFUSED_MAX", 3)
    files.take_again(session, bad, actor=owner, now=NOW)
    session.commit()
    work()
    assert (bad.state, bad.failure, bad.errors_count) == (FileState.DONE, None, 3)
    retried = select(AuditEntry.subject).where(AuditEntry.action == "contacts.file_retried")
    assert session.scalars(retried).all() == [f"contact_file:{bad.id}"]
    with pytest.raises(IllegalTransition):
        files.take_again(session, bad, actor=owner, now=NOW)


def test_file_sealed_with_another_key_waits_for_that_key(session, store, owner, send, work):
    lost = sealed_elsewhere(lambda: send([member(1)]))
    good = send([member(2)])
    work()
    assert (lost.state, lost.failure) == (FileState.FAILED, FileFailure.WRONG_KEY)
    assert good.state is FileState.DONE
    files.take_again(session, lost, actor=owner, now=NOW)
    session.commit()
    sealed_elsewhere(work)
    assert (lost.state, counts(lost)) == (FileState.DONE, (1, 0, 0, 0))


def test_stopped_file_goes_on_behind_what_was_taken(session, store, owner, send, work, monkeypatch):
    monkeypatch.setattr(files, "BATCH", 1)
    row = send([member(1), member(2), member(3)])
    second = session.get_one(ContactFilePart, (row.id, 1))
    kept, second.content = second.content, "damaged"
    session.commit()
    work()
    assert (row.state, row.done_parts, counts(row)) == (FileState.FAILED, 1, (1, 0, 0, 0))
    session.get_one(ContactFilePart, (row.id, 1)).content = kept
    files.take_again(session, row, actor=owner, now=NOW)
    session.commit()
    work()
    assert (row.state, counts(row)) == (FileState.DONE, (3, 0, 0, 0))


def test_stopped_file_is_let_go_after_a_month(session, factory, store, send, work):
    row = sealed_elsewhere(lambda: send([member(1)]))
    work()
    assert jobs.expire_previews(factory, now=NOW + FAILED_LIFE) == 0
    assert jobs.expire_previews(factory, now=NOW + FAILED_LIFE * 1.01) == 1
    session.expire_all()
    assert (row.state, row.failure) == (FileState.EXPIRED, None)
    assert session.scalars(select(ContactFilePart.content)).all() == [None]


def test_file_without_a_header_that_is_let_go_keeps_nobodys_name(session, factory, store, owner):
    lines = "柳金枝,13800000142,爱喝普洱\n何敏,13800000143,\n".encode()
    parcel = files.cut(io.BytesIO(lines), "a.csv")
    row = files.keep_file(session, parcel, store_id=store.id, actor=owner, now=NOW)
    row.columns = {"柳金枝": "name"}
    session.commit()
    assert jobs.expire_previews(factory, now=NOW + PREVIEW_LIFE * 1.01) == 1
    session.expire_all()
    assert (row.state, row.header, row.columns) == (FileState.EXPIRED, [], {})


@pytest.mark.usefixtures("refusing")
def test_database_says_which_line_and_no_name_reaches_the_log(send, work, written):
    send([member(1), member(2, 会员姓名="坏的")])
    work()
    assert "part taken line by line" in written.getvalue()
    assert "坏的" not in written.getvalue().encode().decode("unicode_escape")


@pytest.mark.usefixtures("refusing")
def test_shell_refuses_the_line_and_says_where_too_many_stop(session, factory, store, tmp_path):
    file = tmp_path / "a.csv"

    def run(lines):
        file.write_bytes(as_csv(lines))
        session.commit()
        return CliRunner().invoke(import_contacts, [str(file), "--store", store.code], obj=factory)

    some = run([member(1), member(2, 会员姓名="坏的")])
    assert (some.exit_code, some.output) == (3, "created 1, updated 0, unchanged 0, refused 1\n")
    many = run([member(n, 会员姓名=f"坏{n}") for n in range(100, 101 + files.REFUSED_MAX)])
    assert many.exit_code == 1
    assert many.output.startswith("Error: 停在第 2 到 22 行之间")


def test_order_file_that_cannot_be_opened_stands_aside(session, factory, store, owner):
    def send(number):
        data = shop_orders_samples.as_csv([shop_orders_samples.order_cells(number)], "utf-8")
        upload = orders.Upload("订单.csv", data, store.id)
        return orders.keep_file(session, upload, shop_orders.read(data), actor=owner, now=NOW)

    lost, good = sealed_elsewhere(lambda: send("3700000000000000001")), send("3700000000000000002")
    for row in (lost, good):
        row.state = FileState.WAITING
    session.commit()
    assert order_jobs.take_files(factory, now=lambda: NOW) == 2
    session.expire_all()
    assert (lost.state, lost.failure) == (FileState.FAILED, FileFailure.WRONG_KEY)
    assert good.state is FileState.DONE
    locked = uploads.file_for_update(session, OrderFile, lost.id, None)
    orders.take_again(session, locked, actor=owner, now=NOW)
    session.commit()
    sealed_elsewhere(lambda: order_jobs.take_files(factory, now=lambda: NOW))
    session.expire_all()
    assert lost.state is FileState.DONE
