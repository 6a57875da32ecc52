"""How the benchmarks measure: two runners in turn, in one process, median of paired rounds."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

ROUNDS = 21
REPEAT = 15
Runner = Callable[[], object]


@dataclass(frozen=True)
class Result:
    """One line of the report."""

    goal: str
    what: str
    limit: float
    figure: float
    floor: str
    unit: str = "x"

    @property
    def reached(self) -> bool:
        return self.figure <= self.limit

    def line(self) -> str:
        word = "reached" if self.reached else "MISSED"
        return (
            f"{self.goal:<4} {word:<8} {self.what}: {self._told(self.figure)}, "
            f"at most {self._told(self.limit)}  (floor: {self.floor})"
        )

    def _told(self, figure: float) -> str:
        return f"{figure:.2f}x" if self.unit == "x" else f"{figure:.3g} {self.unit}"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "reached": self.reached}


def freeze() -> None:
    """As the web processes do once they have loaded: what is there is not collected again."""
    gc.collect()
    gc.freeze()


def ratio(
    tested: Runner, floor: Runner, clock: Callable[[], float], repeat: int = REPEAT
) -> tuple[float, float]:
    """Return the median ratio of paired rounds, and the floor's median in milliseconds."""
    for _ in range(repeat):  # caches of both sides fill
        tested()
        floor()
    pairs = [(_spent(tested, clock, repeat), _spent(floor, clock, repeat)) for _ in range(ROUNDS)]
    ratios = [one / other for one, other in pairs]
    return statistics.median(ratios), 1000 * statistics.median(other for _one, other in pairs)


def milliseconds(tested: Runner, clock: Callable[[], float], repeat: int = REPEAT) -> float:
    """Return the median of rounds in milliseconds."""
    tested()
    return 1000 * statistics.median(_spent(tested, clock, repeat) for _ in range(ROUNDS))


def _spent(runner: Runner, clock: Callable[[], float], repeat: int) -> float:
    start = clock()
    for _ in range(repeat):
        runner()
    return (clock() - start) / repeat


def work_of(connection: Connection) -> Callable[[], float]:
    """CPU time of this process and, on PostgreSQL, of its other end; wall time if that is away."""
    if connection.dialect.name == "sqlite":
        return time.process_time
    spent = Path(
        f"/proc/{connection.exec_driver_sql('SELECT pg_backend_pid()').scalar()}/schedstat"
    )
    if not spent.exists():
        return time.perf_counter
    return lambda: time.process_time() + int(spent.read_text().split()[0]) / 1e9


def clock_of(url: str) -> Callable[[], float]:
    """CPU time; for PostgreSQL, whose work is done in another process, wall time."""
    return time.perf_counter if url.startswith("postgresql") else time.process_time
