"""Things that happen at the same moment: double taps count once, nobody waits in a circle."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.rules import Role
from crm.albums import service as albums
from crm.albums.models import Album
from crm.albums.rules import NewAlbum
from crm.alerts.models import Alert
from crm.attention import service as attention
from crm.attention.models import Touch
from crm.attention.rules import LogTouch, TouchKind
from crm.complaints import jobs
from crm.complaints import service as complaints
from crm.complaints.models import AlertStep, Complaint, ComplaintWord, Incident, IncidentBuyer
from crm.complaints.queries.case import complaint_for_update, current_policy
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.learning import WordKnown
from crm.complaints.rules.policy import Policy
from crm.complaints.rules.words import Channel, EventType, State
from crm.complaints.service import learning
from crm.contacts.models import Contact
from crm.contacts.rules import IdentityKind, NewContact
from crm.db import make_engine, make_factory, transaction
from crm.stores import service as stores
from crm.stores.models import CalendarEdit, DayOverride, Store, StoreWindow
from crm.stores.rules import NamedDay, WindowKind
from tests.conftest import NOW
from tests.factories.contacts import make_contact
from tests.factories.groups import make_group, say
from tests.factories.stores import actor_of, make_shop, make_staff, make_store
from tests.waiting import until_waiting

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


def test_one_form_makes_one_album(fresh_database) -> None:
    factory, store_id, actor = _opened(fresh_database())
    for number in range(5):
        command = NewAlbum("新壶", store_id, client_key=f"tap-{number}")
        got = _at_once(
            factory, lambda s, c=command: albums.make_album(s, c, actor=actor, now=NOW).id
        )
        assert len(got) == 1
    with factory() as session:
        assert session.scalar(select(func.count(Album.id))) == 5
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
        if session.get_bind().dialect.name != "sqlite":  # there it waits for the one writer
            ticking.join(30)
            assert not ticking.is_alive()  # it found the complaint held, and passed it by
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


def test_one_setting_is_changed_once(fresh_database) -> None:
    """Where nothing was chosen yet there is no row to lock: a double tap still is one change."""
    factory, _store_id, actor = _opened(fresh_database())
    when = {"actor": actor, "now": NOW}
    night, new_year = (9 * 60, 21 * 60), NamedDay(date(2031, 1, 1), False)

    def add_word(session: Session) -> None:
        with suppress(WordKnown):
            learning.add_word(session, "掉扣子", **when)

    for act in (
        add_word,
        lambda s: learning.choose_asks(s, 7, **when),
        lambda s: complaints.set_days(s, 400, **when),
        lambda s: stores.enter_year(s, 2031, [new_year], source="", **when),
        lambda s: stores.set_week(s, {day: [night] for day in range(7)}, **when),
        lambda s: stores.set_day(s, date(2031, 5, 1), [night], **when),
        lambda s: stores.add_livestream(s, [1], night, **when),
    ):
        _at_once(factory, lambda s, act=act: act(s) or 0)
    with factory() as session:
        windows = session.scalars(select(StoreWindow.kind).order_by(StoreWindow.id)).all()
        assert windows == [*[WindowKind.STAFFED] * 7, WindowKind.LIVESTREAM]
        for table in (ComplaintWord, DayOverride, CalendarEdit):
            assert session.scalar(select(func.count(table.id))) == 1
    factory.kw["bind"].dispose()


def test_two_changes_of_the_promise_at_once_both_count(fresh_database) -> None:
    factory, _store_id, actor = _opened(fresh_database())
    with transaction(factory) as session:
        stores.set_week(session, {0: [(540, 1260)]}, actor=actor, now=NOW)
    begun = threading.Event()

    def slowly(before: Policy) -> Policy:
        begun.set()
        until_waiting(factory)  # the other one has asked
        return replace(before, promise_seconds=600)

    def change(how) -> None:
        with transaction(factory) as session:
            complaints.change_policy(session, how, actor=actor, now=NOW)

    first = threading.Thread(target=change, args=[slowly])
    first.start()
    begun.wait(10)
    change(lambda before: replace(before, spread_seconds=600))
    first.join()
    with factory() as session:
        policy = current_policy(session)[1]
    assert (policy.promise_seconds, policy.spread_seconds) == (600, 600)
    factory.kw["bind"].dispose()


def test_one_buyer_is_told_once(fresh_database) -> None:
    factory, store_id, actor = _opened(fresh_database())
    with transaction(factory) as session:
        incident = Incident(store_id=store_id, opened_at=NOW)
        session.add(incident)
        store = session.get_one(Store, store_id)
        buyers = [make_contact(session, f"顾客{n}", store=store).id for n in range(4)]
        session.flush()
        incident_id = incident.id
    for buyer in buyers:
        _at_once(
            factory,
            lambda s, one=buyer: (
                complaints.tell_buyer(
                    s, s.get_one(Incident, incident_id), one, actor=actor, now=NOW
                )
                or 0
            ),
        )
    with factory() as session:
        assert list(session.scalars(select(IncidentBuyer.contact_id))) == buyers
    factory.kw["bind"].dispose()
