"""Signals, loggings, answers and ticks at the same moment: the children of a matter still agree."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.rules import Actor, Role
from crm.complaints import jobs, service
from crm.complaints.models import Complaint
from crm.complaints.queries.case import case_of
from crm.complaints.queries.incidents import heat
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.words import Category, Channel, EventType, SpreadState
from crm.db import make_engine, make_factory, transaction
from tests.conftest import NOW
from tests.factories.groups import make_group
from tests.factories.stores import actor_of, make_shop, make_staff, make_store

E = EventType
ROUNDS = 4
CHILDREN = 6


@dataclass
class Talk:
    """One group with complaints of one matter, and what is to happen to them at once."""

    factory: sessionmaker[Session]
    actor: Actor
    store_id: int
    group_id: int
    at: datetime
    ready: Barrier = field(default_factory=lambda: Barrier(CHILDREN + 3))

    def log(self, who: str) -> int:
        command = LogComplaint(
            channel=Channel.GROUP,
            text="线头很多",
            occurred_at=self.at,
            store_id=self.store_id,
            group_id=self.group_id,
            reporter_name=who,
            category=Category.QUALITY,
        )
        with transaction(self.factory) as session:
            return service.log_complaint(session, command, actor=self.actor, now=self.at).id

    def record(self, complaint_id: int, kind: EventType, **data: object) -> None:
        with transaction(self.factory) as session:
            complaint = session.get_one(Complaint, complaint_id)
            event = NewEvent(kind, data=data)
            service.record_event(session, complaint, event, actor=self.actor, now=self.at)

    def tick(self) -> None:
        jobs.climb_ladders(self.factory, now=lambda: self.at + timedelta(minutes=9))

    def together(self, acts: list[Callable[[], object]]) -> None:
        def begin(act: Callable[[], object]) -> None:
            self.ready.wait()
            act()

        with ThreadPoolExecutor(len(acts)) as pool:
            for done in [pool.submit(begin, act) for act in acts]:
                done.result(timeout=60)


@pytest.fixture
def shop(fresh_database):
    factory = make_factory(make_engine(fresh_database()))
    with transaction(factory) as session:
        make_shop(session)
        store = make_store(session)
        session.flush()
        actor = actor_of(session, make_staff(session, Role.MANAGER, store))
        make_staff(session, Role.OWNER)
    yield factory, actor, store
    factory.kw["bind"].dispose()


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_what_happens_at_once_to_one_matter_leaves_every_child_in_agreement(shop, turn) -> None:
    factory, actor, store = shop
    with transaction(factory) as session:
        group = make_group(session, store=store)
        session.flush()
        talk = Talk(factory, actor, store.id, group.id, NOW)
    ids = [talk.log(f"顾客{number}") for number in range(CHILDREN)]
    talk.together(
        [
            *(
                lambda one=one: talk.record(
                    one, E.ONLOOKER_SIGNAL, signal="doubt", member=f"围观{one}"
                )
                for one in ids
            ),
            lambda: talk.record(ids[turn], E.PUBLIC_REPLY),
            lambda: talk.log("后来的"),
            talk.tick,
        ]
    )
    with factory() as session:
        found = session.scalars(select(Complaint).order_by(Complaint.id)).all()
        assert len(found) == CHILDREN + 1
        assert {one.severity for one in found} == {1}
        assert len({one.incident_id for one in found}) == 1
        assert heat(session, found, NOW).state is SpreadState.SPREADING
        assert {one.spread_at for one in found} == {NOW}
        for one in found:
            alone = case_of(session, one)
            assert (alone.severity, alone.next_due_at) == (one.severity, one.next_due_at)
