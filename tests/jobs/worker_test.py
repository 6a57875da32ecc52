"""The worker's own guard: a job that fails stops no other, a dead engine gives no sign of life."""

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
    assert dead.is_alive  # once is nothing
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
