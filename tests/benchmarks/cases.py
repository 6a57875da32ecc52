"""A shop with very many open complaints, for the alert engine's benchmarks and the tests of plans.

Some are logged, acknowledged and answered by the services; the others are copies of their rows
under new numbers, so every row is one that the services would have written. Nothing of them is due
for an hour.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, func, insert, literal, select
from sqlalchemy.orm import Session, sessionmaker

from crm import clock, crypto
from crm.accounts import service as accounts
from crm.accounts.queries import actor_of_staff
from crm.accounts.rules import Actor, Role
from crm.complaints.models import AlertStep, Complaint, ComplaintEvent, SlaClock
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.words import Category, Channel, EventType
from crm.complaints.service import log_complaint, record_event
from crm.db import make_engine, make_factory, transaction
from crm.stores import service as stores
from crm.stores.rules import NewStore
from tests import databases

KEY = "key of the benchmarks"
BASE = 1_000
TABLES: dict[Any, tuple[str, ...]] = {  # the numbers that a copy gets anew
    Complaint: ("id", "short_no"),
    ComplaintEvent: ("id", "complaint_id"),
    SlaClock: ("id", "complaint_id"),
    AlertStep: ("id", "clock_id"),
}
_OF = {"short_no": Complaint, "complaint_id": Complaint, "clock_id": SlaClock}


@dataclass(frozen=True)
class Desk:
    """A database with open complaints, and who logs more of them."""

    url: str
    engine: Engine
    factory: sessionmaker[Session]
    owner: Actor
    store_id: int

    def log(self, *, wakes_at: datetime, now: datetime) -> None:
        """Log a complaint whose first warning is due at that moment."""
        command = LogComplaint(
            Channel.LIVESTREAM_COMMENT,
            "是不是假货？",
            wakes_at - timedelta(seconds=150),  # half of the five minutes for a public word
            self.store_id,
            category=Category.SUSPECTED_FAKE,
        )
        with transaction(self.factory) as session:
            log_complaint(session, command, actor=self.owner, now=now)


@contextmanager
def filled(server: str, count: int) -> Iterator[Desk]:
    """Make a database of its own with so many open complaints, and take it away again."""
    with tempfile.TemporaryDirectory(prefix="shuke-bench-") as folder:
        url = databases.fresh(server, f"shuke_cases_{count}", Path(folder))
        databases.migrate(url)
        crypto.configure(KEY)
        engine = make_engine(url)
        desk = _open(url, engine)
        log_templates(desk, BASE, clock.now())
        with engine.connect().execution_options(write=True) as connection, connection.begin():
            copy(connection, BASE, count)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
        yield desk
        engine.dispose()
        databases.drop(url, server)


def _open(url: str, engine: Engine) -> Desk:
    factory, now = make_factory(engine), clock.now()
    with transaction(factory) as session:
        stores.set_up_shop(session, "锦禾女装", now=now)
        store = stores.add_store(session, NewStore("人民路店", "b1"), actor=None, now=now)
        people = [
            accounts.add_staff(session, command, actor=None, now=now)
            for command in (
                accounts.NewStaff("ajun", "阿俊", Role.OWNER),
                accounts.NewStaff("zhoulin", "周琳", Role.LEAD),
            )
        ]
        session.flush()
        owner = actor_of_staff(session, people[0].id)
        assert owner is not None
        return Desk(url, engine, factory, owner, store.id)


def log_templates(desk: Desk, count: int, now: datetime) -> None:
    """Log complaints by the services: a third each new, acknowledged and answered."""
    with transaction(desk.factory) as session:
        for number in range(count):
            at = now - timedelta(seconds=number)
            command = LogComplaint(
                Channel.PRIVATE, "颜色和图片不一样", at, desk.store_id, severity=4
            )
            complaint = log_complaint(session, command, actor=desk.owner, now=now)
            kinds = {1: EventType.ACKNOWLEDGED, 2: EventType.PRIVATE_REPLY}
            if kind := kinds.get(number % 3):
                record_event(session, complaint, NewEvent(kind), actor=desk.owner, now=now)


def copy(connection: Connection, have: int, count: int) -> None:
    """Ten times as many, until there are enough: `count` is `have` times a power of ten."""
    sizes = {model: connection.scalar(select(func.max(model.id))) or 0 for model in TABLES}
    while have < count:
        for block in range(1, 10):
            for model, numbers in TABLES.items():
                _copy_block(connection, model, numbers, sizes, block)
        sizes = {model: size * 10 for model, size in sizes.items()}
        have *= 10
    if connection.dialect.name == "postgresql":
        for model, size in sizes.items():
            name = model.__tablename__
            connection.exec_driver_sql(f"SELECT setval('{name}_id_seq', {size})")


def _copy_block(
    connection: Connection, model: Any, numbers: tuple[str, ...], sizes: dict[Any, int], block: int
) -> None:
    table = model.__table__
    columns = [
        column + literal(block * sizes[_OF.get(column.name, model)])
        if column.name in numbers
        else column
        for column in table.columns
    ]
    rows = select(*columns).where(table.c.id <= sizes[model])
    connection.execute(insert(table).from_select([c.name for c in table.columns], rows))


def sent(engine: Engine, act: Callable[[], object]) -> Callable[[], object]:
    """Return the statements that `act` sends as a runner on a bare connection of the driver."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    cursor: Any = engine.raw_connection().driver_connection.cursor()  # type: ignore[union-attr]

    def run() -> object:
        return [cursor.execute(statement, values).fetchall() for statement, values in found]

    return run
