"""Runs the product in a process of its own and finds a Chromium to look at it."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.browser.shop import KEY, People
from tests.databases import free_port

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # An address that is not loopback by name, hence no secure context (U24).
    "--host-resolver-rules=MAP shop.test 127.0.0.1",
]
PATIENCE = 30.0


@dataclass(frozen=True)
class Served:
    """A running shop."""

    address: str
    url: str
    people: People


def chromium() -> str | None:
    """Return the path of an installed Chromium."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@contextmanager
def web(url: str, folder: Path, *, code: Path = ROOT) -> Iterator[str]:
    """Serve the database at `url` with the code of `code`; yields the address."""
    port = free_port()
    environ = {
        **os.environ,
        "SHUKE_DATA_DIR": str(folder),
        "SHUKE_DATABASE_URL": url,
        "SHUKE_SECRET_KEY": KEY,
        "PYTHONPATH": str(code),
    }
    with (folder / f"web-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "crm.cli", "web", "--port", str(port)],
            cwd=code,
            env=environ,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(f"{address}/login", process, Path(log.name))
            yield address
        finally:
            process.terminate()
            process.wait(10)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                answer.read()
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the product did not start: {log.read_text('utf-8')[-2000:]}")


def sign_in(context: BrowserContext, address: str, token: str) -> None:
    """Give the browser the session of a person; the sign-in page has a check of its own."""
    context.add_cookies(
        [{"name": "shuke", "value": token, "url": address, "httpOnly": True, "sameSite": "Lax"}]
    )
