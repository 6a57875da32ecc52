"""Who writes at the same moment waits in one order, so nobody stands in a circle."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.rules import Actor, Role
from crm.complaints import service
from crm.complaints.models import Complaint, Suspicion
from crm.complaints.queries.matter import hold_matters
from crm.complaints.rules.commands import LogComplaint, NewEvent, TooLate
from crm.complaints.rules.words import Channel, EventType, SuspicionState
from crm.db import make_engine, make_factory, transaction
from crm.groups.models import ChatGroup, GroupMessage
from crm.groups.rules import NewMessage
from tests.conftest import NOW
from tests.factories.groups import make_group
from tests.factories.stores import actor_of, make_shop, make_staff, make_store

E = EventType
MINUTE = timedelta(minutes=1)
ASKED = "收到的裙子吊牌不对，是不是假货？"
AHEAD = 0.4  # seconds by which the first one waits before the second; too few only hide a circle


@dataclass
class Shop:
    """A store with one group."""

    factory: sessionmaker[Session]
    actor: Actor
    store_id: int
    group_id: int

    def in_turn(self, *acts: Callable[[Session], object]) -> None:
        """Let all of them come while somebody holds the store, each a little after the other."""

        def act(one: Callable[[Session], object]) -> None:
            with transaction(self.factory) as session:
                one(session)

        with ThreadPoolExecutor(len(acts)) as pool:
            with transaction(self.factory) as session:
                hold_matters(session, self.store_id)
                waiting = []
                for one in acts:
                    waiting.append(pool.submit(act, one))
                    time.sleep(AHEAD)
            for one in waiting:
                one.result(timeout=60)

    def lines(self, session: Session, who: str, now=NOW) -> None:
        group = session.get_one(ChatGroup, self.group_id)
        line = NewMessage(who, now - MINUTE, ASKED)
        service.take_lines(session, group, [line], actor=self.actor, now=now)


@pytest.fixture
def shop(fresh_database):
    factory = make_factory(make_engine(fresh_database()))
    with transaction(factory) as session:
        make_shop(session)
        store = make_store(session)
        session.flush()
        actor = actor_of(session, make_staff(session, Role.MANAGER, store))
        group = make_group(session, store=store)
        session.flush()
        shop = Shop(factory, actor, store.id, group.id)
    yield shop
    factory.kw["bind"].dispose()


@pytest.mark.parametrize("tap", [service.open_item, service.dismiss_item, service.undo_import])
def test_lines_that_come_and_a_tap_on_the_page_of_the_group(shop, tap) -> None:
    with transaction(shop.factory) as session:
        shop.lines(session, "陈姐")
    with shop.factory() as session:
        line = session.scalars(select(GroupMessage)).one()
        number = line.import_id if tap is service.undo_import else line.item_id

    def tapped(session: Session) -> None:
        group = session.get_one(ChatGroup, shop.group_id)
        tap(session, group, number, actor=shop.actor, now=NOW)

    shop.in_turn(lambda session: shop.lines(session, "何敏"), tapped)
    with shop.factory() as session:
        assert session.scalar(select(func.count()).select_from(GroupMessage)) == 2


@pytest.mark.parametrize("tap", ["open", "dismiss"])
def test_lines_that_come_and_a_tap_on_an_earlier_line(shop, tap) -> None:
    with transaction(shop.factory) as session:
        shop.lines(session, "陈姐")
    with shop.factory() as session:
        asked = session.scalars(select(Suspicion.message_id)).one()

    def tapped(session: Session) -> None:
        act = service.open_suspected if tap == "open" else service.dismiss_suspected
        act(session, asked, actor=shop.actor, now=NOW)

    shop.in_turn(tapped, lambda session: shop.lines(session, "何敏"))
    with shop.factory() as session:
        found = session.scalars(select(Suspicion).order_by(Suspicion.id)).all()
        state = SuspicionState.OPENED if tap == "open" else SuspicionState.DISMISSED
        assert [found[0].state, len(found)] == [state, 2]


def test_a_customer_who_comes_back_too_late_and_a_tap_on_her_complaint(shop) -> None:
    command = LogComplaint(Channel.PRIVATE, ASKED, NOW, shop.store_id)
    late = NOW + timedelta(days=60)

    def record(session: Session, kind: EventType, now=late, **data: object) -> None:
        complaint, event = session.get_one(Complaint, complaint_id), NewEvent(kind, data=data)
        service.record_event(session, complaint, event, actor=shop.actor, now=now)

    def take_back(session: Session) -> None:
        with pytest.raises(TooLate):
            record(session, E.UNDONE, seq=2)

    with transaction(shop.factory) as session:
        complaint_id = service.log_complaint(session, command, actor=shop.actor, now=NOW).id
        for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
            record(session, kind, NOW + MINUTE)
    shop.in_turn(take_back, lambda session: record(session, E.CUSTOMER_MESSAGE, intent="problem"))
    with shop.factory() as session:
        following = select(Complaint.previous_id).order_by(Complaint.id)
        assert list(session.scalars(following)) == [None, complaint_id]
