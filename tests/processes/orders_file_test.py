"""A long order file and kill -9: the next worker goes on, and no order is counted twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm import clock
from crm.accounts.rules import Role
from crm.db import make_engine, make_factory, transaction
from crm.integrations.formats import shop_orders
from crm.integrations.rules.files import FileState
from crm.orders.models import OrderFile, ShopOrder
from crm.orders.service import Upload, keep_file, start_file
from tests.factories.stores import actor_of, make_staff, make_store
from tests.rules.shop_orders_samples import as_csv, order_cells

ROOT = Path(__file__).resolve().parents[2]
ORDERS = 6_000
PATIENCE = 90.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there")


def wait_for(question):
    end = time.monotonic() + PATIENCE
    while not (answer := question()):
        assert time.monotonic() < end, f"waited {PATIENCE} s in vain"
        time.sleep(0.01)
    return answer


@pytest.fixture
def factory(fresh_database):
    engine = make_engine(fresh_database())
    yield make_factory(engine)
    engine.dispose()


@pytest.fixture
def start_worker(factory, tmp_path):
    url = factory.kw["bind"].url.render_as_string(hide_password=False)
    environ = {
        "PATH": os.environ["PATH"],
        "SHUKE_DATA_DIR": str(tmp_path / "data"),
        "SHUKE_DATABASE_URL": url,
        "SHUKE_SECRET_KEY": "key of the tests",
        "SHUKE_LOG_LEVEL": "ERROR",
    }
    workers = []

    def start():
        arguments = [sys.executable, "-m", "crm.cli", "worker"]
        # A group of its own, so that a kill takes the process that reads the file with it.
        workers.append(subprocess.Popen(arguments, cwd=ROOT, env=environ, start_new_session=True))
        return workers[-1]

    yield start
    for worker in workers:
        kill(worker)


def kill(worker):
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def upload(factory, orders=ORDERS):
    data = as_csv([order_cells(f"37{n:017}", 收件人手机="") for n in range(orders)], "utf-8")
    with transaction(factory) as session:
        make_store(session)
        actor = actor_of(session, make_staff(session, Role.OWNER))
        file = shop_orders.read(data)
        row = keep_file(session, Upload("a.csv", data, None), file, actor=actor, now=clock.now())
        start_file(session, row, actor=actor, now=clock.now())
        return row.id


def test_file_is_finished_after_kill_9_and_no_order_counts_twice(factory, start_worker):
    file_id = upload(factory)

    def progress():
        with factory() as session:
            return session.execute(
                select(OrderFile.state, OrderFile.done_count, OrderFile.created_count).where(
                    OrderFile.id == file_id
                )
            ).one()

    worker = start_worker()
    wait_for(lambda: progress().done_count > 0)
    kill(worker)
    killed_at = progress()
    assert (killed_at.state, killed_at.done_count < ORDERS) == (FileState.RUNNING, True)
    start_worker()
    wait_for(lambda: progress().state is FileState.DONE)
    assert progress().created_count == ORDERS
    with factory() as session:
        assert session.scalar(select(func.count(ShopOrder.id))) == ORDERS
