"""`shuke backup` and `shuke restore`: what is in the file comes back exactly, or not at all."""

import os
import stat
import zipfile

import pytest
from sqlalchemy import func, insert, select, text, update

from crm.app import create_app
from crm.cli import schema
from crm.config import HalfRestored, Settings
from crm.contacts.models import Contact
from crm.db import make_engine
from tests import databases
from tests.factories.backups import KEY, changed, contact_count, contents, execute

REFUSING = (
    (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''no''; END'"
    ),
    "CREATE TRIGGER refusing BEFORE INSERT ON contact FOR EACH ROW EXECUTE FUNCTION refuse()",
)


def test_every_row_of_every_table_comes_back_on_a_fresh_host(
    told, saved, at, shuke, new_database, tmp_path
):
    before = contents(told)
    assert [name for name, rows in before.items() if not rows] == []
    other = new_database()
    at(other, "other host")
    code, words = shuke("restore", saved)
    assert code == 0
    assert f"{sum(map(len, before.values())):,} rows of {len(before)} tables" in words
    assert contents(other) == before
    assert list((tmp_path / "other host").iterdir()) == []


def test_ids_go_on_after_the_last_one(saved, at, shuke, new_database):
    other = new_database()
    at(other)
    assert shuke("restore", saved)[0] == 0
    engine = make_engine(other)
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        last = connection.scalar(select(func.max(Contact.id)))
        row = dict(connection.execute(select(Contact.__table__).limit(1)).mappings().one())
        del row["id"]
        assert connection.execute(insert(Contact), row).inserted_primary_key[0] == last + 1
    engine.dispose()


def test_a_backup_of_one_database_is_restored_on_the_other(
    told, saved, at, shuke, server, tmp_path
):
    """There and back: the rows are what they were, to the last sign."""
    if not server:
        pytest.skip("needs both databases")
    at(f"sqlite:///{tmp_path / 'file.db'}", "small")
    assert shuke("restore", saved)[0] == 0
    assert contents(f"sqlite:///{tmp_path / 'file.db'}") == contents(told)
    assert shuke("backup", tmp_path / "again.zip")[0] == 0
    other = databases.fresh(server, f"shuke_back_{os.getpid()}", tmp_path)
    at(other, "large")
    assert shuke("restore", tmp_path / "again.zip")[0] == 0
    assert contents(other) == contents(told)
    databases.drop(other, server)


def test_only_its_owner_may_read_it_and_the_key_is_not_in_it(saved):
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    with zipfile.ZipFile(saved) as archive:
        assert archive.namelist() == ["manifest.json", "shuke.db"]
        assert not [name for name in archive.namelist() if KEY.encode() in archive.read(name)]


def test_nothing_else_is_left_beside_it(saved, told, at, shuke):
    (saved.parent / "beside").mkdir()
    at(told)
    assert shuke("backup", saved.parent / "beside" / "two.zip")[0] == 0
    assert [path.name for path in (saved.parent / "beside").iterdir()] == ["two.zip"]


def test_an_existing_file_is_never_overwritten(told, at, shuke, tmp_path):
    at(told)
    (tmp_path / "mine.txt").write_text("mine")
    code, words = shuke("backup", tmp_path / "mine.txt")
    assert (code, "new name" in words) == (2, True)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_database_that_is_not_empty_is_kept_without_replace(saved, at, shuke, told, new_database):
    other = new_database(told)
    execute(other, update(Contact).values(nickname="noise"))
    before = contents(other)
    at(other)
    code, words = shuke("restore", saved)
    assert (code, "--replace" in words) == (1, True)
    assert contents(other) == before
    assert shuke("restore", "--replace", saved)[0] == 0
    assert contents(other) == contents(told) != before


def test_a_database_with_nothing_but_what_ships_is_empty(saved, at, shuke, told, fresh_database):
    other = fresh_database()
    at(other)
    assert shuke("worker", "--job", "alerts.heartbeat")[0] == 0
    assert shuke("worker", "--job", "loyalty.refit_when_old")[0] == 0
    assert shuke("worker", "--job", "loyalty.recompute_due")[0] == 0
    assert shuke("worker", "--job", "orders.match_waiting")[0] == 0
    assert shuke("restore", saved)[0] == 0
    assert contents(other) == contents(told)


def test_another_key_is_named_before_anything_is_written(saved, at, shuke, new_database, tmp_path):
    other = new_database()
    folder = at(other, "other host", key="another key")
    code, words = shuke("restore", saved)
    assert code == 1
    assert "another key" in words
    assert str(folder) in words
    assert "SHUKE_SECRET_KEY" in words
    assert not folder.exists()
    assert not (tmp_path / "other.db").exists()
    engine = make_engine(other)
    with engine.connect() as connection:
        assert schema.revision(connection) is None
    engine.dispose()


def test_a_newer_backup_is_refused_and_says_of_which_tables(saved, at, shuke, told, new_database):
    newer = changed(saved, revision="9999")
    other = new_database(told)
    before = contents(other)
    at(other)
    code, words = shuke("restore", "--replace", newer)
    assert (code, "newer Shuke (tables 9999)" in words) == (1, True)
    assert contents(other) == before


def test_a_backup_of_older_tables_is_brought_up_to_date(
    told, at, shuke, new_database, server, tmp_path
):
    old, other = new_database(told), new_database()
    databases.migrate(old, "-1")
    at(old)
    assert shuke("backup", tmp_path / "old.zip")[0] == 0
    at(other)
    assert shuke("restore", tmp_path / "old.zip")[0] == 0
    engine = make_engine(other)
    assert schema.is_current(engine)
    engine.dispose()
    found, wanted = contents(other), contents(told)
    assert {name: len(found[name]) for name in wanted} == {
        name: len(rows) for name, rows in wanted.items()
    }
    assert found["contact"] == wanted["contact"]


