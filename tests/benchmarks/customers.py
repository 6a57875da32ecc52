"""A customer file of any length, databases to take it into, and the rows that came of it."""

import contextlib
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from crm import clock, crypto
from crm.accounts.queries import actor_of_staff
from crm.contacts import jobs
from crm.contacts.service import files
from crm.db import make_engine, make_factory, transaction
from tests import databases
from tests.benchmarks import data

KEY = "key of the benchmarks"
LINES = 200_000
HEADER = "姓名,昵称,手机号,标签,备注,入会时间"
WRITTEN = ("contact", "contact_identity", "contact_move", "contact_tag")
"""The tables that hold the valid rows; beside them stand the search index and the audit log."""


def file_of(lines: int) -> bytes:
    """A member file with so many people, each with a number of her own."""
    return "\n".join((HEADER, *map(_line, range(lines)))).encode()


def _line(number: int) -> str:
    name = data.SURNAMES[number % 20] + data.GIVEN[number // 20 % 20]
    name += data.GIVEN[number // 400 % 20]
    tag = "老客" if number % 4 == 0 else ""
    remark = "怕热面料" if number % 9 == 0 else ""
    joined = f"2024-0{number % 9 + 1}-1{number % 9} 10:0{number % 6}:00"
    return f"{name},小{name[1]},138{number:08},{tag},{remark},{joined}"


@dataclass(frozen=True)
class Book:
    """An empty book in a database of its own."""

    url: str
    engine: Engine
    factory: sessionmaker[Session]

    def keep(self, content: bytes) -> None:
        """Upload a file and let it go."""
        parcel = files.cut(io.BytesIO(content), "会员.csv")
        now = clock.now()
        with transaction(self.factory) as session:
            actor = actor_of_staff(session, 1)
            assert actor is not None
            row = files.keep_file(session, parcel, store_id=1, actor=actor, now=now)
            files.start_file(session, row, actor=actor, now=now)

    def take(self) -> None:
        """Take it as the worker does."""
        if jobs.take_files(self.factory, now=clock.now) != 1:
            raise RuntimeError("the file was not taken")


@contextlib.contextmanager
def book(server: str, name: str) -> Iterator[Book]:
    """Make a book, on this server or in a SQLite file, and take it away again."""
    with tempfile.TemporaryDirectory(prefix="shuke-bench-") as folder:
        url = databases.fresh(server, f"shuke_bench_{name}", Path(folder))
        databases.migrate(url)
        crypto.configure(KEY)
        engine = make_engine(url)
        factory = make_factory(engine)
        with transaction(factory) as session:
            data.make_shop(session, now=clock.now())
        yield Book(url, engine, factory)
        engine.dispose()
        databases.drop(url, server)
