"""A new key seals everything anew; what others seal meanwhile opens, searches find as before."""

import io
import os
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from crm import cli, crypto
from crm.accounts.rules import Role
from crm.cli import rotation
from crm.cli.key import key
from crm.cli.rotation import COLUMNS
from crm.config import KEY_FILE, Settings
from crm.contacts.models import ContactIdentity
from crm.contacts.queries import contacts_by_identity, phone_of
from crm.contacts.rules import IdentityKind
from crm.contacts.service import files
from crm.db import Base, make_engine, make_factory, transaction
from crm.demo import seed  # noqa: F401  loads every model
from crm.integrations.models import OutsidePing
from crm.integrations.service import ping_address
from crm.orders.models import ShopOrder
from crm.orders.service import match_waiting, take_orders
from tests.conftest import NOW
from tests.factories.contacts import make_contact
from tests.factories.orders import new_order
from tests.factories.stores import actor_of, make_staff

PHONE, WAITING = "13812340142", "13900001111"


@pytest.fixture
def shell(fresh_database, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHUKE_DATABASE_URL", fresh_database())
    monkeypatch.setenv("SHUKE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("SHUKE_SECRET_KEY", raising=False)

    def run(*arguments):
        return cli.run(arguments), capsys.readouterr()

    run("migrate")
    yield run
    crypto.configure("key of the tests")


@pytest.fixture
def factory(shell):
    engine = make_engine(Settings.from_env().database_url)
    yield make_factory(engine)
    engine.dispose()


@pytest.fixture
def contact_id(factory):
    """A number, a watcher's address, a file to be taken, an order that waits for its buyer."""
    with transaction(factory) as session:
        made = make_contact(session, phone=PHONE)
        make_contact(session, "别人")
        session.add(OutsidePing(sealed_url=crypto.encrypt("https://w.example", purpose="channel")))
        take_orders(session, [new_order(order_no="W1", phone=WAITING)], actor=None, now=NOW)
        owner = make_staff(session, Role.OWNER)
        session.flush()
        parcel = files.cut(io.BytesIO("姓名,手机\n陈姐,13711112222\n".encode()), "会员.csv")
        by = actor_of(session, owner)
        files.keep_file(session, parcel, store_id=made.store_id, actor=by, now=NOW)
        return made.id


def kept():
    settings = Settings.from_env()
    return (settings.data_dir / "secret.key").read_text().split("\n")


def sealed(factory):
    with factory() as session:
        return [
            (one, purpose)
            for column, purpose in COLUMNS
            for one in session.scalars(select(column).where(column.is_not(None), column != ""))
        ]


def test_everything_opens_with_the_new_key_alone(shell, factory, contact_id):
    (old,) = kept()
    before = sealed(factory)
    assert before
    code, said = shell("key", "rotate")
    assert (code, said.out) == (0, f"{len(before)} secrets are sealed with the new key.\n")
    new, last = kept()
    assert last == old
    assert new != old
    for token, purpose in sealed(factory):
        assert crypto.opens(new, token, purpose=purpose)
        assert not crypto.opens(old, token, purpose=purpose)
    with factory() as session:
        assert phone_of(session, contact_id) == PHONE
        assert ping_address(session.scalars(select(OutsidePing)).one()) == "https://w.example"
        found = contacts_by_identity(session, [(IdentityKind.PHONE, PHONE)])
    assert set(found.values()) == {contact_id}


def test_order_that_waits_still_finds_its_buyer(shell, factory, contact_id):
    shell("key", "rotate")
    with transaction(factory) as session:
        buyer = make_contact(session, "新来的", phone=WAITING)
        match_waiting(session, now=NOW)
        order = session.scalars(select(ShopOrder).where(ShopOrder.order_no == "W1")).one()
        assert order.contact_id == buyer.id


def test_process_that_runs_reads_and_writes_on(shell, factory, contact_id, monkeypatch):
    """As a web process does: it was started with the old key, and another one rotates."""
    (old,) = kept()
    keys_now = Settings.from_env().keys_now
    shell("key", "rotate")
    new, _old = kept()
    crypto.configure(old, keys_now)
    with factory() as session:
        assert phone_of(session, contact_id) == PHONE
    crypto.configure(old, keys_now)
    monkeypatch.setattr(crypto, "LOOK_AGAIN", 0)
    token = crypto.encrypt("later", purpose="identity")
    assert crypto.opens(new, token, purpose="identity")
    settings = Settings.from_env()
    (settings.data_dir / KEY_FILE).write_text("")
    assert settings.keys_now() == settings.secret_key
    crypto.configure(old)
    with pytest.raises(crypto.WrongKey):
        crypto.decrypt(token, purpose="identity")


@pytest.mark.skipif(sys.platform == "win32", reason="knows no such thing for folders")
def test_names_of_the_keys_are_on_the_disk_before_anything_is_sealed(
    shell, factory, contact_id, tmp_path, monkeypatch
):
    """A power cut keeps of the folder what it was when it was last settled."""
    data, settled, sync = tmp_path / "data", [], os.fsync
    (old,) = kept()

    def noting(descriptor):
        sync(descriptor)
        if os.path.sameopenfile(descriptor, folder):
            there = (one for one in data.glob("*key*") if ".lock" not in one.name)
            settled.append({one.name: one.read_text() for one in there})

    folder = os.open(data, os.O_RDONLY)
    monkeypatch.setattr(os, "fsync", noting)
    shell("key", "rotate")
    os.close(folder)
    after = "\n".join(kept())
    beside = f"secret.key.{crypto.fingerprint(old)[:8]}"
    assert settled[0] == {"secret.key": old, "key.rotating": crypto.fingerprint(after)}
    assert settled[1] == {**settled[0], "secret.key.new": after, beside: old}
    assert settled[2] == {**settled[0], "secret.key": after, beside: old}


def test_only_one_command_at_a_time_changes_the_key(
    shell, factory, contact_id, tmp_path, monkeypatch
):
    shell("key", "export", str(tmp_path / "old.txt"))
    tries, passes = [], rotation.passes

    def others_begin(*arguments):
        before = kept()
        asked = (("rotate",), ("import", str(tmp_path / "old.txt")))
        tries.extend(CliRunner().invoke(key, one, obj=factory) for one in asked)
        assert kept() == before
        return passes(*arguments)

    monkeypatch.setattr(rotation, "passes", others_begin)
    assert shell("key", "rotate")[0] == 0
    assert [one.exit_code for one in tries] == [1, 1]
    assert all("Another shuke key command" in one.output for one in tries)
    monkeypatch.setattr(rotation, "passes", passes)
    assert shell("key", "rotate")[0] == 0  # the lock ended with its command
    assert len(kept()) == 3


def test_open_forms_and_cookies_outlive_a_rotation_and_a_restart(shell, factory):
    crypto.configure("\n".join(kept()))
    before = crypto.derived_key("flask session")
    shell("key", "rotate")
    crypto.configure("\n".join(kept()))
    assert crypto.derived_key("flask session") == before


def test_second_rotation_takes_along_what_was_left(shell, factory, contact_id):
    (first,) = kept()
    shell("key", "rotate")
    left = crypto.encrypt("13700002222", purpose="identity")
    crypto.configure(first)
    late = crypto.encrypt(PHONE, purpose="identity")  # by a transaction that took very long
    with transaction(factory) as session:
        rows = session.scalars(select(ContactIdentity)).all()
        rows[0].value_encrypted = late
    crypto.configure("\n".join(kept()))
    with factory() as session:
        assert phone_of(session, contact_id) == PHONE
    assert crypto.decrypt(left, purpose="identity") == "13700002222"
    shell("key", "rotate")
    assert len(kept()) == 3
    assert kept()[-1] == first
    for token, purpose in sealed(factory):
        assert crypto.opens(kept()[0], token, purpose=purpose)


def test_secret_of_a_lost_key_stays_and_is_counted(shell, factory, contact_id):
    keys = Settings.from_env().secret_key
    crypto.configure("a key that is lost")
    with transaction(factory) as session:
        make_contact(session, "旧机器", phone="13700003333")
    crypto.configure(keys)
    code, said = shell("key", "rotate")
    assert code == 0
    assert "1 secrets open with no key of this shop and stay as they are." in said.err


def test_key_of_the_environment_is_put_in_front_by_hand(shell, factory, contact_id, monkeypatch):
    (old,) = kept()
    monkeypatch.setenv("SHUKE_SECRET_KEY", old)
    code, said = shell("key", "rotate")
    assert code == 1
    assert "on a line before the old one" in said.err
    assert kept() == [old]
    monkeypatch.setenv("SHUKE_SECRET_KEY", f"brand new\n{old}")
    assert shell("key", "rotate")[0] == 0
    for token, purpose in sealed(factory):
        assert crypto.opens("brand new", token, purpose=purpose)


def test_doctor_asks_for_the_new_key_and_for_the_end_of_a_rotation(shell, factory, tmp_path):
    shell("key", "export", str(tmp_path / "old.txt"))
    assert "ok    key" in shell("doctor")[1].out
    shell("key", "rotate")
    assert "Run: shuke key export FILE" in shell("doctor")[1].out
    shell("key", "export", str(tmp_path / "new.txt"))
    assert "ok    key" in shell("doctor")[1].out
    mark = tmp_path / "data" / "key.rotating"
    mark.write_text(crypto.fingerprint("\n".join(kept())))
    assert "rotation was broken off. Run: shuke key rotate" in shell("doctor")[1].out
    assert shell("key", "rotate")[0] == 0
    assert len(kept()) == 2  # it went on with the key that was there
    assert not mark.exists()


def test_exported_keys_come_in_on_another_machine(
    shell, factory, contact_id, tmp_path, monkeypatch
):
    shell("key", "export", str(tmp_path / "old.txt"))
    shell("key", "rotate")
    shell("key", "export", str(tmp_path / "new.txt"))
    here = kept()
    monkeypatch.setenv("SHUKE_DATA_DIR", str(tmp_path / "elsewhere"))
    code, said = shell("key", "import", str(tmp_path / "old.txt"))
    assert (code, "does not open" in said.err) == (1, True)
    assert shell("key", "import", str(tmp_path / "new.txt"))[0] == 0
    assert kept() == here


def test_backup_names_its_key_and_older_ones_still_come_in(
    shell, factory, contact_id, tmp_path, monkeypatch
):
    shell("key", "export", str(tmp_path / "old.txt"))
    old = shell("backup", str(tmp_path / "old.zip"))[1].err
    shell("key", "rotate")
    exported = shell("key", "export", str(tmp_path / "new.txt"))[1].err
    new = shell("backup", str(tmp_path / "new.zip"))[1].err
    mark = crypto.marks()[0][:8]
    assert f"the key {mark}" in new
    assert f"The key {mark}" in exported
    assert f"the key {crypto.marks()[1][:8]}" in old
    factory.kw["bind"].dispose()  # a restore wants nobody there
    assert shell("restore", str(tmp_path / "old.zip"), "--replace")[0] == 0
    with factory() as session:
        assert phone_of(session, contact_id) == PHONE
    monkeypatch.setenv("SHUKE_DATA_DIR", str(tmp_path / "elsewhere"))
    shell("doctor")
    (tmp_path / "elsewhere" / "secret.key").unlink()
    shell("key", "import", str(tmp_path / "old.txt"))
    code, said = shell("restore", str(tmp_path / "new.zip"), "--replace")
    assert code == 1
    assert "a newer one of this shop" in said.err


def test_no_column_that_is_sealed_is_left_out():
    """Whoever seals something new has to name it: the names of columns and of what is packed."""
    named = {(column.class_.__tablename__, column.key) for column, _purpose in COLUMNS}
    there = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if "sealed" in column.name or "encrypted" in column.name or column.name == "content"
    }
    unsealed = {("sla_policy_version", "content"), ("sla_calendar", "content")}
    assert there - unsealed == named
