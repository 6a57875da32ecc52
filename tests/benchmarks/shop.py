"""A benchmark's shop: its database, its application, and requests without a server between."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import EnvironBuilder

from crm import clock, crypto
from crm.app import create_app
from crm.config import Settings
from crm.db import make_engine, make_factory, transaction
from tests import databases
from tests.benchmarks import data
from tests.client import counted

KEY = "key of the benchmarks"


@dataclass(frozen=True)
class Shop:
    """A filled database and the application on it, with the owner signed in."""

    url: str
    engine: Engine
    app: Flask
    cookie: str

    @property
    def factory(self) -> sessionmaker[Session]:
        return make_factory(self.engine)

    def request(self, path: str) -> Callable[[], bytes]:
        """Return a runner that asks the application for a page; anything but 200 is an error."""
        environ = EnvironBuilder(path=path, headers={"Cookie": self.cookie}).get_environ()
        answered: list[str] = []

        def start_response(status: str, *_rest: Any) -> Any:
            answered[:] = [status]

        def run() -> bytes:
            answer: Any = self.app.wsgi_app(environ.copy(), start_response)
            body = b"".join(answer)
            answer.close()
            if not answered[0].startswith("200"):
                raise RuntimeError(f"{path} answered {answered[0]}")
            return body

        return run

    def statements(self, path: str) -> list[str]:
        with counted(self.engine) as found:
            self.request(path)()
        return found


@contextmanager
def filled(server: str, contacts: int, *, searchable: bool = False) -> Iterator[Shop]:
    """Make a database of its own, on this server or a SQLite file, and take it away again.

    Phones, tags and the search index take longest, so only who searches gets them.
    """
    with tempfile.TemporaryDirectory(prefix="shuke-bench-") as folder:
        url = databases.fresh(server, f"shuke_bench_{contacts}", Path(folder))
        databases.migrate(url)
        crypto.configure(KEY)
        engine = make_engine(url)
        now = clock.now()
        with transaction(make_factory(engine)) as session:
            token = data.make_shop(session, now=now)
        with engine.connect().execution_options(write=True) as connection, connection.begin():
            data.make_contacts(connection, contacts, now=now)
            if searchable:
                data.make_phones(connection, contacts, now=now)
                data.make_searchable(connection, contacts, now=now)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE" if not server else "VACUUM ANALYZE")
        settings = Settings.from_env(
            {"SHUKE_DATA_DIR": folder, "SHUKE_DATABASE_URL": url, "SHUKE_SECRET_KEY": KEY}
        )
        app = create_app(settings, make_factory(engine))
        yield Shop(url, engine, app, _cookies(app, token))
        engine.dispose()
        databases.drop(url, server)


def _cookies(app: Flask, token: str) -> str:
    """Return what a browser sends that has seen a page before: its session and its page cookie."""
    client = app.test_client()
    client.set_cookie("shuke", token)
    client.get("/contacts").close()
    names = ("shuke", "shuke-page")
    found = [client.get_cookie(name) for name in names]
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in found if cookie)
