"""Things that happen at the same moment: double taps count once, nobody waits in a circle."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.rules import Role
from crm.alerts.models import Alert
from crm.attention import service as attention
from crm.attention.models import Touch
from crm.attention.rules import LogTouch, TouchKind
from crm.complaints import jobs
from crm.complaints import service as complaints
from crm.complaints.models import AlertStep, Complaint
from crm.complaints.queries.case import complaint_for_update
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.words import Channel, EventType, State
from crm.contacts.models import Contact
from crm.contacts.rules import IdentityKind, NewContact
from crm.db import make_engine, make_factory, transaction
from crm.stores.models import Store
from tests.conftest import NOW
from tests.factories.groups import make_group, say
from tests.factories.stores import actor_of, make_shop, make_staff, make_store

TAPS = 4


def _at_once(factory: sessionmaker[Session], act: Callable[[Session], int]) -> set[int]:
    """Let several threads act at the same moment; return the different ids that they got."""
    ready = threading.Barrier(TAPS)

    def tap(_number: int) -> int:
        ready.wait()
        with transaction(factory) as session:
            return act(session)

    with ThreadPoolExecutor(TAPS) as pool:
        return set(pool.map(tap, range(TAPS)))


def _opened(url: str):
    factory = make_factory(make_engine(url))
    with transaction(factory) as session:
        make_shop(session)
        store = make_store(session)
        session.flush()
        actor = actor_of(session, make_staff(session, Role.MANAGER, store))
        return factory, store.id, actor


def test_one_form_logs_one_complaint(fresh_database) -> None:
    factory, store_id, actor = _opened(fresh_database())
    for number in range(5):
        command = LogComplaint(Channel.PRIVATE, "坏了", NOW, store_id, client_key=f"tap-{number}")
        got = _at_once(
            factory,
            lambda s, c=command: complaints.log_complaint(s, c, actor=actor, now=NOW).id,
        )
        assert len(got) == 1
    with factory() as session:
        assert session.scalar(select(func.count(Complaint.id))) == 5
    factory.kw["bind"].dispose()


def test_one_line_opens_one_complaint(fresh_database) -> None:
    factory, store_id, actor = _opened(fresh_database())
    with transaction(factory) as session:
        group = make_group(session, store=session.get_one(Store, store_id))
        said = [line.id for line in say(session, group, "陈姐 在吗 / 何敏 在吗").messages]
    for message_id in said:
        got = _at_once(
            factory,
            lambda s, m=message_id: complaints.open_suspected(s, m, actor=actor, now=NOW).id,
        )
        assert len(got) == 1
    factory.kw["bind"].dispose()


def test_an_answer_and_the_tick_never_wait_for_each_other(fresh_database) -> None:
    factory, store_id, actor = _opened(fresh_database())
    command = LogComplaint(Channel.PRIVATE, "坏了", NOW, store_id)
    with transaction(factory) as session:
        complaint = complaints.log_complaint(session, command, actor=actor, now=NOW)
    late = NOW + timedelta(hours=1)
    ticking = threading.Thread(
        target=jobs.climb_ladders, args=[factory], kwargs={"now": lambda: late}
    )
    with transaction(factory) as session:
        complaint_for_update(session, complaint.id, actor)
        ticking.start()
        time.sleep(0.5)  # the tick has found the step and wants the complaint
        answer = NewEvent(EventType.PRIVATE_REPLY)
        complaints.record_event(session, complaint, answer, actor=actor, now=late)
    ticking.join()
    with factory() as session:
        assert session.get_one(Complaint, complaint.id).state is State.ANSWERED
        assert session.scalar(select(func.count(Alert.id))) == 0
        assert set(session.scalars(select(AlertStep.attempts))) == {0}  # no deadlock was broken
    factory.kw["bind"].dispose()


def test_one_form_logs_one_new_contact_with_one_touch(fresh_database) -> None:
    factory, store_id, actor = _opened(fresh_database())
    for number in range(6):
        identities = ((IdentityKind.PHONE, f"1000000000{number}"),) if number % 2 else ()
        new = NewContact(store_id, "陈姐", identities=identities)
        touch = LogTouch(0, TouchKind.CHAT, 3, NOW, f"tap-{number}")
        got = _at_once(
            factory,
            lambda s, n=new, t=touch: (
                attention.log_first_touch(s, n, t, actor=actor, now=NOW).touch.id
            ),
        )
        assert len(got) == 1
    with factory() as session:
        assert session.scalar(select(func.count(Contact.id))) == 6
        assert session.scalar(select(func.count(Touch.id))) == 6
    factory.kw["bind"].dispose()
