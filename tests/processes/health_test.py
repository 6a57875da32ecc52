"""Web and worker apart: who notices a worker that stands still, and who must not do its work."""

import signal
import urllib.error
import urllib.request
from datetime import timedelta

import pytest

from crm import clock
from crm.accounts import service as accounts
from crm.accounts.models import Staff
from crm.alerts.models import Alert, WorkerHeartbeat
from crm.complaints.rules.words import Channel
from crm.db import transaction
from tests.databases import free_port
from tests.fakes.robots import FakeRobots
from tests.processes.installation import Installation, environment, wait_for

LATE = "后台没有在跑"
PATIENCE = 90.0


class WebAndWorker(Installation):
    """`shuke web` and `shuke worker`, and a person who looks at a page."""

    def __init__(self, url, environ):
        super().__init__(url, environ)
        self.port = free_port()
        with transaction(self.factory) as session:
            owner = session.get_one(Staff, self.owner.id)
            self.cookie = "shuke=" + accounts.start_session(session, owner, now=clock.now())

    def start_web(self):
        self.start("web", "--port", str(self.port))
        wait_for(lambda: self.see("/login")[0])

    def see(self, path):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Cookie": self.cookie}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def is_well(self):
        return self.see("/healthz")[0] == 200 and LATE not in self.see("/inbox")[1]

    def is_late(self):
        return self.see("/healthz")[0] == 503 and LATE in self.see("/inbox")[1]


@pytest.fixture
def installed(fresh_database, tmp_path):
    with FakeRobots() as receiver:
        url = fresh_database()
        made = WebAndWorker(url, environment(url, tmp_path, receiver))
        yield made
        made.close()


def test_a_worker_that_stands_still_is_seen_on_every_page_until_it_goes_on(installed):
    installed.start_web()
    worker = installed.start_worker()
    wait_for(installed.is_well)
    installed.freeze(worker)
    wait_for(installed.is_late, PATIENCE)
    worker.send_signal(signal.SIGCONT)
    wait_for(installed.is_well, PATIENCE)


def test_web_processes_never_tick(installed):
    installed.start_web()
    installed.log(Channel.LIVESTREAM_COMMENT, age=timedelta(minutes=6))  # late when it is logged
    for _ in range(20):
        assert installed.see("/complaints")[0] == 200
    assert installed.all(Alert.id) == installed.all(WorkerHeartbeat.id) == []
    installed.start_worker()
    wait_for(lambda: installed.all(Alert.id))
