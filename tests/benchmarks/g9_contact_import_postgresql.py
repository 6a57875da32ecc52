"""G9: the same file on PostgreSQL, against COPY of the same rows as ready bytes.

The floor copies every row that the import wrote, index entries of the search included, into the
same tables with the same indexes, in transactions as long as the import's. Both are measured in the
work of the two ends of the one connection, as a busy machine makes either of them wait.
"""

from collections.abc import Callable, Iterator
from typing import Any

from crm.contacts.service import files
from tests.benchmarks.customers import LINES, WRITTEN, Book, book, file_of
from tests.benchmarks.measure import Result, freeze, work_of

ROUNDS = 3
LIMIT = 1.5
TABLES = dict.fromkeys(WRITTEN, "contact_id") | {"contact": "id", "contact_search": "rowid"}


def run(server: str) -> Iterator[Result]:
    if not server:
        return
    content = file_of(LINES)
    freeze()
    ratio, least = sorted(_round(server, content) for _ in range(ROUNDS))[ROUNDS // 2]
    floor = f"COPY of the same rows, {LINES / least:,.0f} people/s"
    yield Result("G9", f"{LINES:,} lines taken", LIMIT, ratio, floor)


def _round(server: str, content: bytes) -> tuple[float, float]:
    with book(server, "import") as taken, book(server, "floor") as empty:
        taken.keep(content)
        spent = _work(taken, taken.take)
        floor = _work(empty, _copy(taken, empty))
        return spent / floor, floor


def _work(of: Book, act: Callable[[], object]) -> float:
    """Return what that costs both ends of the book's connection: its pool gives the same again."""
    with of.engine.connect() as connection:
        clock = work_of(connection)
    start = clock()
    act()
    return clock() - start


def _copy(taken: Book, empty: Book) -> Callable[[], None]:
    batches = list(_batches(taken))

    def copy() -> None:
        pooled = empty.engine.raw_connection()
        raw: Any = pooled.driver_connection
        for batch in batches:
            for table, block in batch:
                with raw.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as to:
                    to.write(block)
            raw.commit()
        pooled.close()

    return copy


def _batches(taken: Book) -> Iterator[list[tuple[str, bytes]]]:
    raw: Any = taken.engine.raw_connection().driver_connection
    for start in range(0, LINES, files.BATCH):
        end = start + files.BATCH
        wanted = {t: f"{of} > {start} AND {of} <= {end}" for t, of in TABLES.items()}
        subjects = f"substr(subject, 9)::int > {start} AND substr(subject, 9)::int <= {end}"
        wanted["audit_entry"] = f"subject LIKE 'contact:%' AND {subjects}"
        batch = []
        for table, where in wanted.items():
            with raw.cursor() as cursor:
                query = f"COPY (SELECT * FROM {table} WHERE {where}) TO STDOUT"
                with cursor.copy(query) as found:
                    batch.append((table, b"".join(bytes(block) for block in found)))
        yield batch
    raw.close()