def test_a_database_of_newer_tables_is_left_alone(saved, at, shuke, told, new_database, server):
    if not server:
        pytest.skip("a SQLite file is replaced as a whole")
    other = new_database(told)
    execute(other, text("UPDATE alembic_version SET version_num = '9999'"))
    at(other)
    code, words = shuke("restore", "--replace", saved)
    assert (code, "newer" in words) == (1, True)
    assert contact_count(other) == contact_count(told)


def test_a_name_may_have_any_sign(told, at, shuke, new_database, tmp_path):
    at(told)
    file = tmp_path / "what? 100% [1] #2.zip"
    assert shuke("backup", file)[0] == 0
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith("what")} == {file.name}
    other = new_database()
    at(other, "where? 50% #3")
    assert shuke("restore", file)[0] == 0
    assert contents(other) == contents(told)


def test_a_table_of_another_program_is_left_alone(saved, at, shuke, told, new_database, server):
    if not server:
        pytest.skip("a SQLite file is replaced as a whole")
    other = new_database(told)
    for statement in (
        "CREATE TABLE report (id serial PRIMARY KEY, contact_id integer REFERENCES contact)",
        "INSERT INTO report (contact_id) SELECT min(id) FROM contact",
    ):
        execute(other, text(statement))
    at(other)
    assert shuke("restore", "--replace", saved)[0] == 0
    assert contents(other) == contents(told)
    engine = make_engine(other)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id FROM report")).all() == [(1,)]
    engine.dispose()


def test_it_says_when_only_the_tables_were_brought_up_to_date(
    saved, at, shuke, told, new_database, server
):
    if not server:
        pytest.skip("a SQLite file is replaced as a whole")
    other = new_database(told)
    databases.migrate(other, "-1")
    count = contact_count(other)
    for statement in REFUSING:
        execute(other, text(statement))
    at(other)
    code, words = shuke("restore", "--replace", saved)
    assert (code, words.startswith("Nothing was restored: ")) == (1, True)
    assert words.endswith("Its tables are of this version now.\n")
    assert contact_count(other) == count


def test_what_cannot_be_written_is_one_line(told, at, shuke, tmp_path):
    at(told)
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "gone" / "b.zip", tmp_path / "file" / "b.zip", "/proc/b.zip"):
        code, words = shuke("backup", place)
        assert (code, words.startswith("No backup was written: ")) == (1, True)


def test_a_shop_without_tables_has_nothing_to_back_up(at, shuke, new_database, tmp_path):
    at(new_database())
    code, words = shuke("backup", tmp_path / "b.zip")
    assert (code, words.startswith("No backup was written: ")) == (1, True)
    assert not (tmp_path / "b.zip").exists()


def test_pictures_come_back_and_those_that_came_since_are_gone(
    told, at, shuke, new_database, tmp_path
):
    albums = at(told, "old host") / "albums"
    (albums / "一").mkdir(parents=True)
    (albums / "一" / "壶.jpg").write_bytes(b"\xff\xd8 pot")
    (albums / "two.jpg").write_bytes(b"\xff\xd8 cup")
    (albums / "link").symlink_to(tmp_path)
    assert shuke("backup", tmp_path / "b.zip")[0] == 0
    since = at(new_database(), "new host") / "albums"
    since.mkdir(parents=True)
    (since / "since.jpg").write_bytes(b"noise")
    code, words = shuke("restore", tmp_path / "b.zip")
    assert (code, "pictures" in words, "--replace" in words) == (1, True, True)
    assert [path.name for path in since.iterdir()] == ["since.jpg"]
    assert shuke("restore", "--replace", tmp_path / "b.zip")[0] == 0
    found = {str(p.relative_to(since)): p.read_bytes() for p in since.rglob("*") if p.is_file()}
    assert found == {"一/壶.jpg": b"\xff\xd8 pot", "two.jpg": b"\xff\xd8 cup"}
    assert [path.name for path in (tmp_path / "new host").iterdir()] == ["albums"]


def test_pictures_stay_when_the_database_cannot_be_filled(told, at, shuke, new_database, tmp_path):
    albums = at(told, "old host") / "albums"
    albums.mkdir(parents=True)
    (albums / "old.jpg").write_bytes(b"old")
    assert shuke("backup", tmp_path / "b.zip")[0] == 0
    other = new_database(told)
    since = at(other, "new host") / "albums"
    since.mkdir(parents=True)
    (since / "since.jpg").write_bytes(b"since")
    before = contents(other)
    engine = make_engine(other)
    with engine.connect() as connection:
        connection.execute(select(func.count(Contact.id)))
        code, words = shuke("restore", "--replace", tmp_path / "b.zip")
    engine.dispose()
    assert (code, "in use" in words) == (1, True)
    assert [path.name for path in since.iterdir()] == ["since.jpg"]
    assert [path.name for path in (tmp_path / "new host").iterdir()] == ["albums"]
    assert contents(other) == before


def test_half_a_restore_is_refused_by_every_other_command(saved, at, shuke, told, new_database):
    folder = at(new_database(told))
    folder.mkdir(exist_ok=True)
    (folder / "restore.unfinished").touch()
    (folder / "restoring-killed").mkdir()
    for command in (["serve"], ["worker"], ["migrate"], ["doctor"], ["backup", "x.zip"]):
        code, words = shuke(*command)
        assert (code, "restore FILE --replace" in words) == (1, True)
    with pytest.raises(HalfRestored):
        create_app(Settings.from_env())
    assert shuke("restore", "--replace", saved)[0] == 0
    assert list(folder.iterdir()) == []
    assert shuke("migrate")[0] == 0
