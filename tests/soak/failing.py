"""A worker that kills itself at a named point: `python -m tests.soak.failing POINT HIT`.

The product knows nothing of it: functions are wrapped by name and commits are listened to, then the
real `shuke worker` runs in this process. A point is what a transaction does with `.begin`, `.end`,
`.commit` or `.committed` (just before and just after its COMMIT), or `send.begin`, `send.end`.
"""

import functools
import importlib
import os
import signal
import sys
import threading
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from crm import worker
from crm.config import Settings
from crm.integrations.gateways import Gateways

WORK = {  # functions that take their session first
    "plan": ("crm.complaints.jobs", "tick"),
    "fire": ("crm.complaints.jobs", "fire"),
    "raise": ("crm.alerts.service", "raise_alert"),
    "repair": ("crm.complaints.jobs", "_repair"),
    "claim": ("crm.alerts.service", "claim"),
    "mark": ("crm.alerts.service", "mark"),
}
COMMITTING = {"plan", "repair", "claim", "mark"}
POINTS = (
    "fire.begin",
    "raise.end",
    "plan.commit",
    "plan.committed",
    "claim.commit",
    "claim.committed",
    "send.begin",
    "send.end",
    "mark.commit",
    "mark.committed",
    "repair.commit",
    "repair.committed",
)
OFTEN = timedelta(seconds=1)


class Trap:
    """Counts how often its point was reached, and springs at the wanted time."""

    def __init__(self, point, hit):
        assert point in POINTS
        self.point, self.left = point, hit
        self.lock = threading.Lock()
        self.committing = threading.local()

    def reach(self, point):
        with self.lock:
            self.left -= point == self.point
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def set(self):
        """Wrap the functions, listen to the commits."""
        for name, (module, function) in WORK.items():
            self._wrap(importlib.import_module(module), function, name)
        self._wrap(Gateways, "send", "send")
        event.listen(Engine, "commit", self._before_commit)
        event.listen(Session, "after_commit", self._after_commit)

    def _wrap(self, owner, function, name):
        work = getattr(owner, function)

        @functools.wraps(work)
        def act(first, *args, **kwargs):
            self.reach(f"{name}.begin")
            result = work(first, *args, **kwargs)
            self.reach(f"{name}.end")
            if name in COMMITTING:
                first.connection().info["doing"] = name
            return result

        setattr(owner, function, act)

    def _before_commit(self, connection):
        self.committing.what = connection.info.pop("doing", None)
        if self.committing.what:
            self.reach(f"{self.committing.what}.commit")

    def _after_commit(self, _session):
        what = getattr(self.committing, "what", None)
        self.committing.what = None
        if what:
            self.reach(f"{what}.committed")


def main():
    point, hit = sys.argv[1:]
    Trap(point, int(hit)).set()
    job = worker.JOBS["complaints.keep_straight"]
    worker.JOBS["complaints.keep_straight"] = replace(job, every=OFTEN)
    worker.run(Settings.from_env())


if __name__ == "__main__":
    main()
