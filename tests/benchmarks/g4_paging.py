"""G4: keyset paging costs the same on every page and with every number of contacts."""

from collections.abc import Iterator
from contextlib import ExitStack

from sqlalchemy import select

from crm.contacts.models import Contact
from crm.web.pages import encode_cursor
from tests.benchmarks.measure import Result, clock_of, freeze, ratio
from tests.benchmarks.shop import Shop, filled

FEW, MANY = 200_000, 1_000_000
FIRST = "/contacts"
MIDDLE_LIMIT = 1.15
GROWTH_LIMIT = 1.2


def run(server: str) -> Iterator[Result]:
    with ExitStack() as open_shops:
        few = open_shops.enter_context(filled(server, FEW))
        many = open_shops.enter_context(filled(server, MANY))
        clock = clock_of(few.url)
        freeze()
        for shop, count in ((few, FEW), (many, MANY)):
            middle = shop.request(_page_at(shop, count // 2))
            found, least = ratio(middle, shop.request(FIRST), clock)
            what = f"page at row {count // 2:,} of {count:,}"
            yield Result("G4", what, MIDDLE_LIMIT, found, f"its own page 1, {least:.2f} ms")
        found, least = ratio(many.request(FIRST), few.request(FIRST), clock)
        what = f"page 1 of {MANY:,}"
        yield Result("G4", what, GROWTH_LIMIT, found, f"page 1 of {FEW:,}, {least:.2f} ms")


def _page_at(shop: Shop, row: int) -> str:
    """Return the address of the page that begins after this row of the list."""
    with shop.engine.connect() as connection:
        at = connection.scalar(select(Contact.active_at).where(Contact.id == row))
    assert at is not None
    return f"{FIRST}?after={encode_cursor(at.isoformat(), row)}"
