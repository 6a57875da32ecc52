"""G7: a file of 200,000 customers against the bare insertion of the same rows, and who waits.

The floor writes the valid rows that the import made, in transactions as long as its own, into the
same tables with the same indexes. An import that writes neither search index nor audit log is
measured beside the whole one.
"""

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from crm.contacts.service import files, planning, taking
from crm.db import PRAGMAS, transaction
from crm.stores.models import Shop
from tests.benchmarks.customers import KEY, LINES, WRITTEN, Book, book, file_of
from tests.benchmarks.measure import Result, freeze

ROUNDS = 3
FEW = 20_000
BARE_LIMIT = 1 / 0.6
WHOLE_LIMIT = 1 / 0.3
WAIT_LIMIT = 300.0
GROWTH_LIMIT = 16.0
"""Megabytes: one part more or less in memory, nothing that grows with the file."""


def run(server: str) -> Iterator[Result]:
    if server:
        return
    content = file_of(LINES)
    freeze()
    found = sorted(_round(content) for _ in range(ROUNDS))
    bare, whole, least = found[ROUNDS // 2]
    floor = f"executemany of the same rows, {LINES / least:,.0f} people/s"
    what = f"{LINES:,} lines taken without index and audit"
    yield Result("G7", what, BARE_LIMIT, bare, floor)
    yield Result("G7", f"{LINES:,} lines taken, all of it", WHOLE_LIMIT, whole, floor)
    waited = _longest_wait(content)
    yield Result("G7", "longest wait of others meanwhile", WAIT_LIMIT, waited, "wall", "ms")
    small, large = _peak(FEW), _peak(LINES)
    what = f"peak memory of {LINES:,} lines over that of {FEW:,}"
    yield Result("G7", what, GROWTH_LIMIT, large - small, f"{small:.0f} MB", "MB")


def _round(content: bytes) -> tuple[float, float, float]:
    """Return what the import costs in floors, bare and whole, and the floor in seconds."""
    with book("", "import") as taken, book("", "floor") as empty, book("", "bare") as plain:
        taken.keep(content)
        plain.keep(content)
        with _without_index() as beside:
            bare = _cpu(plain.take) - beside()
        whole = _cpu(taken.take)
        floor = _cpu(_insertion(taken, empty))
        return bare / floor, whole / floor, floor


def _cpu(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return time.process_time() - start


@contextlib.contextmanager
def _without_index() -> Iterator[Callable[[], float]]:
    """Write neither search index nor audit log while the block runs; gives what texts to find cost.

    The column of these texts is written all the same, as the floor writes it.
    """
    spent = [0.0]
    before = planning.search_text, taking.written_terms, taking.insert_rows

    def text(*args: Any) -> str:
        start = time.process_time()
        found = before[0](*args)
        spent[0] += time.process_time() - start
        return found

    def rows(session: Any, table: Any, *args: Any) -> None:
        if table.name not in {"audit_entry", "contact_search"}:
            before[2](session, table, *args)

    planning.search_text, taking.insert_rows = text, rows
    taking.written_terms = lambda *_: ""
    try:
        yield lambda: spent[0]
    finally:
        planning.search_text, taking.written_terms, taking.insert_rows = before


def _insertion(taken: Book, empty: Book) -> Callable[[], None]:
    """Return the floor: the rows of the taken book, written into the empty one."""
    connection = sqlite3.connect(make_url(empty.url).database or "", isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    batches = list(_batches(taken))

    def insert() -> None:
        for batch in batches:
            connection.execute("BEGIN IMMEDIATE")
            for statement, rows in batch:
                connection.executemany(statement, rows)
            connection.execute("COMMIT")
        connection.close()

    return insert


def _batches(taken: Book) -> Iterator[list[tuple[str, list[Any]]]]:
    with taken.engine.connect() as connection:
        for start in range(0, LINES, files.BATCH):
            batch = []
            for table in WRITTEN:
                of = "id" if table == "contact" else "contact_id"
                found = connection.exec_driver_sql(
                    f"SELECT * FROM {table} WHERE {of} > ? AND {of} <= ?",
                    (start, start + files.BATCH),
                )
                marks = ", ".join("?" * len(found.keys()))
                batch.append((f"INSERT INTO {table} VALUES ({marks})", [tuple(r) for r in found]))
            yield batch


def _longest_wait(content: bytes) -> float:
    """Return how long, in ms, the slowest of many small writes took beside a worker's import."""
    with book("", "waits") as taken:
        taken.keep(content)
        worker = _worker(taken)
        longest = 0.0
        while worker.poll() is None:
            start = time.perf_counter()
            with transaction(taken.factory) as session:
                session.get_one(Shop, 1).demo_offset_seconds = int(start)
            longest = max(longest, time.perf_counter() - start)
            time.sleep(0.01)
        return 1000 * longest


def _peak(lines: int) -> float:
    """Return the most memory of its own, in MB, that a worker's import of so many lines took.

    The database file, which SQLite maps, is left out: its pages are the system's to take back.
    """
    with book("", "memory") as taken:
        taken.keep(file_of(lines))
        worker, most = _worker(taken), 0
        while worker.poll() is None:
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{worker.pid}/status").read_text()
                found = re.search(r"RssAnon:\s+(\d+) kB", status)
                most = max(most, int(found[1]) if found else 0)
            time.sleep(0.01)
        if worker.returncode:
            raise RuntimeError("the import failed")
        return most / 1024


def _worker(taken: Book) -> "subprocess.Popen[bytes]":
    environ = os.environ | {
        "SHUKE_DATABASE_URL": taken.url,
        "SHUKE_SECRET_KEY": KEY,
        "SHUKE_LOG_LEVEL": "ERROR",
    }
    arguments = ["-m", "crm.cli", "worker", "--job", "contacts.take_files"]
    return subprocess.Popen([sys.executable, *arguments], env=environ)
