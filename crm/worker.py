"""The worker process: a table of periodic jobs and the one scheduler that runs them.

APScheduler in a separate process
Decision (accepted): jobs are declared here as data and kept in memory; the scheduler only ticks.
What is due stands in tables, so a kill loses nothing and a late start catches up.
Context: jobs stored by the scheduler are lost or doubled by a kill, a second process or a rename.
Consequences: any number of workers may run; each claims rows. Heavy jobs run in a process of their
own, so that the tick of one second is never late.
"""

import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.orm import Session, sessionmaker

from crm import clock, crypto, log
from crm.albums import jobs as albums
from crm.alerts import jobs as alerts
from crm.attention import jobs as attention
from crm.complaints import jobs as complaints
from crm.complaints.queries import alert_subject, ladders_are_behind
from crm.config import Settings
from crm.contacts import jobs as contacts
from crm.db import make_engine, make_factory, transaction
from crm.i18n import fmt
from crm.integrations import gateways
from crm.integrations import jobs as integrations
from crm.loyalty import jobs as loyalty
from crm.orders import jobs as orders
from crm.stores.queries import demo_offset

TICK = timedelta(seconds=1)
ENGINE = "complaints.climb_ladders"
FAILING = timedelta(seconds=10)
"""A worker whose ladders have failed for so long gives no more sign of life."""
HANGING = timedelta(seconds=30)
"""Nor does one whose ladders have not come on for so long."""
WATCH = 0.5  # seconds between looks at the parent

_logger = log.get(__name__)


@dataclass(frozen=True)
class Tools:
    """What a job gets from the process, since when each job fails, when it last came on."""

    settings: Settings
    factory: sessionmaker[Session]
    gateways: gateways.Gateways
    started_at: datetime
    failing: dict[str, datetime] = field(default_factory=dict)
    came_on: dict[str, datetime] = field(default_factory=dict)
    hold: alerts.Hold = field(default_factory=lambda: alerts.Hold(ladders_are_behind))
    hurry: Callable[[str], object] = lambda _name: None
    """Run a job now and not at its next time."""

    @property
    def is_alive(self) -> bool:
        """Whether the tick does its work: who only fails or hangs is as good as dead."""
        now = clock.now()
        failing, last = self.failing.get(ENGINE), self.came_on.get(ENGINE, self.started_at)
        return now - last < HANGING and (failing is None or now - failing < FAILING)


@dataclass(frozen=True)
class Job:
    """A periodic use case; a heavy one runs in a process of its own, when it is wanted.

    `at_once` lets a run start while an earlier one still waits for the network; such jobs have
    threads of their own, so that no other job ever waits for one.
    """

    every: timedelta
    run: Callable[[Tools], object]
    heavy: bool = False
    wanted: Callable[[Tools], bool] | None = None
    at_once: int = 1


def _beat(tools: Tools) -> None:
    if not tools.is_alive:
        return
    with transaction(tools.factory) as session:
        alerts.heartbeat(
            session, worker=str(os.getpid()), started_at=tools.started_at, now=clock.now()
        )


def _ping(tools: Tools) -> None:
    if tools.is_alive:
        integrations.ping_outside(tools.factory, now=clock.now, gateways=tools.gateways)


def _climb(tools: Tools) -> None:
    """What a step raised leaves at once, not a tick later.

    Much work is done in slices: whenever one asks for the time, those before it are over.
    """

    def now() -> datetime:
        tools.came_on[ENGINE] = clock.now()
        return tools.came_on[ENGINE]

    if complaints.climb_ladders(tools.factory, now=now):
        tools.hurry("alerts.deliver")


def _deliver(tools: Tools) -> None:
    alerts.deliver(
        tools.factory,
        now=clock.now,
        gateways=tools.gateways,
        subject_of=alert_subject,
        hold=tools.hold,
    )


