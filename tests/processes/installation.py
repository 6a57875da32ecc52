"""A shop in a database of its own and the processes that a test starts, stops and kills."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from crm import clock
from crm.accounts.rules import Role
from crm.alerts import service
from crm.alerts.models import Alert, WorkerHeartbeat
from crm.alerts.rules import AlertKind
from crm.complaints.rules.commands import LogComplaint
from crm.complaints.rules.words import Category, Channel
from crm.complaints.service import log_complaint
from crm.db import make_engine, make_factory, transaction
from crm.integrations.rules import ChannelKind, Level
from crm.stores.models import Shop
from tests.factories.alerts import make_channel, new_alert
from tests.factories.stores import actor_of, make_staff, make_store

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
SECRET = "key of the tests"


def wait_for(question, patience=PATIENCE):
    """Ask again and again; returns the first answer that is true."""
    end = time.monotonic() + patience
    while not (answer := question()):
        assert time.monotonic() < end, f"waited {patience} s in vain"
        time.sleep(0.02)
    return answer


def environment(url, folder, receiver=None):
    """What a process of the product is told, and nothing of this one's environment."""
    return {
        "PATH": os.environ["PATH"],
        "SHUKE_DATA_DIR": str(folder / "data"),
        "SHUKE_DATABASE_URL": url,
        "SHUKE_SECRET_KEY": SECRET,
        "SHUKE_ALLOWED_WEBHOOK_HOSTS": receiver.host if receiver else "",
        "SHUKE_LOG_LEVEL": "ERROR",
    }


def children(pid):
    """Return the ids of the processes whose parent is `pid`, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
    return found


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


class Installation:
    """A shop with one open complaint, its database, and the processes that a test starts."""

    def __init__(self, url, environ):
        self.environ = environ
        self.engine = make_engine(url)
        self.factory = make_factory(self.engine)
        self.started = []
        with transaction(self.factory) as session:
            self.store_id = make_store(session).id
            self.owner = actor_of(session, make_staff(session, Role.OWNER))
        self.complaint = self.log(Channel.COUNTER, age=timedelta(0))

    def log(self, channel, *, age):
        command = LogComplaint(
            channel=channel,
            text="这是假货吧",
            occurred_at=clock.now() - age,
            store_id=self.store_id,
            category=Category.SUSPECTED_FAKE,
        )
        with transaction(self.factory) as session:
            return log_complaint(session, command, actor=self.owner, now=clock.now())

    def add_channel(self, kind=ChannelKind.WECOM_ROBOT, *, url):
        with transaction(self.factory) as session:
            return make_channel(session, self.owner, kind, url=url)

    def raise_alert(self, base="handed-1:1", **overrides):
        """What a web process does in the transaction that makes an alert necessary."""
        new = new_alert(
            self.owner.id,
            base=base,
            kind=AlertKind.COMPLAINT,  # of no clock: needed while the case is open
            subject_id=self.complaint.id,
            level=Level.L1,
            **overrides,
        )
        with transaction(self.factory) as session:
            service.raise_alert(session, new, now=clock.now())

    def start(self, *command, module="crm.cli", **options):
        """Run a command of the product in a process of its own."""
        process = subprocess.Popen(
            [sys.executable, "-m", module, *command], cwd=ROOT, env=self.environ, **options
        )
        self.started.append(process)
        return process

    def start_worker(self):
        """Start a worker and wait until it ticks."""
        worker = self.start("worker")
        self.wait_until_ticking(worker)
        return worker

    def wait_until_ticking(self, worker):
        name = str(worker.pid)
        wait_for(lambda: name in self.all(WorkerHeartbeat.worker))

    def rows(self, statement):
        with self.factory() as session:
            return session.execute(statement).all()

    def all(self, column):
        return [row[0] for row in self.rows(select(column))]

    def outbox(self):
        with self.factory() as session:
            return session.scalars(select(Alert.state).where(Alert.channel_id.is_not(None))).all()

    def freeze(self, worker):
        """Stop a worker where it stands, but not while it keeps everybody from writing."""
        with transaction(self.factory):
            worker.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, worker.pid, os.WSTOPPED | os.WNOWAIT)

    def let_time_pass(self, **gap):
        """Let processes that start from now on live so much later."""
        with transaction(self.factory) as session:
            shop = session.get_one(Shop, 1)
            shop.demo_offset_seconds = int(timedelta(**gap).total_seconds())

    def close(self):
        for process in self.started:
            process.kill()
            process.wait()
        self.engine.dispose()
