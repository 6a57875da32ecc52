"""The key goes out to a file and comes in again; one that does not fit changes nothing."""

import pytest

from crm import cli, crypto
from crm.contacts.queries import masked_identities
from crm.contacts.rules import IdentityKind
from crm.db import make_engine, make_factory, transaction
from tests.factories.contacts import make_contact

PHONE = "13812340142"


@pytest.fixture
def shell(fresh_database, tmp_path, monkeypatch, capsys):
    """Two machines with a data folder each, one database; runs a command and gives what it said."""
    monkeypatch.setenv("SHUKE_DATABASE_URL", fresh_database())
    monkeypatch.delenv("SHUKE_SECRET_KEY", raising=False)

    def run(machine, *arguments):
        monkeypatch.setenv("SHUKE_DATA_DIR", str(tmp_path / machine))
        code = cli.run(arguments)
        return code, capsys.readouterr().err

    yield run
    crypto.configure("key of the tests")


@pytest.fixture
def contact(shell, tmp_path):
    """A contact whose number was written with the first machine's key."""
    assert shell("first", "key", "export", str(tmp_path / "safe.txt"))[0] == 0
    engine = make_engine(cli.Settings.from_env().database_url)
    with transaction(make_factory(engine)) as session:
        made = make_contact(session, phone=PHONE)
    yield make_factory(engine), made.id
    engine.dispose()


def test_key_goes_to_a_new_machine_and_opens_the_numbers(shell, contact, tmp_path):
    factory, contact_id = contact
    safe = tmp_path / "safe.txt"
    assert safe.stat().st_mode & 0o777 == 0o600
    assert shell("second", "key", "import", str(safe))[0] == 0
    kept = tmp_path / "second" / "secret.key"
    assert kept.read_text() == (tmp_path / "first" / "secret.key").read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert shell("second", "key", "export", str(tmp_path / "again.txt"))[0] == 0
    with factory() as session:
        shown = masked_identities(session, [contact_id])
    assert shown == {contact_id: [(IdentityKind.PHONE, "138****0142")]}


def test_key_of_another_shop_is_refused_and_changes_nothing(shell, contact, tmp_path):
    shell("third", "key", "export", str(tmp_path / "other.txt"))
    before = (tmp_path / "first" / "secret.key").read_text()
    code, said = shell("first", "key", "import", str(tmp_path / "other.txt"))
    assert code == 1
    assert "does not open" in said
    assert (tmp_path / "first" / "secret.key").read_text() == before
    assert sorted(one.name for one in (tmp_path / "first").iterdir()) == [
        "key.exported",
        "key.lock",
        "secret.key",
    ]


@pytest.mark.parametrize("damage", ["", "\n", "no key at all", "half"])
def test_damaged_file_is_refused(shell, contact, tmp_path, damage):
    safe = tmp_path / "safe.txt"
    safe.write_text(safe.read_text()[:-9] if damage == "half" else damage)
    code, said = shell("second", "key", "import", str(safe))
    assert code == 1
    assert "no key of Shuke" in said


def test_export_goes_over_no_file_and_shows_no_key(shell, tmp_path):
    file = tmp_path / "safe.txt"
    assert shell("first", "key", "export", str(file))[0] == 0
    before = file.read_text()
    code, said = shell("first", "key", "export", str(file))
    assert code == 2
    assert "there already" in said
    assert file.read_text() == before
    assert before.splitlines()[1] not in said


def test_key_of_the_environment_is_not_replaced_by_a_file(shell, contact, tmp_path, monkeypatch):
    monkeypatch.setenv("SHUKE_SECRET_KEY", "from outside")
    code, said = shell("second", "key", "import", str(tmp_path / "safe.txt"))
    assert code == 1
    assert "SHUKE_SECRET_KEY is set" in said


def test_replaced_key_stays_beside_it(shell, contact, tmp_path):
    shell("second", "doctor")
    first = (tmp_path / "second" / "secret.key").read_text()
    assert shell("second", "key", "import", str(tmp_path / "safe.txt"))[0] == 0
    (kept,) = (tmp_path / "second").glob("secret.key.*")
    assert kept.read_text() == first


def test_doctor_asks_until_the_key_of_now_was_exported(shell, contact, tmp_path, capsys):
    shell("second", "key", "export", str(tmp_path / "own.txt"))
    cli.run(["doctor"])
    assert "ok    key" in capsys.readouterr().out
    mark = (tmp_path / "second" / "key.exported").read_text()
    assert mark == crypto.fingerprint((tmp_path / "second" / "secret.key").read_text())
    shell("second", "key", "import", str(tmp_path / "safe.txt"))
    cli.run(["doctor"])
    assert "shuke key export" in capsys.readouterr().out  # another key came since