JOBS: dict[str, Job] = {
    "alerts.heartbeat": Job(10 * TICK, _beat),
    "alerts.deliver": Job(TICK, _deliver, at_once=8),
    "integrations.ping_outside": Job(timedelta(minutes=1), _ping),
    "integrations.wipe_removed": Job(
        timedelta(hours=1), lambda tools: integrations.wipe_removed(tools.factory, now=clock.now())
    ),
    ENGINE: Job(TICK, _climb),
    "complaints.summarise_day": Job(
        timedelta(minutes=5), lambda tools: complaints.summarise_day(tools.factory, now=clock.now)
    ),
    "complaints.keep_straight": Job(
        timedelta(minutes=1), lambda tools: complaints.keep_straight(tools.factory, now=clock.now)
    ),
    "complaints.tell_incidents": Job(
        10 * TICK, lambda tools: complaints.tell_incidents(tools.factory, now=clock.now)
    ),
    "complaints.keep_no_longer": Job(
        timedelta(hours=1), lambda tools: complaints.keep_no_longer(tools.factory, now=clock.now)
    ),
    "complaints.learn_from_taps": Job(
        timedelta(minutes=10),
        lambda tools: complaints.learn_from_taps(tools.factory, now=clock.now),
        heavy=True,
        wanted=lambda tools: complaints.has_something_to_learn(tools.factory, now=clock.now),
    ),
    "contacts.take_files": Job(
        TICK,
        lambda tools: contacts.take_files(tools.factory, now=clock.now),
        heavy=True,
        wanted=lambda tools: contacts.has_file(tools.factory),
    ),
    "contacts.expire_previews": Job(
        timedelta(hours=1), lambda tools: contacts.expire_previews(tools.factory, now=clock.now())
    ),
    "orders.take_files": Job(
        TICK,
        lambda tools: orders.take_files(tools.factory, now=clock.now),
        heavy=True,
        wanted=lambda tools: orders.has_file(tools.factory),
    ),
    "orders.match_waiting": Job(
        5 * TICK, lambda tools: orders.match_waiting(tools.factory, now=clock.now())
    ),
    "orders.expire_previews": Job(
        timedelta(hours=1), lambda tools: orders.expire_previews(tools.factory, now=clock.now())
    ),
    "loyalty.recompute_changed": Job(
        TICK, lambda tools: loyalty.recompute_changed(tools.factory, now=clock.now())
    ),
    "loyalty.recompute_due": Job(
        10 * TICK, lambda tools: loyalty.recompute_due(tools.factory, now=clock.now())
    ),
    "albums.wipe_removed": Job(
        timedelta(hours=1),
        lambda tools: albums.wipe_removed(
            tools.factory, folder=tools.settings.albums_dir, now=clock.now()
        ),
    ),
    "attention.plan_day": Job(
        timedelta(minutes=5), lambda tools: attention.plan_day(tools.factory, now=clock.now())
    ),
    "loyalty.refit_when_old": Job(
        timedelta(minutes=10),
        lambda tools: loyalty.refit_when_old(tools.factory, now=clock.now()),
        heavy=True,
    ),
}


def run(settings: Settings, *, parent: int | None = None) -> None:
    """Run every job on time until told to stop."""
    tools = _start(settings, parent)
    scheduler = _schedule(tools)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        scheduler.shutdown(wait=True)

    _run_guarded("alerts.heartbeat", tools)  # the first sign of life does not wait
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    scheduler.start()
    tools.factory.kw["bind"].dispose()


def _schedule(tools: Tools) -> BlockingScheduler:
    """Return the scheduler with every job, not yet started."""
    patient = {name: job for name, job in JOBS.items() if job.at_once > 1}
    scheduler = BlockingScheduler(
        timezone=UTC,
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(len(JOBS) - len(patient))}
        | {name: ThreadPoolExecutor(job.at_once) for name, job in patient.items()},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )

    def add(name: str, trigger: IntervalTrigger | None, job_id: str) -> None:
        scheduler.add_job(
            _run_guarded,
            trigger,
            args=[name, tools],
            id=job_id,
            replace_existing=True,
            max_instances=JOBS[name].at_once,
            executor=name if name in patient else "default",
        )

    tools = replace(tools, hurry=lambda name: add(name, None, f"{name}.now"))
    for name, job in JOBS.items():
        add(name, IntervalTrigger(seconds=job.every.total_seconds()), name)
    return scheduler


def run_once(settings: Settings, name: str, *, parent: int | None = None) -> None:
    """Run one job in this process, then end: how heavy jobs run."""
    tools = _start(settings, parent)
    gc.collect()
    gc.freeze()  # what is loaded is no garbage: it is not looked through again and again
    JOBS[name].run(tools)
    tools.factory.kw["bind"].dispose()


def _start(settings: Settings, parent: int | None) -> Tools:
    log.configure(settings.log_level)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a skipped tick is no news
    crypto.configure(settings.secret_key, settings.keys_now)
    fmt.configure(settings.timezone)
    factory = make_factory(make_engine(settings.database_url))
    clock.set_offset(demo_offset(factory))
    if parent is not None:
        threading.Thread(target=_end_with, args=[parent], name="parent watch", daemon=True).start()
    return Tools(
        settings=settings,
        factory=factory,
        gateways=gateways.build(
            allowed_hosts=settings.allowed_webhook_hosts, base_url=settings.base_url
        ),
        started_at=clock.now(),
    )


def _run_guarded(name: str, tools: Tools) -> None:
    started, was_alive = time.monotonic(), tools.is_alive
    try:
        job = JOBS[name]
        if not job.heavy:
            job.run(tools)
        elif job.wanted is None or job.wanted(tools):
            _run_apart(name, tools.settings)
    except Exception:  # one failing job must not end the others; it runs again
        tools.failing.setdefault(name, clock.now())
        _logger.exception("job failed", job=name)
    else:
        tools.failing.pop(name, None)
        tools.came_on[name] = clock.now()
        if name == ENGINE and not was_alive:
            tools.hurry("alerts.heartbeat")  # until then every page says that it is late
        _logger.debug("job done", job=name, seconds=round(time.monotonic() - started, 3))


def _run_apart(name: str, settings: Settings) -> None:
    """Run a heavy job in a process of its own and wait for it."""
    ours = ["-m", "crm.cli", "worker", "--job", name, "--parent", str(os.getpid())]
    subprocess.run([sys.executable, *ours], env=settings.child_environ(), check=True)  # noqa: S603  our own


def _end_with(parent: int) -> None:
    """End at once when the server is gone: as after a kill, nothing is lost that way."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)
