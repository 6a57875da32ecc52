"""The worker's own guard: a job that fails stops no other, a dead engine gives no sign of life."""

import contextlib
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm import clock, worker
from crm.alerts.models import WorkerHeartbeat
from crm.db import make_engine, make_factory
from crm.integrations import gateways


@pytest.fixture
def tools(settings):
    yield lambda factory: worker.Tools(
        settings=settings,
        factory=factory,
        gateways=gateways.build(allowed_hosts=(), base_url=""),
        started_at=clock.now(),
    )
    clock.set_offset(timedelta(0))


def run(tools, name):
    worker._run_guarded(name, tools)


def test_worker_whose_ladders_only_fail_gives_no_sign_of_life(tools, tmp_path, factory, session):
    without_tables = make_factory(make_engine(f"sqlite:///{tmp_path}/empty.db"))
    dead = tools(without_tables)
    run(dead, worker.ENGINE)
    since = dead.failing[worker.ENGINE]
    assert dead.is_alive or clock.now() - since >= worker.FAILING  # once is nothing
    clock.set_offset(worker.FAILING)
    run(dead, worker.ENGINE)
    assert not dead.is_alive
    run(dead, "integrations.ping_outside")
    assert set(dead.failing) == {worker.ENGINE}  # it did not even try
    without_tables.kw["bind"].dispose()


def test_worker_lives_again_once_its_ladders_work(tools, factory, session):
    mended = tools(factory)
    mended.failing[worker.ENGINE] = clock.now() - timedelta(hours=1)
    run(mended, "alerts.heartbeat")
    assert session.scalars(select(WorkerHeartbeat.worker)).all() == []
    run(mended, worker.ENGINE)
    run(mended, "alerts.heartbeat")
    assert len(session.scalars(select(WorkerHeartbeat.worker)).all()) == 1


def test_worker_whose_ladders_hang_gives_no_sign_of_life(tools, factory, session):
    hanging = tools(factory)
    run(hanging, worker.ENGINE)
    clock.set_offset(worker.HANGING)  # the next run has not ended since
    run(hanging, "alerts.heartbeat")
    assert session.scalars(select(WorkerHeartbeat.worker)).all() == []
    run(hanging, worker.ENGINE)
    run(hanging, "alerts.heartbeat")
    assert len(session.scalars(select(WorkerHeartbeat.worker)).all()) == 1


@pytest.mark.parametrize("trouble", ["hung", "failed"])
def test_worker_that_ticks_again_gives_a_sign_of_life_at_once(tools, factory, trouble):
    hurried = []
    awake = replace(tools(factory), hurry=hurried.append)
    run(awake, worker.ENGINE)
    assert hurried == []
    clock.set_offset(worker.HANGING)
    if trouble == "failed":
        awake.came_on[worker.ENGINE] = clock.now()
        awake.failing[worker.ENGINE] = clock.now() - worker.FAILING
    run(awake, "integrations.wipe_removed")
    run(awake, worker.ENGINE)
    run(awake, worker.ENGINE)
    assert hurried == ["alerts.heartbeat"]
    assert awake.is_alive


def test_worker_whose_ladders_never_came_on_is_not_alive(tools, factory):
    fresh = tools(factory)
    assert fresh.is_alive
    clock.set_offset(worker.HANGING)
    assert not fresh.is_alive


def test_long_run_of_the_ladders_is_alive_as_long_as_its_slices_end(tools, tmp_path):
    without_tables = make_factory(make_engine(f"sqlite:///{tmp_path}/empty.db"))
    busy = tools(without_tables)
    clock.set_offset(worker.HANGING)
    run(busy, worker.ENGINE)  # it asks for the time, and ends in the midst of its work
    assert busy.came_on[worker.ENGINE] >= busy.started_at + worker.HANGING
    without_tables.kw["bind"].dispose()


def test_senders_that_hang_take_no_other_job_its_thread(tools, factory, monkeypatch):
    goes_on, ticks = threading.Event(), []
    hanging = worker.Job(worker.TICK / 50, lambda _tools: goes_on.wait(60), at_once=2)

    def tick(tools):
        ticks.append(None)
        tools.hurry("senders")
        if len(ticks) == 20:
            goes_on.set()

    monkeypatch.setattr(
        worker, "JOBS", {"senders": hanging, "tick": worker.Job(worker.TICK / 50, tick)}
    )
    scheduler = worker._schedule(tools(factory))

    def go():
        with contextlib.suppress(RuntimeError, LookupError):  # in the middle of a round, at the end
            scheduler.start()

    running = threading.Thread(target=go)
    running.start()
    try:
        assert goes_on.wait(20)
    finally:
        goes_on.set()
        scheduler.shutdown()
        running.join()
