"""What the hottest pages, the frame and the tick ask uses its indexes, on both databases.

The plans are those of a grown shop with the statistics of its tables: on the few rows of a test a
database may choose any of them.
"""

import os
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, insert, select, text, true, update
from sqlalchemy.orm import Session

from crm.accounts.queries import actor_of_session
from crm.accounts.rules import Actor, Role
from crm.alerts.models import AlertReceipt
from crm.attention.models import FollowUp
from crm.complaints.models import Complaint
from crm.complaints.queries import case, due
from crm.complaints.rules.commands import NewEvent
from crm.complaints.rules.words import EventType
from crm.complaints.service import record_event
from crm.contacts.queries import search, search_contacts
from crm.db import make_engine, make_factory, transaction
from crm.lifecycle.queries.duplicates import duplicates
from crm.lifecycle.queries.moves import funnel
from crm.lifecycle.rules.moves import FunnelBy
from crm.stores.models import Store
from crm.workbench.queries.frame import frame
from crm.workbench.queries.people import contact_page
from crm.workbench.queries.today import today
from crm.workbench.rules import ListFilter
from tests import databases
from tests.benchmarks import cases, data
from tests.conftest import NOW
from tests.factories.alerts import raise_one
from tests.factories.stores import actor_of, make_staff

E = EventType
CONTACTS = 5_000
COMPLAINTS = 10_000  # nine of ten closed
BIG = {"contact", "shop_order"}  # a database reads a table without rows whole
ENDED = 1_000  # follow-ups and lines of an inbox


@dataclass(frozen=True)
class Grown:
    """A shop of some years, with the statistics of its tables."""

    engine: Engine
    owner: Actor
    manager: Actor


