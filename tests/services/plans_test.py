"""What the hottest pages, the frame and the tick ask uses its indexes, on both databases."""

import pytest
from sqlalchemy import event

from crm.accounts.queries import actor_of_session
from crm.accounts.rules import Role
from crm.complaints.queries import case, due
from crm.workbench.queries.frame import frame
from crm.workbench.queries.people import contact_page
from crm.workbench.queries.today import today
from crm.workbench.rules import ListFilter
from tests.factories.stores import actor_of, make_staff, make_store


@pytest.fixture
def owner(session):
    return actor_of(session, make_staff(session, Role.OWNER))


@pytest.fixture
def manager(session):
    return actor_of(session, make_staff(session, Role.MANAGER, make_store(session)))


@pytest.fixture
def plans(session):
    """Return how this database would run each statement that `act` sends."""
    connection = session.connection()

    def of(act):
        sent = []

        def note(_c, _cursor, statement, parameters, *_):
            sent.append((statement, parameters))

        session.flush()
        event.listen(connection, "before_cursor_execute", note)
        act()
        event.remove(connection, "before_cursor_execute", note)
        explain = "EXPLAIN QUERY PLAN "
        if session.get_bind().dialect.name == "postgresql":
            explain = "EXPLAIN "
            # Tables of a test are so small that reading them whole would always be cheaper.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_sort = off")
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        return [
            "\n".join(str(row) for row in connection.exec_driver_sql(explain + text, values))
            for text, values in sent
        ]

    return of


@pytest.mark.parametrize("direction", ["", "after", "before"])
def test_list_walks_the_index_of_its_order(session, plans, owner, now, direction):
    position = {direction: (now, 7)} if direction else {}
    (plan,) = plans(lambda: contact_page(session, owner, ListFilter.ALL, **position, now=now))
    assert "ix_contact_active_at_id" in plan
    assert "ix_touch_contact_id_happened_at" in plan
    assert "ix_shop_order_contact_id_bought_on_net_fen" in plan


def test_today_of_everybody_reads_only_what_is_open(session, plans, owner, now):
    people = next(p for p in plans(lambda: today(session, owner, now=now)) if "follow_up" in p)
    assert "ix_follow_up_open_due_on" in people
    assert "ix_complaint_" in people


def test_today_of_one_person_reads_only_her_open_ones(session, plans, manager, now):
    people = next(p for p in plans(lambda: today(session, manager, now=now)) if "follow_up" in p)
    assert "ix_follow_up_open_" in people


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
