"""The web server, with the worker beside it: gunicorn embedded, waitress on Windows.

gunicorn's first process keeps the worker: it starts it again after 0.5, 1, 2 ... 30 seconds and
ends it on the way out. Killed outright, it leaves nothing behind: its web processes and the worker
notice that their parent has gone.
"""

import gc
import multiprocessing
import os
import socket  # noqa: TID251  asks whether the port is free, before anything starts
import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import Any

import click
from flask import Flask

from crm import log
from crm.app import create_app
from crm.config import Settings

THREADS = 4
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY = 60.0  # a worker that ran this long starts the pauses anew
LAST_WORDS = 10.0  # what a job in progress gets to end


def serve_web(settings: Settings, host: str, port: int, *, with_worker: bool) -> None:
    """Serve until told to stop."""
    log.configure(settings.log_level)
    _refuse_taken_port(host, port)
    # Without an address of its own the shop is where it listens: alerts need a link.
    settings = replace(settings, base_url=settings.base_url or _address(host, port))
    keeper = WorkerKeeper(settings) if with_worker else None
    if sys.platform == "win32":
        _serve_on_windows(settings, host, port, keeper)
    else:
        _serve_with_gunicorn(settings, host, port, keeper)


class WorkerKeeper:
    """Starts `shuke worker`, starts it again when it ends, ends it when the server ends."""

    def __init__(self, settings: Settings) -> None:
        self._environ = settings.child_environ()
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if sys.platform != "win32":
            # A web process forked while the worker is being spawned would keep the pipe open on
            # which Popen waits for the worker's exec, and the keeper would wait for ever.
            release = self._lock.release
            os.register_at_fork(
                before=self._lock.acquire, after_in_parent=release, after_in_child=release
            )
        threading.Thread(target=self._keep, name="worker keeper", daemon=True).start()

    def stop(self) -> None:
        with self._lock:
            self._ending.set()
            process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(LAST_WORDS)
        except subprocess.TimeoutExpired:
            process.kill()

    def _keep(self) -> None:
        logger = log.get(__name__)
        pause = FIRST_PAUSE
        while (process := self._spawn()) is not None:
            started = time.monotonic()
            process.wait()
            if self._ending.is_set():
                return
            pause = FIRST_PAUSE if time.monotonic() - started > STEADY else pause
            logger.warning("worker ended, starting it again", pid=process.pid, pause=pause)
            self._ending.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._ending.is_set():
                return None
            # A session of its own: Ctrl-C reaches the server alone, which then ends the worker.
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-m", "crm.cli", "worker", "--parent", str(os.getpid())],
                env=self._environ,
                start_new_session=True,
            )
            return self._process


def _refuse_taken_port(host: str, port: int) -> None:
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, _protocol, _name, address = addresses[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {host} port {port} ({error.strerror}). Choose another with --port."
        ) from error


def _address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  what to open, not what to bind
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _announce(host: str, port: int) -> None:
    click.echo(f"Shuke is running: {_address(host, port)}  (stop with Ctrl-C)", err=True)


def _serve_with_gunicorn(
    settings: Settings, host: str, port: int, keeper: WorkerKeeper | None
) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            for name, value in _gunicorn_options(host, port, keeper).items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return create_app(settings)

    Server().run()


def _gunicorn_options(host: str, port: int, keeper: WorkerKeeper | None) -> dict[str, Any]:
    def when_ready(_server: Any) -> None:
        _announce(host, port)
        if keeper is not None:
            keeper.start()

    def on_exit(_server: Any) -> None:
        if keeper is not None:
            keeper.stop()

    def post_worker_init(_worker: Any) -> None:
        # What was loaded at start never becomes garbage: the collector need not walk it again.
        gc.collect()
        gc.freeze()

    return {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": multiprocessing.cpu_count(),
        "worker_class": "gthread",
        "threads": THREADS,
        "loglevel": "warning",
        "control_socket_disable": True,
        "when_ready": when_ready,
        "on_exit": on_exit,
        "post_worker_init": post_worker_init,
    }


def _serve_on_windows(
    settings: Settings, host: str, port: int, keeper: WorkerKeeper | None
) -> None:
    import waitress

    app = create_app(settings)
    _announce(host, port)
    if keeper is not None:
        keeper.start()
    try:
        waitress.serve(app, host=host, port=port, threads=2 * THREADS)
    finally:
        if keeper is not None:
            keeper.stop()