@pytest.fixture(scope="module")
def grown(migrated_url, server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("grown")
    name = f"shuke_grown_{os.getpid()}"
    url = databases.fresh(server, name, folder, template=migrated_url)
    engine = make_engine(url)
    yield _grow(url, engine)
    engine.dispose()
    databases.drop(url, server)


def _grow(url: str, engine: Engine) -> Grown:
    factory = make_factory(engine)
    with transaction(factory) as session:
        token = data.make_shop(session, now=NOW)
        owner = actor_of_session(session, token, NOW)
        store = session.get_one(Store, 1)
        manager = actor_of(session, make_staff(session, Role.MANAGER, store))
    desk = cases.Desk(url, engine, factory, owner, store_id=1)
    cases.log_templates(desk, COMPLAINTS // 100, NOW)
    with transaction(factory) as session:
        for complaint in session.scalars(select(Complaint).where(Complaint.id % 10 > 0)):
            for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
                record_event(session, complaint, NewEvent(kind), actor=owner, now=NOW)
        tomorrow = (NOW + timedelta(days=1)).isoformat()
        promised = NewEvent(E.PROMISED, data={"due_at": tomorrow, "task": "refund"})
        for complaint in session.scalars(select(Complaint).where(Complaint.id % 10 == 0)):
            record_event(session, complaint, promised, actor=owner, now=NOW)
        for number in range(ENDED):
            raise_one(session, owner.id, base=f"seen-{number}")
        session.flush()
        session.execute(update(AlertReceipt).where(AlertReceipt.id % 50 > 0).values(seen_at=NOW))
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        data.make_contacts(connection, CONTACTS, now=NOW)
        data.make_searchable(connection, CONTACTS, now=NOW)
        data.make_moves(connection, CONTACTS, now=NOW)
        ended = [data.follow_up(number, NOW) for number in range(ENDED, 2 * ENDED)]
        hers = {"staff_id": manager.id, "cancelled_at": NOW}
        connection.execute(insert(FollowUp), [row | hers for row in ended])
        cases.copy(connection, COMPLAINTS // 100, COMPLAINTS)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return Grown(engine, owner, manager)


@pytest.fixture
def session(grown):
    with Session(grown.engine) as session:
        yield session


@pytest.fixture
def owner(grown):
    return grown.owner


@pytest.fixture
def manager(grown):
    return grown.manager


def statements(connection, act):
    """Return the statements that `act` sends, with their values."""
    sent = []

    def note(_c, _cursor, statement, parameters, *_):
        sent.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    act()
    event.remove(connection, "before_cursor_execute", note)
    return sent


@pytest.fixture
def plans(session):
    """Return how this database would run each statement that `act` sends."""
    connection = session.connection()

    def of(act):
        is_sqlite = connection.dialect.name == "sqlite"
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        return [
            "\n".join(str(row) for row in connection.exec_driver_sql(explain + sent, values))
            for sent, values in statements(connection, act)
        ]

    return of


@pytest.mark.parametrize("direction", ["", "after", "before"])
def test_list_walks_the_index_of_its_order(session, plans, owner, now, direction):
    position = {direction: (now, 7)} if direction else {}
    (plan,) = plans(lambda: contact_page(session, owner, ListFilter.ALL, **position, now=now))
    assert "ix_contact_active_at_id" in plan
    assert "ix_touch_contact_id_happened_at" in plan
    assert "ix_shop_order_contact_id_bought_on_net_fen" in plan


ASKED = ("contact_search VIRTUAL TABLE INDEX 0:M1", "ix_contact_search_grams")  # SQLite, PostgreSQL
EVERYBODY = ("SCAN contact ", "SCAN contact_identity ", "Seq Scan on contact")


@pytest.mark.parametrize("query", ["王芳", "wfn", "怕热", "芳 连衣裙"])
def test_search_reads_its_hits_and_nobody_else(session, plans, manager, query):
    *_walked, asked, hits = plans(lambda: search_contacts(session, query, manager))
    assert not [scan for scan in EVERYBODY for plan in (asked, hits) if scan in f"{plan} "]
    assert any(index in asked for index in ASKED)
    assert any(index in hits for index in (ASKED[0], "pk_contact on contact"))


def test_prepared_search_reads_its_hits_and_nobody_else(session, manager):
    """PostgreSQL plans a statement that comes often without its values; once it read the book."""
    if session.get_bind().dialect.name != "postgresql":
        pytest.skip("only PostgreSQL has plans without values")
    sent = statements(session.connection(), lambda: search_contacts(session, "王芳", manager))
    session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
    for number, (statement, values) in enumerate(sent[-2:]):
        names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
        for place, name in enumerate(names, start=1):
            statement = statement.replace(f"%({name})s", f"${place}")  # noqa: PLW2901
        given = ", ".join(_literal(values[name]) for name in names)
        connection = session.connection()
        connection.exec_driver_sql(f"PREPARE asked_{number} AS {statement}")
        plan = str(connection.exec_driver_sql(f"EXPLAIN EXECUTE asked_{number}({given})").all())
        assert not [scan for scan in EVERYBODY if scan in plan], plan
        assert "ix_contact_search_grams" in plan or "pk_contact on contact" in plan


def test_no_statement_waits_to_be_compiled(session):
    if session.get_bind().dialect.name != "postgresql":
        pytest.skip("only PostgreSQL compiles statements")
    assert session.scalar(text("SHOW jit")) == "off"


def _literal(value):
    if isinstance(value, list):
        return "'{" + ",".join(map(str, value)) + "}'"
    return f"'{value}'"


def test_search_for_what_many_have_walks_from_the_latest(session, plans, owner, monkeypatch):
    monkeypatch.setattr(search, "MANY", dict.fromkeys(search.MANY, 100))
    (surname,) = plans(lambda: search_contacts(session, "王", owner, limit=5))
    *_rest, pair = plans(lambda: search_contacts(session, "小芳", owner, limit=5))
    for walk in (surname, pair):
        assert "ix_contact_active_at_id" in walk
        assert "TEMP B-TREE" not in walk.partition("SEARCH")[0]  # on SQLite it would read them all


def test_today_of_everybody_reads_only_what_is_open(session, plans, owner, now):
    people = next(p for p in plans(lambda: today(session, owner, now=now)) if "follow_up" in p)
    assert "ix_follow_up_open_due_on" in people
    assert "ix_complaint_" in people


def test_today_of_one_person_reads_only_her_open_ones(session, plans, manager, now):
    people = next(p for p in plans(lambda: today(session, manager, now=now)) if "follow_up" in p)
    assert "ix_follow_up_open_" in people


def test_what_is_to_do_today_is_read_from_the_open_tasks(session, plans, owner, manager, now):
    for person in (owner, manager):
        found = plans(lambda person=person: today(session, person, now=now))
        (tasks,) = [p for p in found if "sla_clock" in p]
        assert "ix_sla_clock_task" in tasks


def test_minutes_of_a_day_are_those_of_the_person(session, plans, manager, now):
    found = plans(lambda: today(session, manager, now=now))
    assert any("ix_touch_staff_id_happened_at" in plan for plan in found)
    assert any("ix_touch_staff_id_over_asked_at" in plan for plan in found)


def test_session_and_frame_look_nothing_up_by_reading_tables(session, plans, owner, now):
    found = plans(lambda: actor_of_session(session, "token", now))
    assert "staff_session" in found[0]
    assert "SCAN staff_session" not in found[0]
    (plan,) = plans(lambda: frame(session, owner, "/today", now=now))
    assert "ix_alert_receipt_unseen" in plan
    assert "ix_complaint_" in plan


def test_the_tick_looks_only_at_what_is_pending_and_due(session, plans, now):
    (steps,) = plans(lambda: due.due_steps(session, now, 10))
    assert "ix_alert_step_wake_at" in steps
    (automatics,) = plans(lambda: due.with_automatics(session, now, 10))
    assert "ix_complaint_automatic_at" in automatics


def test_changed_hours_are_looked_for_among_what_still_runs(session, plans):
    pinned, *_hours = plans(lambda: case.outdated_calendars(session))
    assert "ix_complaint_running_hours" in pinned


def test_the_reconciler_looks_only_at_what_still_runs(session, plans, now):
    (lost,) = plans(lambda: due.without_step(session, now))
    assert "ix_sla_clock_ticking" in lost
    assert "ix_alert_step_pending" in lost


def test_duplicates_are_walked_and_looked_up_by_indexes(plans, session, owner, manager, now):
    for person in (owner, manager):
        found = plans(lambda person=person: duplicates(session, person, after=(now, 7)))
        assert len(found) > 10
        for plan in found:
            read_whole = re.findall(r"SCAN (\w+)(?! USING| .*USING)|Seq Scan on (\w+)", plan)
            assert not {name for pair in read_whole for name in pair} & BIG, plan


def test_steps_of_everybody_moved_are_looked_up_by_indexes(plans, session):
    (plan,) = plans(lambda: funnel(session, true(), FunnelBy.STORE, since=None))
    assert "ix_touch_contact_id_happened_at" in plan
    assert "ix_shop_order_contact_id" in plan
    assert not re.search(r"SCAN (touch|shop_order)|Seq Scan on (touch|shop_order)", plan), plan


def test_numbers_are_looked_up_by_their_hashes(session, plans, manager, now):
    """The last test: on PostgreSQL its rows leave room in the table, which changes plans."""
    data.make_phones(session.connection(), CONTACTS, now=now)
    for query, index in (("0142", "_tail_hash"), ("10000007919", "_kind_value_hash_rank")):
        found = plans(lambda query=query: search_contacts(session, query, manager))
        assert len(found) == 2
        assert not [scan for scan in EVERYBODY for plan in found if scan in f"{plan} "]
        assert index in found[1] or "sqlite_autoindex_contact_identity" in found[1]
