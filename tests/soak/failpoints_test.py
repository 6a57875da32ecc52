"""Criterion 2, the other half: the worker kills itself at every place where that could hurt.

Each of twelve points is hit for the 1st, 2nd, 5th and 17th time; then another worker goes on.
"""

import random
import threading
import time

import pytest
from sqlalchemy import select, update

from crm import clock
from crm.complaints.models import AlertStep
from crm.complaints.rules.words import StepState
from crm.db import transaction
from tests.soak.desk import DRAINED_WITHIN, Writers
from tests.soak.failing import POINTS

HITS = (1, 2, 5, 17)
DIES_WITHIN = 120.0
CHANNELS = 8
"""A killed sender's channel rests until its lease ends; the others go on."""


@pytest.mark.timeout(3600)
def test_a_kill_at_any_point_loses_nothing(make_desk, tell):
    started, kills = time.monotonic(), 0
    desk = make_desk(webhooks=CHANNELS)
    desk.start_web()
    with Writers(desk, people=2, every=4.0, seed=2) as writers:
        for point in POINTS:
            for hit in HITS:
                with losing_steps(desk, wanted=point.startswith("repair")):
                    desk.start(point, str(hit), module="tests.soak.failing").wait(DIES_WITHIN)
                kills += 1
    desk.start_workers(1)
    drained = desk.drain()
    found = desk.verdict(clock.now())
    seconds = time.monotonic() - started
    tell(f"{kills} kills at {len(POINTS)} points in {seconds:.0f} s, drained in {drained:.0f} s")
    tell(f"{writers.line()}: {found.line()}")
    assert writers.problems == [], desk.last_words()
    assert found.faults() == []
    assert found.outside_duplicates <= kills
    assert drained <= DRAINED_WITHIN


class losing_steps:  # noqa: N801  reads as a context
    """Take waiting steps away from their clocks, so that the reconciler has something to do."""

    def __init__(self, desk, *, wanted):
        self.desk, self.wanted = desk, wanted
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._work)

    def __enter__(self):
        if self.wanted:
            self.thread.start()

    def __exit__(self, *_):
        self.done.set()
        if self.wanted:
            self.thread.join()

    def _work(self):
        dice = random.Random(3)
        while not self.done.wait(0.2):
            with transaction(self.desk.factory) as session:
                waiting = session.scalars(
                    select(AlertStep.id).where(AlertStep.state == StepState.PENDING)
                ).all()
                some = dice.sample(waiting, min(3, len(waiting)))
                session.execute(
                    update(AlertStep).where(AlertStep.id.in_(some)).values(state=StepState.ERROR)
                )
