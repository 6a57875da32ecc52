"""Entering a year: 10,000 open clocks follow it in at most 10 s, with an event for each moved one.

python -m tests.benchmarks.calendar_year [database address]
"""

import sys
import tempfile
import time
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from crm import crypto
from crm.cli import schema
from crm.complaints import jobs
from crm.complaints.models import ComplaintEvent, SlaClock
from crm.complaints.rules.words import Category, Channel, EventType
from crm.db import make_engine, make_factory, transaction
from crm.stores import service as stores
from crm.stores.rules import NamedDay
from tests.factories.desk import Desk

COMPLAINTS = 5_000
LIMIT_SECONDS = 10
LOGGED = datetime.fromisoformat("2026-12-28T11:00:00+08:00")
NEW_YEAR = [NamedDay(date(2027, 1, day), is_workday=False) for day in (1, 2, 3)]


def main(url: str) -> float:
    """Log enquiries, enter the year, let the worker's job follow; returns the seconds."""
    crypto.configure("x" * 32)
    schema.upgrade(url)
    factory = make_factory(make_engine(url))
    with transaction(factory) as session:
        desk = Desk(session)
        for number in range(COMPLAINTS):
            parts = {"channel": Channel.PRIVATE, "category": Category.ENQUIRY}
            desk.log(LOGGED, reporter_name=f"{number}", **parts)
        clocks = session.scalar(select(func.count()).select_from(SlaClock))
        stores.enter_year(session, 2027, NEW_YEAR, source="", actor=desk.owner, now=LOGGED)
    start, worked = time.perf_counter(), time.process_time()
    moved = jobs.follow_hours(factory, now=lambda: LOGGED + timedelta(hours=1))
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    changed = ComplaintEvent.type == EventType.DEADLINE_CHANGED
    with transaction(factory) as session:
        events = session.scalar(select(func.count()).select_from(ComplaintEvent).where(changed))
    sys.stdout.write(
        f"{clocks} clocks of {moved} complaints, {events} events: {seconds:.1f} s"
        f" (limit {LIMIT_SECONDS}), {worked:.1f} s of them at work\n"
    )
    return seconds


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        taken = main(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/year.db")
    sys.exit(taken > LIMIT_SECONDS)
