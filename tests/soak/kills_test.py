"""Criterion 2 of the alert engine: 200 random kills -9, then nothing lost, wrong or doubled.

Two workers climb and send, two web processes log and answer; any of the four is killed at any
moment. What must have arrived is reckoned from the log of events alone (tests/soak/expected.py).
"""

import time

import pytest

from crm import clock
from tests.soak.desk import DRAINED_WITHIN, Killer, Writers

KILLS = 200
WORKERS = 2
LATENCY = 0.02


@pytest.mark.timeout(1800)
def test_random_kills_lose_nothing_and_send_nothing_wrong(make_desk, receiver, tell):
    started = time.monotonic()
    desk = make_desk(webhooks=2)
    receiver.latency = LATENCY
    desk.start_web()
    desk.start_workers(WORKERS)
    killer = Killer(desk, seed=1)
    with Writers(desk, people=4, every=5.0, seed=1) as writers:
        killer.kill(KILLS)
    drained = desk.drain()
    found = desk.verdict(clock.now())
    tell(f"{killer.kills} kills in {time.monotonic() - started:.0f} s, drained in {drained:.0f} s")
    tell(f"{writers.line()}: {found.line()}")
    assert writers.problems == [], desk.last_words()
    assert desk.events_kept() >= len(writers.logged) + len(writers.recorded)
    assert found.faults() == []
    assert found.outside_duplicates <= killer.kills["worker"]
    assert drained <= DRAINED_WITHIN
    assert found.steps > 10 * len(writers.logged)
