"""`shuke demo` as people run it: logins on stdout, the story's time on the pages, nothing left."""

import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.databases import free_port
from tests.processes.serve_test import wait_for

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn is not there")


class Running:
    """A running `shuke demo` with the lines it printed before it served."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "crm.cli", "demo", "--port", str(self.port), *options],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(folder), "SHUKE_DATA_DIR": str(folder / "own")},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("http"):
                break
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.browser = urllib.request.build_opener(cookies)

    def get(self, path: str, data: dict[str, str] | None = None) -> str:
        body = urllib.parse.urlencode(data).encode() if data else None
        address = f"http://127.0.0.1:{self.port}{path}"
        with self.browser.open(address, body, timeout=10) as answer:
            return answer.read().decode()

    def answers(self) -> str | None:
        try:
            return self.get("/login")
        except OSError:
            return None

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return code


def test_demo_prints_logins_and_opens_at_its_time_and_leaves_nothing(tmp_path: Path) -> None:
    demo = Running(tmp_path, "--shop", "teapots", "--size", "small", "--password", "clay and tea 1")
    try:
        assert demo.lines == [
            "teapots\towner\txiaobu\tclay and tea 1",
            f"http://127.0.0.1:{demo.port}/",
        ]
        page = wait_for(demo.answers, PATIENCE)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
        entered = {"csrf_token": token, "login": "xiaobu", "password": "clay and tea 1"}
        today = demo.get("/login", entered)
        assert re.search(r"演示时间 6 月 18 日 20:2[23]", today)
        assert "今天 6 月 18 日 周三" in today
        assert list(tmp_path.glob("shuke-demo-teapots-*/shuke.db"))
        link = re.search(r'value="http://[^/]+(/share/[^"]+)"', demo.get("/albums/1"))[1]
        shown = demo.get(link)
        assert "新到的 9 把壶" in shown
        assert len(re.findall(r'src="[^"]+-small.jpg"', shown)) == 9
    finally:
        code = demo.stop()
    assert code == 0
    assert not list(tmp_path.glob("shuke-demo-*"))
    assert not (tmp_path / "own" / "shuke.db").exists()


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [("--as-of", "yesterday", "write now or"), ("--shop", "shoes", "apparel")],
)
def test_demo_says_what_to_do_about_a_bad_option(option: str, value: str, hint: str) -> None:
    command = [sys.executable, "-m", "crm.cli", "demo", option, value]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert hint in done.stderr
    assert "Traceback" not in done.stderr
