"""G1: the two hottest pages, signed in and translated, against the same SQL without a framework."""

from collections.abc import Iterator

from tests.benchmarks import floor
from tests.benchmarks.measure import Result, clock_of, freeze, ratio
from tests.benchmarks.shop import filled

COUNTS = (200_000, 1_000_000)
LIMIT = 2.2
PAGES = {"/contacts": "contact list, 50 of", "/today": "Today, 20 people to contact of"}


def run(server: str) -> Iterator[Result]:
    for count in COUNTS:
        with filled(server, count) as shop:
            freeze()
            for path, words in PAGES.items():
                page, bare, clock = shop.request(path), floor.runner(shop, path), clock_of(shop.url)
                found, least = ratio(page, bare, clock)
                same = f"same SQL and bytes, bare WSGI, {least:.2f} ms"
                yield Result("G1", f"{words} {count:,}", LIMIT, found, same)
