"""G11: what the tick asks and does costs the same among 10,000 and 1,000,000 open complaints.

The absolute goals are those of SQLite, where asking costs nothing but the answer; on PostgreSQL the
way to the server is most of it, so there the same statements are compared with 10,000 too.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

from crm import clock
from crm.complaints import jobs
from crm.complaints.queries import due
from tests.benchmarks.cases import Desk, filled, sent
from tests.benchmarks.measure import Result, Runner, clock_of, freeze, milliseconds, ratio

FEW, SOME, MANY = 10_000, 100_000, 1_000_000
GROWTH_LIMIT = 1.2
CLAIM, CLAIM_LIMIT = 100, 0.5
IDLE_LIMIT = 0.02
REPAIR_LIMIT = 500.0
SWEPT = 20


def run(server: str) -> Iterator[Result]:
    with ExitStack() as open_desks:
        few = open_desks.enter_context(filled(server, FEW))
        yield from _reconciler(server)
        many = open_desks.enter_context(filled(server, MANY))
        measured = clock_of(few.url)
        freeze()
        yield _asked("idle probe", IDLE_LIMIT, _idle(many), _idle(few), server)
        found, least = ratio(_idle_tick(many), _idle_tick(few), measured)
        yield Result("G11", "idle tick", GROWTH_LIMIT, found, f"among {FEW:,}, {least:.3f} ms")
        for desk in (few, many):
            _make_due(desk, SWEPT)
        found, least = ratio(_sweep(many), _sweep(few), measured, repeat=1)
        name = f"sweep of {SWEPT} due steps among {MANY:,}"
        yield Result("G11", name, GROWTH_LIMIT, found, f"among {FEW:,}, {least:.0f} ms")
        for desk in (few, many):
            _make_due(desk, CLAIM - SWEPT)
        yield _asked(f"{CLAIM} due steps", CLAIM_LIMIT, _claim(many), _claim(few), server)


def _asked(what: str, limit: float, tested: Runner, floor: Runner, server: str) -> Result:
    """The statements as the driver gets them."""
    if not server:
        found = milliseconds(tested, clock_of(server))
        return Result("G11", f"{what} among {MANY:,}", limit, found, "at the driver", "ms")
    found, least = ratio(tested, floor, clock_of(server))
    name, words = f"{what} among {MANY:,}", f"among {FEW:,}, {least:.3f} ms"
    return Result("G11", name, GROWTH_LIMIT, found, words)


def _make_due(desk: Desk, count: int) -> None:
    now = clock.now()
    for _ in range(count):
        desk.log(wakes_at=now, now=now)


def _reconciler(server: str) -> Iterator[Result]:
    with filled(server, SOME) as desk:

        def look() -> None:
            with desk.factory() as session:
                assert due.without_step(session, clock.now()) == []

        found = milliseconds(look, clock_of(desk.url), repeat=3)
        name = f"reconciler's question, {SOME:,} open"
        yield Result("G11", name, REPAIR_LIMIT, found, "outside the write lock", "ms")


def _idle(desk: Desk) -> Runner:
    def ask() -> None:
        with desk.factory() as session:
            assert not due.anything_due(session, clock.now())

    return sent(desk.engine, ask)


def _idle_tick(desk: Desk) -> Runner:
    return lambda: jobs.climb_ladders(desk.factory, now=clock.now)


def _claim(desk: Desk) -> Runner:
    now = clock.now() + timedelta(seconds=1)

    def ask() -> None:
        with desk.factory() as session:
            assert len(due.due_steps(session, now, CLAIM)) == CLAIM

    return sent(desk.engine, ask)


def _sweep(desk: Desk) -> Runner:
    """The tick's own transaction, taken back, so that it finds the same steps again."""
    now = clock.now() + timedelta(seconds=1)

    def sweep() -> None:
        with desk.factory() as session:
            session.connection(execution_options={"write": True})
            assert jobs.tick(session, now=now) == SWEPT
            session.rollback()

    return sweep
