"""Two imports of the same orders at once: each order once, each line once, nobody fails."""

import threading

from sqlalchemy import func, select

from crm.db import make_engine, make_factory, transaction
from crm.orders.models import OrderLine, ShopOrder
from crm.orders.rules import Taken
from crm.orders.service import take_orders
from tests.conftest import NOW
from tests.factories.orders import new_order

ORDERS = 300


def test_two_imports_of_the_same_orders_count_each_once(fresh_database) -> None:
    engine = make_engine(fresh_database())
    factory = make_factory(engine)
    orders = [new_order(order_no=f"{number:05}") for number in range(ORDERS)]
    results: list[Taken] = []

    def take(batch):
        with transaction(factory) as session:
            results.append(take_orders(session, batch, actor=None, now=NOW))

    threads = [threading.Thread(target=take, args=[b]) for b in (orders, orders[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with factory() as session:
        counts = (
            session.scalar(select(func.count(ShopOrder.id))),
            session.scalar(select(func.count(OrderLine.id))),
        )
    engine.dispose()
    assert len(results) == 2
    assert counts == (ORDERS, ORDERS)
