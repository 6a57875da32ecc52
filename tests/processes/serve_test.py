"""`shuke serve` as people run it: real processes, real signals."""

import contextlib
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.databases import free_port
from tests.processes.installation import PATIENCE, ROOT, children, environment, wait_for

GONE_WITHIN = 2.5

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn and /proc are not there")


def alive(pids):
    """Return which of the processes still run; a zombie does not."""
    running = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            running |= {pid} if state != "Z" else set()
    return running


class Served:
    """A running `shuke serve`."""

    def __init__(self, environ):
        self.environ = environ
        self.port = free_port()
        self.process = self.start(self.port)

    def start(self, port, command="serve"):
        return subprocess.Popen(
            [sys.executable, "-m", "crm.cli", command, "--port", str(port)],
            cwd=ROOT,
            env=self.environ,
            stderr=subprocess.PIPE,
            text=True,
        )

    def status(self, path="/login"):
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=10
            ) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return None

    def workers(self):
        found = children(self.process.pid)
        return {pid for pid, command in found.items() if " worker " in command}

    def family(self):
        return {self.process.pid, *children(self.process.pid)}

    def end(self):
        family = self.family()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=PATIENCE)
        return family


@pytest.fixture
def environ(fresh_database, tmp_path):
    return environment(fresh_database(), tmp_path)


@pytest.fixture
def served(environ):
    served = Served(environ)
    wait_for(lambda: served.status() is not None and served.workers())
    yield served
    served.end()


def test_server_answers_refuses_a_second_and_leaves_nothing_behind(served):
    assert wait_for(lambda: served.status("/setup")) == 200
    second = served.start(served.port)
    _out, words = second.communicate(timeout=PATIENCE)
    assert second.returncode == 1
    assert "--port" in words.splitlines()[-1]
    family = served.end()
    assert served.process.returncode == 0
    wait_for(lambda: not alive(family), GONE_WITHIN)


def test_killed_worker_and_killed_web_process_come_back(served):
    (worker,) = served.workers()
    webs = set(children(served.process.pid)) - {worker}
    os.kill(worker, signal.SIGKILL)
    os.kill(min(webs), signal.SIGKILL)
    wait_for(lambda: served.workers() - {worker})
    wait_for(lambda: len(set(children(served.process.pid)) - served.workers() - webs) == 1)
    assert wait_for(served.status) in {200, 303}


def test_nothing_outlives_a_killed_server(served):
    family = served.family()
    assert len(family) >= 3
    served.process.kill()
    served.process.wait()
    wait_for(lambda: not alive(family), GONE_WITHIN)


def test_interrupt_ends_the_server_without_a_traceback(served):
    family = served.family()
    served.process.send_signal(signal.SIGINT)
    _out, words = served.process.communicate(timeout=PATIENCE)
    assert "Traceback" not in words
    wait_for(lambda: not alive(family), GONE_WITHIN)


def test_first_start_makes_folder_key_and_tables(environ, tmp_path):
    data = tmp_path / "first"
    environ |= {"SHUKE_DATA_DIR": str(data)}
    del environ["SHUKE_DATABASE_URL"], environ["SHUKE_SECRET_KEY"]
    served = Served(environ)
    assert wait_for(lambda: served.status("/setup")) == 200
    served.end()
    assert (data / "shuke.db").exists()
    assert (data / "secret.key").stat().st_mode & 0o777 == 0o600
