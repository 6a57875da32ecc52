"""Taking orders: once each, matched to people, kept when nobody is known yet."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.orders import queries, service
from crm.orders.models import OrderChange, OrderLine, ShopOrder
from crm.orders.rules import (
    NewLine,
    OrderChannel,
    OrderStatus,
    Taken,
    UnknownContact,
    net_fen,
    status_of,
)
from tests.conftest import NOW
from tests.factories.orders import make_buyer, make_orders, new_order
from tests.factories.stores import actor_of, make_staff, make_store


def take(session, *orders, actor=None):
    return service.take_orders(session, orders, actor=actor, now=NOW)


def orders(session):
    session.expire_all()
    return list(session.scalars(select(ShopOrder).order_by(ShopOrder.id)))


def changed_contacts(session):
    return sorted(session.scalars(select(OrderChange.contact_id)))


def test_batch_taken_twice_changes_nothing(session: Session) -> None:
    buyer = make_buyer(session, make_store(session), external_userid="wm1")
    batch = [new_order(external_userid="wm1"), new_order()]
    assert take(session, *batch) == Taken(created=2, unmatched=1)
    session.query(OrderChange).delete()
    assert take(session, *batch) == Taken(unchanged=2, unmatched=1)
    assert changed_contacts(session) == []
    assert [row.contact_id for row in orders(session)] == [buyer.id, None]
    assert len(list(session.scalars(select(OrderLine)))) == 2


def test_order_that_changed_is_updated_with_its_lines(session: Session) -> None:
    buyer = make_buyer(session, make_store(session), external_userid="wm1")
    order = new_order(external_userid="wm1")
    other = new_order(external_userid="wm1")
    take(session, order, other)
    refunded = new_order(
        order_no=order.order_no,
        external_userid="wm1",
        refunded_fen=5900,
        lines=(NewLine("针织衫", 2, 25900), NewLine("围巾", 1, 7000)),
    )
    assert take(session, refunded) == Taken(updated=1)
    row, untouched = orders(session)
    assert (row.refunded_fen, row.net_fen, row.contact_id) == (5900, 27000, buyer.id)
    products = select(OrderLine.product).order_by(OrderLine.id)
    assert list(session.scalars(products.where(OrderLine.order_id == row.id))) == ["针织衫", "围巾"]
    assert list(session.scalars(products.where(OrderLine.order_id == untouched.id))) == [
        "碎花连衣裙"
    ]


def test_same_number_in_another_channel_is_another_order(session: Session) -> None:
    first = new_order(order_no="1")
    assert take(session, first, new_order(order_no="1", channel=OrderChannel.POS)).created == 2


def test_order_twice_in_one_batch_counts_once_with_its_last_state(session: Session) -> None:
    first = new_order(order_no="1", status=OrderStatus.PAID)
    last = new_order(order_no="1", status=OrderStatus.SHIPPED)
    assert take(session, first, last) == Taken(created=1, unmatched=1)
    assert orders(session)[0].status is OrderStatus.SHIPPED


def test_external_id_wins_over_a_phone_that_leads_to_somebody_else(session: Session) -> None:
    store = make_store(session)
    by_phone = make_buyer(session, store, "王阿姨", phone="13800000142")
    by_id = make_buyer(session, store, "陈姐", external_userid="wm1")
    take(session, new_order(external_userid="wm1", phone="13800000142"))
    take(session, new_order(phone="13800000142"))
    assert [row.contact_id for row in orders(session)] == [by_id.id, by_phone.id]


def test_order_keeps_its_contact_when_a_later_file_does_not_say_whose_it_is(
    session: Session,
) -> None:
    buyer = make_buyer(session, make_store(session), external_userid="wm1")
    take(session, new_order(order_no="1", external_userid="wm1"))
    take(session, new_order(order_no="1", status=OrderStatus.SHIPPED))
    assert orders(session)[0].contact_id == buyer.id


def test_order_waits_and_is_matched_when_its_contact_appears(session: Session) -> None:
    store = make_store(session)
    service.match_waiting(session, now=NOW)
    take(session, new_order(phone="13800000142"), new_order(external_userid="wm9"), new_order())
    assert queries.waiting_count(session, None) == 3
    assert service.match_waiting(session, now=NOW) == 0
    buyer = make_buyer(session, store, phone="13800000142")
    session.flush()
    assert service.match_waiting(session, now=NOW) == 1
    row = orders(session)[0]
    assert (row.contact_id, row.phone_hash) == (buyer.id, None)
    assert changed_contacts(session) == [buyer.id]
    assert service.match_waiting(session, now=NOW) == 0
    assert queries.waiting_count(session, None) == 2


def test_contacts_whose_orders_changed_are_queued_once_a_batch(session: Session) -> None:
    store = make_store(session)
    first = make_buyer(session, store, "陈姐", external_userid="wm1")
    second = make_buyer(session, store, "王阿姨", external_userid="wm2")
    take(
        session,
        new_order(external_userid="wm1"),
        new_order(external_userid="wm1"),
        new_order(external_userid="wm2"),
    )
    assert changed_contacts(session) == sorted([first.id, second.id])


def test_order_moved_to_another_contact_queues_both(session: Session) -> None:
    store = make_store(session)
    first, second = make_buyer(session, store, "陈姐"), make_buyer(session, store, "王阿姨")
    session.flush()
    take(session, new_order(order_no="1", contact_id=first.id))
    session.query(OrderChange).delete()
    assert take(session, new_order(order_no="1", contact_id=second.id)).updated == 1
    assert changed_contacts(session) == sorted([first.id, second.id])


def test_contact_of_another_store_cannot_be_named(session: Session) -> None:
    mine, theirs = make_store(session), make_store(session, "中山路店")
    actor = actor_of(session, make_staff(session, Role.MANAGER, mine))
    other = make_buyer(session, theirs)
    session.flush()
    with pytest.raises(UnknownContact) as caught:
        take(session, new_order(), new_order(contact_id=other.id), actor=actor)
    assert caught.value.index == 1
    with pytest.raises(UnknownContact):
        take(session, new_order(contact_id=10**6))


def test_day_of_a_purchase_is_the_shops_day_of_payment(session: Session) -> None:
    late = NOW.replace(hour=23, minute=30)
    take(session, new_order(ordered_at=late - timedelta(days=3), paid_at=late + timedelta(hours=1)))
    assert orders(session)[0].bought_on == (NOW + timedelta(days=1)).date()


@pytest.mark.parametrize(
    ("text", "paid", "refunded", "status"),
    [
        ("待发货", 100, 0, OrderStatus.PAID),
        ("待收货", 100, 0, OrderStatus.SHIPPED),
        ("已完成", 100, 40, OrderStatus.COMPLETED),
        ("已取消", 100, 0, OrderStatus.CANCELLED),
        ("交易关闭", 100, 0, OrderStatus.CANCELLED),
        ("已完成", 100, 100, OrderStatus.REFUNDED),
        ("从没见过的状态", 100, 0, OrderStatus.PAID),
    ],
)
def test_status_of_a_file_is_understood(text, paid, refunded, status) -> None:
    assert status_of(text, paid_fen=paid, refunded_fen=refunded) is status


@pytest.mark.parametrize(
    ("status", "refunded", "net"),
    [
        (OrderStatus.PAID, 0, 100),
        (OrderStatus.COMPLETED, 40, 60),
        (OrderStatus.REFUNDED, 100, 0),
        (OrderStatus.CANCELLED, 0, 0),
    ],
)
def test_order_counts_with_what_is_left_of_it(status, refunded, net) -> None:
    assert net_fen(status=status, paid_fen=100, refunded_fen=refunded) == net


def test_last_order_of_each_contact_is_named_by_its_first_product(session: Session) -> None:
    store = make_store(session)
    first, second, third = (make_buyer(session, store, name) for name in ("甲", "乙", "丙"))
    make_orders(session, first, 40, 10)
    make_orders(session, first, 5, status=OrderStatus.CANCELLED)
    make_orders(session, second, 3)
    last = queries.last_orders(session, [first.id, second.id, third.id])
    assert {one: order.bought_on for one, order in last.items()} == {
        first.id: (NOW - timedelta(days=10)).date(),
        second.id: (NOW - timedelta(days=3)).date(),
    }
    assert last[first.id].product == "碎花连衣裙"


def test_orders_of_a_contact_are_hers_alone_newest_first(session: Session) -> None:
    store = make_store(session)
    first, second = make_buyer(session, store, "甲"), make_buyer(session, store, "乙")
    make_orders(session, first, 40, 10)
    make_orders(session, second, 3)
    found = queries.orders_of(session, first.id)
    assert [order.bought_on for order in found] == [
        (NOW - timedelta(days=ago)).date() for ago in (10, 40)
    ]
    assert [line.product for line in found[0].lines] == ["碎花连衣裙"]
