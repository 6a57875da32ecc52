"""A shop whose hours last seconds, people who log and answer over HTTP, and somebody who kills.

The processes are the product's own: two workers, and `shuke web` with its web processes. A request
that a kill cut short is sent again with its key, as the API promises that it may be.
"""

import heapq
import http.client
import json
import os
import random
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import func, select

from crm import clock
from crm.accounts import service as accounts
from crm.accounts.models import Staff
from crm.accounts.rules import Role, Scope
from crm.alerts.models import Alert, WorkerHeartbeat
from crm.alerts.rules import AlertState
from crm.complaints.models import AlertStep, ComplaintEvent
from crm.complaints.queries.due import without_step
from crm.complaints.rules.words import StepState
from crm.complaints.service.intake import new_policy_version
from crm.db import make_engine, make_factory, transaction
from crm.integrations.rules import ChannelKind
from tests.databases import free_port
from tests.factories.alerts import make_channel
from tests.factories.stores import actor_of, make_staff, make_store
from tests.processes.installation import Installation, children, wait_for
from tests.soak.expected import LAST, Auditor, policy
from tests.soak.order import watch_order

DRAINED_WITHIN = 120.0
UNDER_WAY = (AlertState.PENDING, AlertState.LEASED)
LAST_STEP = timedelta(seconds=LAST)
FATES = (  # what becomes of a complaint: seconds after it, and what is recorded then
    (),
    (),
    ((9, "public_reply"),),
    ((3, "acknowledged"), (12, "public_reply")),
    ((4, "public_reply"), (14, "resolution_offered")),
    ((1, "public_reply"), (5, "customer_message"), (13, "public_reply")),
)


class Desk(Installation):
    """The shop with its quick ladder, a lead, two webhooks, and a token for the API."""

    def __init__(self, url, environ, receiver, webhooks=2, quick=True):
        self.environ, self.receiver = environ, receiver
        self.words = Path(environ["SHUKE_DATA_DIR"]).parent / "words.txt"
        self.engine = make_engine(url)
        self.factory = make_factory(self.engine)
        self.started, self.workers = [], []
        self.port = free_port()
        now = clock.now()
        with transaction(self.factory) as session:
            self.store_id = make_store(session).id
            staff = make_staff(session, Role.OWNER)
            self.owner = actor_of(session, staff)
            make_staff(session, Role.LEAD)
            if quick:
                new_policy_version(session, policy(), actor=None, now=now)
            for _ in range(webhooks):
                make_channel(session, self.owner, ChannelKind.WEBHOOK, url=receiver.webhook())
            self.token = self._token(session, staff, now)
        watch_order(self.engine)

    def _token(self, session, staff: Staff, now):
        return accounts.make_token(session, staff, "soak", Scope.WRITE, actor=None, now=now)

    def start(self, *command, module="crm.cli"):
        """As elsewhere, but a web server tells of every web process that was killed."""
        with self.words.open("ab") as words:
            return super().start(*command, module=module, stderr=words)

    def start_web(self):
        self.web = self.start("web", "--port", str(self.port))
        wait_for(lambda: self.ask("GET", "/healthz")[0])

    def ask(self, method, path, body=None, key=""):
        """Send one request; returns its status and content, (0, None) when it was cut short."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()

    def post(self, path, body, key):
        """Send a POST until it is answered; returns status and JSON."""
        while True:
            status, content = self.ask("POST", path, body, key)
            if status:
                return status, json.loads(content)
            time.sleep(0.05)

    def ticking(self):
        """The workers that have shown a sign of life."""
        names = set(self.all(WorkerHeartbeat.worker))
        return [worker for worker in self.workers if str(worker.pid) in names]

    def start_workers(self, how_many, *command, module="crm.cli"):
        for _ in range(how_many):
            self.workers.append(self.start(*(command or ["worker"]), module=module))

    def left(self):
        """What has still to happen: steps of this test's ladder, repairs, messages under way."""
        horizon = clock.now() + LAST_STEP
        steps = select(func.count(AlertStep.id)).where(
            AlertStep.state == StepState.PENDING, AlertStep.wake_at <= horizon
        )
        alerts = select(func.count(Alert.id)).where(Alert.state.in_(UNDER_WAY))
        with self.factory() as session:
            waiting = session.scalar(steps) + session.scalar(alerts)
            return waiting + len(without_step(session, clock.now()))

    def drain(self, within=DRAINED_WITHIN):
        """Wait until nothing is left; returns how long that took."""
        start = time.monotonic()
        wait_for(lambda: not self.left(), within)
        return time.monotonic() - start

    def verdict(self, ended_at):
        with self.engine.connect() as connection:
            return Auditor(connection, self.receiver.accepted, ended_at).verdict()

    def last_words(self):
        """What they had to say, without the farewells to those that were killed."""
        lines = self.words.read_text().splitlines()
        return "\n".join(one for one in lines if "SIGKILL" not in one)[-5000:]

    def events_kept(self):
        with self.factory() as session:
            return session.scalar(select(func.count(ComplaintEvent.id)))


