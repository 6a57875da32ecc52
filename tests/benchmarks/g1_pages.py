"""G1: the two hottest pages, signed in and translated, against the same SQL without a framework."""

from collections.abc import Iterator

from tests.benchmarks import floor
from tests.benchmarks.measure import Result, clock_of, freeze, ratio
from tests.benchmarks.shop import filled

CONTACTS = 200_000
LIMIT = 2.2
PAGES = {"/contacts": "contact list, 50 of 200,000", "/today": "Today, 20 people to contact"}


def run(server: str) -> Iterator[Result]:
    with filled(server, CONTACTS) as shop:
        freeze()
        for path, name in PAGES.items():
            found, least = ratio(shop.request(path), floor.runner(shop, path), clock_of(shop.url))
            yield Result("G1", name, LIMIT, found, f"same SQL and bytes, bare WSGI, {least:.2f} ms")
