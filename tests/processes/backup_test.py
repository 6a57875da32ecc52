"""Backups beside people who write, restores beside a running shop, and restores that are killed."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from crm import cli, clock, crypto
from crm.accounts.models import Staff
from crm.config import UNFINISHED
from crm.contacts.models import Contact
from crm.db import make_engine, make_factory, transaction
from tests.benchmarks import data
from tests.migrations.rows import fill
from tests.processes.installation import PATIENCE, ROOT, SECRET, environment, wait_for
from tests.processes.serve_test import Served

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there"),
    pytest.mark.timeout(600),
]
MANY = 6_000
FILLING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND query LIKE 'COPY%'")
DYING_COMMIT = (
    (
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'"
    ),
    (
        "CREATE CONSTRAINT TRIGGER dying AFTER INSERT ON staff DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION die()"
    ),
)
SAME_WORD = "SELECT nickname FROM contact WHERE id = 1 UNION SELECT name FROM staff"


def _hear_interrupts():
    """Whoever runs the tests behind a shell hands down that interrupts are ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Host:
    """A data folder and a database, and the commands that are run there."""

    def __init__(self, url, folder):
        self.url = url
        self.folder = folder / "data"
        self.environ = environment(url, folder) | {"PYTHONDONTWRITEBYTECODE": "1"}
        self.engine = make_engine(url)
        self.factory = make_factory(self.engine)

    def start(self, *command, module="crm.cli", limit=""):
        shell = ["sh", "-c", f'{limit} exec "$@"', "sh"]
        return subprocess.Popen(
            [*shell, sys.executable, "-m", module, *map(str, command)],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=_hear_interrupts,  # noqa: PLW1509  it starts no thread
        )

    def run(self, *command, **options):
        """Run a command to its end; returns its code and its words."""
        process = self.start(*command, **options)
        words, _ = process.communicate(timeout=PATIENCE)
        assert "Traceback" not in words
        return process.returncode, words

    def set_up(self, contacts=0):
        with transaction(self.factory) as session:
            if contacts:
                data.make_shop(session, now=clock.now())
                session.flush()
                data.make_contacts(session.connection(), contacts, now=clock.now())
            else:
                fill(session, clock.now())
        self.mark("first")
        self.put_picture("first")

    def mark(self, word):
        """Write one word wherever it is looked for, in one transaction."""
        with transaction(self.factory) as session:
            session.execute(update(Contact).values(nickname=word))
            session.execute(update(Staff).values(name=word))

    def words(self):
        with self.factory() as session:
            names = set(session.scalars(select(Contact.nickname).distinct()))
            return names | set(session.scalars(select(Staff.name).distinct()))

    def count(self):
        with self.factory() as session:
            return session.scalar(select(func.count(Contact.id)))

    def put_picture(self, word):
        (self.folder / "albums").mkdir(parents=True, exist_ok=True)
        (self.folder / "albums" / f"{word}.jpg").write_text(word)

    def pictures(self):
        return {path.stem for path in (self.folder / "albums").glob("*.jpg")}

    def let_go(self):
        """Close our own connections: a restore wants the database for itself."""
        self.engine.dispose()


@pytest.fixture
def host(fresh_database, tmp_path, monkeypatch, capsys):
    crypto.configure(SECRET)
    host = Host(fresh_database(), tmp_path)
    host.said = capsys.readouterr
    for name, value in host.environ.items():
        monkeypatch.setenv(name, value)
    yield host
    host.let_go()


def test_a_backup_is_of_one_moment_and_nobody_waits_for_it(host, tmp_path):
    host.set_up(MANY)
    ended, written = threading.Event(), []

    def write():
        while not ended.is_set():
            with transaction(host.factory) as session:  # short, so that many come in between
                session.execute(update(Staff).values(name=f"word {len(written)}"))
                first = update(Contact).where(Contact.id == 1)
                session.execute(first.values(nickname=f"word {len(written)}"))
            written.append(time.monotonic())

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            before = wait_for(lambda: len(written))
            assert host.run("backup", tmp_path / f"{number}.zip")[0] == 0
            assert len(written) > before
    finally:
        ended.set()
        writer.join()
    for number in range(3):
        assert len(words_in(tmp_path / f"{number}.zip", tmp_path)) == 1


def words_in(file, folder):
    with zipfile.ZipFile(file) as archive:
        copy = sqlite3.connect(archive.extract("shuke.db", folder))
    found = copy.execute(SAME_WORD).fetchall()
    copy.close()
    return found


def test_a_restore_is_refused_while_the_shop_runs(host, tmp_path):
    host.set_up()
    file = tmp_path / "b.zip"
    assert host.run("backup", file)[0] == 0
    host.mark("second")
    host.let_go()
    served = Served(host.environ)
    try:
        wait_for(lambda: served.status() is not None and served.workers())
        code, words = host.run("restore", "--replace", file)
    finally:
        served.end()
    assert (code, "in use" in words, len(words.splitlines())) == (1, True, 1)
    assert host.words() == {"second"}
    host.let_go()
    assert host.run("restore", "--replace", file)[0] == 0
    assert host.words() == {"first"}


@pytest.fixture
def two_times(host, tmp_path):
    """A backup of the first time, on a host that has come to the second."""

    def make(contacts=0):
        host.set_up(contacts)
        file = tmp_path / "b.zip"
        assert host.run("backup", file)[0] == 0
        back_to_the_second(host)
        return file

    return make