class Writers:
    """People at their phones: each logs complaints and does with them what fate says."""

    def __init__(self, desk, *, people, every, seed):
        self.desk, self.every = desk, every
        self.stopping = threading.Event()
        self.problems, self.logged, self.recorded = [], [], []
        self.threads = [
            threading.Thread(target=self._work, args=[random.Random(f"{seed}-{n}"), n])
            for n in range(people)
        ]

    def line(self):
        return f"complaints {len(self.logged)}, events {len(self.recorded)}"

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _work(self, dice, person):
        keys = (f"{person}-{number}" for number in count())
        todo, at = [], time.monotonic()
        while todo or not self.stopping.is_set():
            if todo and todo[0][0] <= time.monotonic():
                _at, _number, complaint_id, kind = heapq.heappop(todo)
                self._record(complaint_id, kind, next(keys))
            elif not self.stopping.is_set() and at <= time.monotonic():
                at = time.monotonic() + dice.uniform(0.5, 1.5) * self.every
                key = next(keys)
                complaint_id = self._log(key)
                for wait, kind in dice.choice(FATES) if complaint_id else ():
                    heapq.heappush(todo, (time.monotonic() + wait, key, complaint_id, kind))
            else:
                time.sleep(0.02)

    def _log(self, key):
        body = {"channel": "livestream_comment", "text": "是不是假货？", "severity": 1}
        body |= {"store_id": self.desk.store_id, "occurred_at": _now()}
        status, answer = self.desk.post("/api/v1/complaints", body, key)
        if status != 201:
            self.problems.append((status, answer))
            return None
        self.logged.append(answer["id"])
        return answer["id"]

    def _record(self, complaint_id, kind, key):
        path = f"/api/v1/complaints/{complaint_id}/events"
        body = {"type": kind, "at": _now(), "text": "这就核对"}
        if kind == "customer_message":
            body["data"] = {"intent": "problem"}
        status, answer = self.desk.post(path, body, key)
        if status not in {200, 201}:
            self.problems.append((status, answer))
        else:
            self.recorded.append((complaint_id, kind))


class Killer:
    """Ends one process after the other with SIGKILL; workers are started again by hand."""

    def __init__(self, desk, *, seed, shortest=0.2, longest=2.2):
        self.desk, self.dice = desk, random.Random(seed)
        self.shortest, self.longest = shortest, longest
        self.kills = {"worker": 0, "web": 0}

    @property
    def count(self):
        return sum(self.kills.values())

    def kill(self, times):
        while self.count < times:
            time.sleep(self.dice.uniform(self.shortest, self.longest))
            if self.dice.random() < 0.7:
                self._kill_worker()
            else:
                self._kill_web()

    def _kill_worker(self):
        alive = self.desk.ticking()
        if len(alive) < len(self.desk.workers) and self.dice.random() < 0.8:
            return  # mostly somebody goes on
        if not alive:
            return
        victim = self.dice.choice(alive)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        self.desk.workers.remove(victim)
        self.desk.started.remove(victim)
        self.desk.start_workers(1)
        self.kills["worker"] += 1

    def _kill_web(self):
        webs = sorted(children(self.desk.web.pid))
        if len(webs) > 1 or (webs and self.dice.random() < 0.2):
            os.kill(self.dice.choice(webs), signal.SIGKILL)
            self.kills["web"] += 1


def _now():
    return datetime.now(UTC).isoformat()
