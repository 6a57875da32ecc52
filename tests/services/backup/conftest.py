"""A told shop, its backup, and commands run as by hand."""

import os

import pytest

from crm import cli, crypto
from crm.db import make_engine
from crm.i18n import fmt
from tests import databases
from tests.factories.backups import KEY
from tests.factories.everything import tell_everything


@pytest.fixture(scope="module")
def told(migrated_url, server, tmp_path_factory):
    """The address of a database with rows in every table; copies are made of it."""
    folder = tmp_path_factory.mktemp("told")
    name = f"shuke_told_{os.getpid()}"
    url = databases.fresh(server, name, folder, template=migrated_url)
    crypto.configure(KEY)
    fmt.configure("Asia/Shanghai")
    engine = make_engine(url)
    tell_everything(engine)
    engine.dispose()
    yield url
    databases.drop(url, server)


@pytest.fixture
def new_database(server, tmp_path):
    """Makes databases of the kind under test: copies of another one, or without any table."""
    made = []

    def make(template=""):
        name = f"shuke_new_{os.getpid()}_{len(made)}"
        made.append(databases.fresh(server, name, tmp_path, template=template))
        return made[-1]

    yield make
    for url in made:
        databases.drop(url, server)


@pytest.fixture
def at(tmp_path, monkeypatch):
    """Chooses whose settings the next commands have: a database, a data folder, a key."""

    def choose(url, host="here", key=KEY):
        monkeypatch.setenv("SHUKE_DATA_DIR", str(tmp_path / host))
        monkeypatch.setenv("SHUKE_DATABASE_URL", url)
        monkeypatch.setenv("SHUKE_SECRET_KEY", key)
        return tmp_path / host

    return choose


@pytest.fixture
def shuke(capsys):
    """Runs a command; returns its code and its words, which are never a traceback."""

    def run(*arguments):
        code = cli.run([str(one) for one in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        if code:
            assert len(err.splitlines()) == 1
        return code, out + err

    return run


@pytest.fixture
def saved(told, at, shuke, tmp_path):
    """A backup of the told shop."""
    at(told)
    file = tmp_path / "saved.zip"
    assert shuke("backup", file)[0] == 0
    return file