def back_to_the_second(host):
    host.mark("second")
    for picture in (host.folder / "albums").glob("*"):
        picture.unlink()
    host.put_picture("second")
    host.let_go()


def refuse_half(host):
    """Whether other commands refuse to work; where they do not, all is of one time."""
    if cli.run(["migrate"]):
        assert "broken off half way" in host.said().err
        return True
    assert host.words() == host.pictures()
    assert len(host.words()) == 1
    host.let_go()
    return False


def test_a_restore_killed_at_any_step_leaves_no_half_that_looks_whole(host, two_times):
    file = two_times()
    refused, step, seen = 0, 0, set()
    while True:
        step += 1
        restore = (step, "restore", "--replace", file)
        code, words = host.run(*restore, module="tests.processes.dying")
        if code != -signal.SIGKILL:
            break
        refused += refuse_half(host)
        seen |= host.words()
        host.let_go()
        for left in host.folder.glob("restoring-*"):  # which the last run would take away
            shutil.rmtree(left)
    assert (code, host.words(), host.pictures()) == (0, {"first"}, {"first"}), words
    assert step > 8
    assert refused
    assert seen == {"first", "second"}
    assert sorted(path.name for path in host.folder.iterdir()) == ["albums"]


def test_a_backup_killed_at_any_step_is_whole_or_not_there(host, tmp_path):
    host.set_up()
    host.let_go()
    folder = tmp_path / "backups"
    folder.mkdir()
    file, step, code, killed = folder / "b.zip", 0, -signal.SIGKILL, 0
    while code == -signal.SIGKILL:
        step += 1
        if file.exists():
            with zipfile.ZipFile(file) as archive:
                assert archive.testzip() is None
            file.unlink()
        code, words = host.run(step, "backup", file, module="tests.processes.dying")
        killed += bool(list(folder.glob("b.zip.part-*")))
    assert code == 0, words
    assert killed > 3
    assert list(folder.iterdir()) == [file]


def test_a_restore_killed_while_it_fills_the_database_leaves_the_old_one(host, two_times):
    file = two_times(MANY)
    rows, seen = host.count(), set()
    for pause in (0.0, 0.005, 0.01, 0.02, 0.04):
        host.let_go()
        process = host.start("restore", "--replace", file)
        wait_for(lambda process=process: is_filling(host) or process.poll() is not None)
        time.sleep(pause)
        process.kill()
        process.communicate()
        host.let_go()
        half = refuse_half(host)
        seen |= {(half, *host.words())}
        assert host.count() == rows
        if "first" in host.words():
            back_to_the_second(host)
    assert (True, "second") in seen
    host.let_go()
    assert host.run("restore", "--replace", file)[0] == 0
    assert not refuse_half(host)
    assert host.words() == {"first"}


def is_filling(host):
    url = host.engine.url
    if host.engine.dialect.name == "sqlite":
        # Leaving WAL mode has a journal too, before the pictures are changed.
        return (host.folder / UNFINISHED).exists() and Path(f"{url.database}-journal").exists()
    outside = make_engine(url.set(database="postgres").render_as_string(hide_password=False))
    with outside.connect() as connection:
        found = connection.scalar(FILLING, {"name": url.database})
    outside.dispose()
    return found


def test_a_restore_interrupted_while_it_fills_the_database_is_no_half(host, two_times):
    file = two_times(MANY)
    interrupted = 0
    for pause in (0.0, 0.01, 0.04):
        process = host.start("restore", "--replace", file)
        while not is_filling(host) and process.poll() is None:
            time.sleep(0.001)
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
        words, _ = process.communicate(timeout=PATIENCE)
        # Python itself drops an interrupt that comes while it collects, and says so.
        assert "Exception ignored in" in words or "Traceback" not in words
        interrupted += process.returncode != 0
        if refuse_half(host):
            assert "broken off half way" in words
            assert not cli.run(["restore", "--replace", str(file)])
        if host.words() == {"first"}:
            back_to_the_second(host)
        host.let_go()
    assert interrupted


def test_a_connection_lost_while_it_commits_leaves_the_mark(host, two_times):
    if host.engine.dialect.name == "sqlite":
        pytest.skip("a file has no connection to lose")
    file = two_times()
    with host.engine.begin() as connection:
        for statement in DYING_COMMIT:
            connection.exec_driver_sql(statement)
    host.let_go()
    code, words = host.run("restore", "--replace", file)
    assert (code, "broken off half way" in words) == (1, True)
    assert refuse_half(host)
    with host.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER dying ON staff")
    host.let_go()
    assert host.run("restore", "--replace", file)[0] == 0
    assert not refuse_half(host)


@pytest.mark.parametrize("blocks", [200, 2_000])
def test_a_full_disk_leaves_everything_as_it_was(blocks, host, two_times, tmp_path):
    file = two_times(MANY)
    names = set(tmp_path.iterdir())
    full = f"ulimit -f {blocks};"
    code, words = host.run("backup", tmp_path / "c.zip", limit=full)
    assert (code, words.startswith("No backup was written: ")) == (1, True)
    code, words = host.run("restore", "--replace", file, limit=full)
    assert (code, words.startswith("Nothing was restored: ")) == (1, True)
    assert set(tmp_path.iterdir()) == names
    assert host.words() == host.pictures() == {"second"}
    assert not refuse_half(host)
