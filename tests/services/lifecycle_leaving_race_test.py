"""Access ends while the person works: nothing is left with her, nobody waits crosswise."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from crm.accounts.models import Staff
from crm.accounts.rules import Forbidden, Role
from crm.complaints.models import Complaint
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.words import LIVE, BadEvent, Channel, EventType
from crm.complaints.service import log_complaint, record_event
from crm.contacts.models import Contact
from crm.db import make_engine, make_factory, transaction
from crm.lifecycle.rules.leaving import NobodyThere, Wish
from crm.lifecycle.service.leaving import end_access
from crm.stores.models import Store
from tests.conftest import NOW
from tests.factories.contacts import make_contact
from tests.factories.stores import actor_of, make_staff, make_store

E = EventType
ROUNDS = 12
COMPLAINTS = 6
LATER = NOW + timedelta(minutes=1)
REFUSED = (BadEvent, Forbidden, NobodyThere)


class Shop:
    """A store with two managers and the owner, who act at once."""

    def __init__(self, factory):
        self.factory = factory
        with transaction(factory) as session:
            store = make_store(session)
            session.flush()
            self.store_id = store.id
            self.owner = actor_of(session, make_staff(session, Role.OWNER))
            self.other = actor_of(session, make_staff(session, Role.MANAGER, store, name="陈芳"))

    def hire(self):
        with transaction(self.factory) as session:
            store = session.get_one(Store, self.store_id)
            return actor_of(session, make_staff(session, Role.MANAGER, store))

    def logged(self, number):
        command = LogComplaint(
            Channel.PRIVATE, "坏了", NOW, self.store_id, reporter_name=f"顾客{number}"
        )
        with transaction(self.factory) as session:
            return log_complaint(session, command, actor=self.other, now=NOW).id

    def record(self, complaint_id, kind, actor, **data):
        with transaction(self.factory) as session:
            complaint = session.get_one(Complaint, complaint_id)
            command = NewEvent(kind, data=data)
            return record_event(session, complaint, command, actor=actor, now=LATER).seq

    def leave(self, staff_id, wish=None):
        with transaction(self.factory) as session:
            end_access(session, staff_id, wish, actor=self.owner, now=LATER)


def together(acts):
    ready = Barrier(len(acts))

    def begin(act):
        ready.wait()
        try:
            act()
        except REFUSED:
            return False
        return True

    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result(timeout=60) for one in [pool.submit(begin, act) for act in acts]]


@pytest.fixture
def shop(fresh_database):
    engine = make_engine(fresh_database())
    yield Shop(make_factory(engine))
    engine.dispose()


def left_with_the_disabled(shop):
    with shop.factory() as session:
        gone = select(Staff.id).where(Staff.disabled_at.is_not(None))
        live = Complaint.state.in_(LIVE), Complaint.assignee_id.in_(gone)
        return session.scalars(select(Complaint.id).where(*live)).all()


def test_answers_takes_and_hand_overs_beside_the_end_of_access_leave_her_nothing(shop):
    for number in range(ROUNDS):
        her = shop.hire()
        cases = [shop.logged(f"{number}.{n}") for n in range(COMPLAINTS)]
        shop.record(cases[0], E.ACKNOWLEDGED, her)
        for kind in (E.ACKNOWLEDGED, E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
            shop.record(cases[4], kind, her)
        shop.record(cases[5], E.ACKNOWLEDGED, her)
        seq = shop.record(cases[5], E.HANDED_OVER, her, to_id=shop.other.id)
        acts = [
            lambda: shop.leave(her.id),  # noqa: B023  all of it ends with the round
            lambda: shop.record(cases[0], E.PRIVATE_REPLY, her),  # noqa: B023
            lambda: shop.record(cases[1], E.ACKNOWLEDGED, her),  # noqa: B023
            lambda: shop.record(cases[2], E.PRIVATE_REPLY, her),  # noqa: B023
            lambda: shop.record(cases[3], E.HANDED_OVER, shop.other, to_id=her.id),  # noqa: B023
            lambda: shop.record(cases[4], E.REOPENED, her),  # noqa: B023
            lambda: shop.record(cases[5], E.UNDONE, her, seq=seq),  # noqa: B023
        ]
        assert together(acts)[0]
        assert left_with_the_disabled(shop) == []


def test_two_who_end_each_other_s_access_with_each_other_as_heirs_do_not_wait_for_ever(shop):
    for _ in range(ROUNDS):
        one, two = shop.hire(), shop.hire()
        with transaction(shop.factory) as session:
            for owner in (one, two):
                made = make_contact(session, "甲", actor=owner)
                session.get_one(Contact, made.id).store_id = shop.store_id
        done = together(
            [
                lambda: shop.leave(one.id, Wish(two.id)),  # noqa: B023
                lambda: shop.leave(two.id, Wish(one.id)),  # noqa: B023
            ]
        )
        assert sorted(done) == [False, True]  # the second one's heir is gone by then
