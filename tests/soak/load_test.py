"""Criterion 4: four people write without a pause while a worker climbs and sends; nobody waits.

Every transaction is a request to `shuke web`; what is measured is what the person waits.
"""

import statistics
import threading
import time
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest

from crm.alerts.models import Alert
from crm.alerts.rules import AlertState

TRANSACTIONS = 10_000
PEOPLE = 4
P99 = 0.5
DUE_SOON = timedelta(seconds=149)
"""One second before the first warning of a complaint in a livestream."""
LATER = 30
"""So many complaints lie between a complaint and its answer: some are warned of, some are not."""


class Person(threading.Thread):
    """Logs a complaint, acknowledges and answers it, and begins again."""

    def __init__(self, desk, number, times):
        super().__init__()
        self.desk, self.number, self.times = desk, number, times
        self.waits, self.refused = [], []

    def run(self):
        waiting = deque()
        for turn in range(self.times // 4):
            body = self._complaint()
            waiting.append(self._send("/api/v1/complaints", body, f"{turn}-log")["id"])
            if turn >= LATER:
                self._treat(waiting.popleft())
        while waiting:
            self._treat(waiting.popleft())

    def _treat(self, complaint_id):
        for kind in ("acknowledged", "public_reply", "resolution_offered"):
            body = {"type": kind, "at": datetime.now(UTC).isoformat()}
            path = f"/api/v1/complaints/{complaint_id}/events"
            self._send(path, body, f"{complaint_id}-{kind}")

    def _complaint(self):
        at = datetime.now(UTC) - DUE_SOON
        return {
            "channel": "livestream_comment",
            "text": "是不是假货？",
            "severity": 1,
            "store_id": self.desk.store_id,
            "occurred_at": at.isoformat(),
        }

    def _send(self, path, body, key):
        start = time.monotonic()
        status, answer = self.desk.post(path, body, f"{self.number}-{key}")
        self.waits.append(time.monotonic() - start)
        if status not in {200, 201}:
            self.refused.append((status, answer))
        return answer


@pytest.mark.timeout(1800)
def test_writers_and_the_worker_never_wait_long_for_each_other(make_desk, tell):
    desk = make_desk(webhooks=1, quick=False)
    desk.start_web()
    desk.start_workers(1)
    people = [Person(desk, number, TRANSACTIONS // PEOPLE) for number in range(PEOPLE)]
    started = time.monotonic()
    for person in people:
        person.start()
    for person in people:
        person.join()
    seconds = time.monotonic() - started
    waits = sorted(wait for person in people for wait in person.waits)
    p99 = waits[int(len(waits) * 0.99)]
    told = sum(state is AlertState.SENT for state in desk.all(Alert.state))
    tell(f"{len(waits)} transactions in {seconds:.0f} s beside {told} alerts: ")
    tell(f"median {statistics.median(waits):.3f} s, p99 {p99:.3f} s, longest {waits[-1]:.3f} s")
    assert [refused for person in people for refused in person.refused] == []
    assert "locked" not in desk.words.read_text()
    assert told > 0
    assert p99 <= P99
