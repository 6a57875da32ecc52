"""G14: from due to sent, through a real worker and a receiver on this machine."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import select

from crm import clock
from crm.alerts.models import Alert, WorkerHeartbeat
from crm.alerts.rules import AlertState
from crm.complaints.queries import due
from crm.db import transaction
from crm.integrations.rules import ChannelKind, NewChannel
from crm.integrations.service import add_channel
from tests.benchmarks.cases import KEY, Desk, filled, sent
from tests.benchmarks.measure import Result, milliseconds
from tests.fakes.robots import FakeRobots

OPEN = 100_000
DUE = 300
AHEAD = timedelta(seconds=60)  # all are logged by then
EVERY = timedelta(seconds=0.2)
BREATH = 0.02  # who logs so many is not one process without a pause
P99, WORST = 2.0, 4.0
SCAN_LIMIT = 50.0
PATIENCE = 120.0


def run(server: str) -> Iterator[Result]:
    with FakeRobots() as receiver, filled(server, OPEN) as desk:
        now = clock.now()
        with transaction(desk.factory) as session:
            channel = NewChannel(ChannelKind.WEBHOOK, receiver.webhook())
            add_channel(session, channel, actor=desk.owner, now=now)
        with _worker(desk, receiver.host):
            waits = sorted(_waits(desk))
        scan = milliseconds(_scan(desk), time.perf_counter)
    floor = f"{DUE} in {DUE * EVERY.total_seconds():.0f} s, {OPEN:,} open, tick 1 s"
    p99 = waits[int(len(waits) * 0.99)]
    yield Result("G14", "due to sent, p99", P99, p99, floor, "s")
    yield Result("G14", "due to sent, worst", WORST, waits[-1], floor, "s")
    yield Result("G14", "scan", SCAN_LIMIT, scan, "at the driver", "ms")


@contextmanager
def _worker(desk: Desk, host: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="shuke-bench-") as folder:
        environ = {
            "PATH": os.environ["PATH"],
            "SHUKE_DATA_DIR": folder,
            "SHUKE_DATABASE_URL": desk.url,
            "SHUKE_SECRET_KEY": KEY,
            "SHUKE_ALLOWED_WEBHOOK_HOSTS": host,
            "SHUKE_LOG_LEVEL": "ERROR",
        }
        process = subprocess.Popen([sys.executable, "-m", "crm.cli", "worker"], env=environ)
        try:
            _wait_for(desk, select(WorkerHeartbeat.id), 1)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _waits(desk: Desk) -> Iterator[float]:
    """Log complaints whose first warning comes due one after the other; return their waits."""
    first = clock.now() + AHEAD
    for number in range(DUE):
        desk.log(wakes_at=first + number * EVERY, now=clock.now())
        time.sleep(BREATH)
    carried = Alert.channel_id.is_not(None), Alert.state == AlertState.SENT
    _wait_for(desk, select(Alert.id).where(*carried), DUE)
    with desk.factory() as session:
        for alert in session.scalars(select(Alert).where(*carried)):
            assert alert.sent_at is not None
            yield (alert.sent_at - alert.fire_at).total_seconds()


def _wait_for(desk: Desk, rows: object, count: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        with desk.factory() as session:
            if len(session.scalars(rows).all()) >= count:  # type: ignore[call-overload]
                return
        if time.monotonic() > end:
            raise RuntimeError("the worker did not do it in time")
        time.sleep(0.2)


def _scan(desk: Desk) -> object:
    def ask() -> None:
        with desk.factory() as session:
            due.anything_due(session, clock.now())

    return sent(desk.engine, ask)
