"""G5: ten kinds of questions to the search among 1,000,000 contacts, and what its index takes.

Each kind is asked with many different words by the service's own search, which answers with the
latest 50. The floor of two Chinese characters is the same answer by LIKE, latest first, for a name
so rare that it has to read everybody.
"""

import random
import statistics
from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy import text

from crm.contacts.queries import search_contacts
from crm.contacts.rules import initials
from tests.benchmarks import data
from tests.benchmarks.measure import Result, clock_of, freeze, ratio, work_of
from tests.benchmarks.shop import Shop, filled

COUNTS = (200_000, 1_000_000)
ASKED = 100
FOUND = 50
WORST, HALF, BYTES = 8.0, 1.2, 45.0
FASTER = 1 / 100
OF_OLD = 30.0
BY_LIKE = (
    "SELECT id, name, nickname, store_id FROM contact WHERE search_text LIKE {}"
    " ORDER BY active_at DESC, id DESC LIMIT 50"
)
SIZE = {
    "sqlite": "SELECT sum(length(block)) FROM contact_search_data",
    "postgresql": "SELECT pg_relation_size('ix_contact_search_grams')",
}


def run(server: str) -> Iterator[Result]:
    for count in COUNTS:
        with filled(server, count, searchable=True) as shop:
            freeze()
            yield from _asked(shop, count)


def _asked(shop: Shop, count: int) -> Iterator[Result]:
    among, clock = f"among {count:,}", clock_of(shop.url)
    kinds = _kinds(count)
    spent = {kind: sorted(_spent(shop, words)) for kind, words in kinds.items()}
    for kind, times in spent.items():
        example = f"such as {kinds[kind][0]}"
        yield Result("G5", f"{kind} {among}, p99", WORST, times[int(ASKED * 0.99)], example, "ms")
    every = [one for times in spent.values() for one in times]
    yield Result(
        "G5", f"every kind {among}, p50", HALF, statistics.median(every), "all of these", "ms"
    )
    old = sorted(_spent(shop, [data.TAG_OF_OLD] * ASKED))
    what = f"10,000 who were all active long ago {among}, p99"
    yield Result("G5", what, OF_OLD, old[int(ASKED * 0.99)], "not of the ten", "ms")
    like = _by_like(shop, data.RARE)
    with shop.factory() as session:
        by_index = partial(search_contacts, session, data.RARE, None, FOUND)
        found, least = ratio(by_index, like, clock, repeat=3)
    what = f"two Chinese characters that one of 25,000 has {among}"
    yield Result("G5", what, FASTER, found, f"LIKE, {least:.0f} ms")
    with shop.engine.connect() as connection:
        size = connection.scalar(text(SIZE[connection.dialect.name]))
    yield Result(
        "G5", f"index of {count:,}, bytes a contact", BYTES, size / count, "what is stored", "B"
    )


def _kinds(count: int) -> dict[str, list[str]]:
    """Return ten kinds of questions, each with the words of other people."""
    chance = random.Random(5)  # the same words every time
    some = [chance.randrange(1, count + 1) for _ in range(ASKED)]
    names = [data.name_of(number) for number in some]
    letters = [initials(name).split()[0] for name in names]
    wishes = [chance.choice(data.PRODUCTS)[:2] for _ in some]
    return {
        "one character": [name[0] for name in names],
        "two characters": [name[:2] for name in names],
        "whole name": names,
        "nickname": [f"小{name[1]}" for name in names],
        "initials": letters,
        "one letter": [found[0] for found in letters],
        "last four digits": [data.phone_of(number)[-4:] for number in some],
        "whole number": [data.phone_of(number) for number in some],
        "tag": [chance.choice(("旗袍", "怕热面料")) for _ in some],
        "name and remark": [f"{name[1:]} {wish}" for name, wish in zip(names, wishes, strict=True)],
    }


def _spent(shop: Shop, words: list[str]) -> Iterator[float]:
    """Ask each word once after everything was asked once; yields milliseconds."""
    with shop.factory() as session:
        if session.connection().dialect.name == "postgresql":  # what helps it would not be counted
            session.execute(text("SET max_parallel_workers_per_gather = 0"))
        clock = work_of(session.connection())
        for word in words:
            search_contacts(session, word, None, FOUND)
        for word in words:
            start = clock()
            search_contacts(session, word, None, FOUND)
            yield 1000 * (clock() - start)


def _by_like(shop: Shop, word: str) -> Callable[[], object]:
    connection = shop.engine.raw_connection().driver_connection
    assert connection is not None
    mark = "?" if shop.engine.dialect.name == "sqlite" else "%s"
    return lambda: connection.cursor().execute(BY_LIKE.format(mark), (f"%{word}%",)).fetchall()
