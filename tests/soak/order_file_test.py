"""An order file whose worker is killed twenty times: finished, and no order counts twice."""

import pytest
from sqlalchemy import func, select

from crm.integrations.rules.files import FileState
from crm.orders.models import OrderFile, ShopOrder
from tests.processes.orders_file_test import (  # noqa: F401  fixtures
    factory,
    kill,
    start_worker,
    upload,
    wait_for,
)

KILLS = 20
ORDERS = 25_000  # more batches than kills


@pytest.mark.timeout(1800)
def test_a_file_survives_twenty_kills(factory, start_worker):  # noqa: F811
    file_id = upload(factory, ORDERS)

    def progress():
        with factory() as session:
            wanted = select(OrderFile.state, OrderFile.done_count, OrderFile.created_count)
            return session.execute(wanted.where(OrderFile.id == file_id)).one()

    points = set()
    for _kill in range(KILLS):
        worker, before = start_worker(), progress().done_count
        wait_for(lambda before=before: progress().done_count > before)
        kill(worker)
        assert progress().state is FileState.RUNNING
        points.add(progress().done_count)
    assert len(points) == KILLS
    start_worker()
    wait_for(lambda: progress().state is FileState.DONE)
    assert progress().created_count == ORDERS
    with factory() as session:
        assert session.scalar(select(func.count(ShopOrder.id))) == ORDERS
