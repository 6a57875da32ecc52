"""C7: 10,000 open clocks follow a year that is entered, with one event for each that moved."""

import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from crm import crypto
from crm.complaints import jobs
from crm.complaints.models import ComplaintEvent, SlaClock
from crm.complaints.rules.words import Category, Channel, EventType
from crm.db import make_engine, make_factory, transaction
from crm.stores import service as stores
from crm.stores.rules import NamedDay
from tests import databases
from tests.benchmarks.measure import Result
from tests.factories.desk import Desk

KEY = "key of the benchmarks"
COMPLAINTS = 5_000  # each with one clock in workdays that moves, and one that does not
LIMIT_SECONDS = 10.0
LOGGED = datetime.fromisoformat("2026-12-28T11:00:00+08:00")
NEW_YEAR = [NamedDay(date(2027, 1, day), is_workday=False) for day in (1, 2, 3)]


def run(server: str) -> Iterator[Result]:
    with tempfile.TemporaryDirectory(prefix="shuke-bench-") as folder:
        url = databases.fresh(server, "shuke_year", Path(folder))
        databases.migrate(url)
        crypto.configure(KEY)
        engine = make_engine(url)
        yield _followed(make_factory(engine))
        engine.dispose()
        databases.drop(url, server)


def _followed(factory: sessionmaker[Session]) -> Result:
    clocks = _enter_year(factory)
    start, worked = time.perf_counter(), time.process_time()
    assert jobs.follow_hours(factory, now=lambda: LOGGED + timedelta(hours=1)) == COMPLAINTS
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    with factory() as session:
        moved = ComplaintEvent.type == EventType.DEADLINE_CHANGED
        assert session.scalar(select(func.count(ComplaintEvent.id)).where(moved)) == COMPLAINTS
    floor = f"{worked:.1f} s at work, the rest is left to others"
    return Result("C7", f"a new year, {clocks:,} clocks", LIMIT_SECONDS, seconds, floor, "s")


def _enter_year(factory: sessionmaker[Session]) -> int:
    """Log enquiries, then enter the year; returns how many clocks there are."""
    with transaction(factory) as session:
        desk = Desk(session)
        for number in range(COMPLAINTS):
            parts = {"channel": Channel.PRIVATE, "category": Category.ENQUIRY}
            desk.log(LOGGED, reporter_name=f"{number}", **parts)
        stores.enter_year(session, 2027, NEW_YEAR, source="", actor=desk.owner, now=LOGGED)
        return session.scalar(select(func.count(SlaClock.id))) or 0
