"""Merges beside other merges and beside what comes in for the same people."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.attention import service as attention
from crm.attention.models import Touch
from crm.attention.rules import LogTouch, TouchKind
from crm.complaints import service as complaints
from crm.complaints.models import Complaint
from crm.complaints.rules.commands import LogComplaint
from crm.complaints.rules.words import Channel
from crm.contacts.models import Contact
from crm.db import make_engine, make_factory, transaction
from crm.lifecycle.models import ContactMerge
from crm.lifecycle.rules.merging import LaterMerge, Merge, OwnSelf
from crm.lifecycle.service import merging
from crm.orders.models import ShopOrder
from crm.orders.service import take_orders
from tests.conftest import NOW
from tests.factories.contacts import make_contact
from tests.factories.orders import new_order
from tests.factories.stores import actor_of, make_shop, make_staff, make_store
from tests.waiting import until_waiting

ROUNDS = 6
LATER = NOW + timedelta(minutes=1)


class Shop:
    """A shop of its own with an owner; acts run in threads that begin at one moment."""

    def __init__(self, url: str) -> None:
        self.factory = make_factory(make_engine(url))
        with transaction(self.factory) as session:
            make_shop(session)
            self.store = make_store(session)
            self.owner = actor_of(session, make_staff(session, Role.OWNER))

    def people(self, count: int, number: int = 0) -> list[int]:
        with transaction(self.factory) as session:
            return [
                make_contact(session, f"甲{n}", store=self.store, phone=f"138{number:04}{n:04}").id
                for n in range(count)
            ]

    def at_once(self, *acts: Callable[[Session], object]) -> list[object]:
        ready = threading.Barrier(len(acts))

        def run(act: Callable[[Session], object]) -> object:
            ready.wait()
            try:
                with transaction(self.factory) as session:
                    return act(session)
            except (OwnSelf, LaterMerge) as refused:
                return refused

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    def merge(self, kept: int, other: int) -> Callable[[Session], int]:
        command = Merge(kept, other)
        return lambda s: merging.merge(s, command, actor=self.owner, now=NOW).id


def _ended(shop: Shop) -> None:
    shop.factory.kw["bind"].dispose()


def test_one_merge_tapped_twice_is_one(fresh_database) -> None:
    shop = Shop(fresh_database())
    for number in range(ROUNDS):
        kept, other = shop.people(2, number)
        assert len(set(shop.at_once(*[shop.merge(kept, other)] * 4))) == 1
    with shop.factory() as session:
        assert session.scalar(select(func.count(ContactMerge.id))) == ROUNDS
    _ended(shop)


def test_two_merges_of_one_person_into_two_never_both_stand(fresh_database) -> None:
    shop = Shop(fresh_database())
    for number in range(ROUNDS):
        a, b, c = shop.people(3, number)
        got = shop.at_once(shop.merge(a, c), shop.merge(b, c))
        assert sum(isinstance(one, OwnSelf) for one in got) == 1
        a, b = shop.people(2, number + ROUNDS)
        got = shop.at_once(shop.merge(a, b), shop.merge(b, a))
        assert sum(isinstance(one, OwnSelf) for one in got) == 1
    _ended(shop)


def test_what_comes_in_for_the_merged_away_is_the_kept_ones(fresh_database) -> None:
    shop = Shop(fresh_database())
    for number in range(ROUNDS):
        kept, other = shop.people(2, number)
        phone = f"138{number:04}0001"
        touch = LogTouch(other, TouchKind.CHAT, 3, NOW, f"k{number}")
        said = LogComplaint(Channel.PRIVATE, "坏了", NOW, shop.store.id, contact_id=other)
        orders = [new_order(order_no=f"{number}-{n}", phone=phone) for n in range(20)]
        shop.at_once(
            shop.merge(kept, other),
            lambda s, t=touch: attention.log_touch(s, t, actor=shop.owner, now=NOW).created,
            lambda s, c=said: complaints.log_complaint(s, c, actor=shop.owner, now=NOW).id,
            lambda s, o=orders: take_orders(s, o, actor=None, now=NOW).created,
        )
        with shop.factory() as session:
            assert session.get_one(Contact, other).merged_into_id == kept
            for column in (Touch.contact_id, Complaint.contact_id, ShopOrder.contact_id):
                assert not session.scalars(select(column).where(column == other)).all(), column
            orders_of = select(func.count(ShopOrder.id)).where(ShopOrder.contact_id == kept)
            assert session.scalar(orders_of) == 20
    _ended(shop)


def test_an_undo_tapped_twice_beside_a_touch_gives_back_what_moved(fresh_database) -> None:
    shop = Shop(fresh_database())
    for number in range(ROUNDS):
        kept, other = shop.people(2, number)
        before = LogTouch(other, TouchKind.CHAT, 3, NOW, f"before-{number}")
        since = LogTouch(other, TouchKind.CHAT, 3, NOW, f"since-{number}")
        with transaction(shop.factory) as session:
            attention.log_touch(session, before, actor=shop.owner, now=NOW)
        with transaction(shop.factory) as session:
            made = shop.merge(kept, other)(session)
        shop.at_once(
            *[lambda s, m=made: merging.undo(s, m, actor=shop.owner, now=LATER).id] * 2,
            lambda s, t=since: attention.log_touch(s, t, actor=shop.owner, now=LATER).created,
        )
        with shop.factory() as session:
            whose = dict(session.execute(select(Touch.client_key, Touch.contact_id)).all())
            assert whose[f"before-{number}"] == other
            assert whose[f"since-{number}"] in {kept, other}
            assert session.get_one(Contact, other).merged_into_id is None
    _ended(shop)


@pytest.mark.parametrize("writes", ["touch", "complaint"])
def test_who_waited_for_a_merge_and_its_second_tap_do_not_wait_in_a_circle(
    fresh_database, writes
) -> None:
    """Both wait while it goes on; then one holds the merged-away one, the other the kept one."""
    shop = Shop(fresh_database())
    kept, other = shop.people(2)
    touch = LogTouch(other, TouchKind.CHAT, 3, NOW, "k")
    said = LogComplaint(Channel.PRIVATE, "坏了", NOW, shop.store.id, contact_id=other)
    acts = {
        "touch": lambda s: attention.log_touch(s, touch, actor=shop.owner, now=NOW).created,
        "complaint": lambda s: complaints.log_complaint(s, said, actor=shop.owner, now=NOW).id,
    }
    with ThreadPoolExecutor(2) as pool:
        with transaction(shop.factory) as session:
            shop.merge(kept, other)(session)
            session.flush()
            waiting = [
                pool.submit(shop.at_once, acts[writes]),
                pool.submit(shop.at_once, shop.merge(kept, other)),
            ]
            until_waiting(shop.factory, 2)
        for one in waiting:
            one.result(30)
    with shop.factory() as session:
        for column in (Touch.contact_id, Complaint.contact_id):
            assert other not in session.scalars(select(column)).all()
        assert session.scalar(select(func.count(ContactMerge.id))) == 1
    _ended(shop)
