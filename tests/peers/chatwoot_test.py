"""Faults of a help desk that knows deadlines, each shown to be none of ours."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from crm.alerts.models import Alert
from crm.complaints.models import AlertStep, Complaint, SlaClock
from crm.complaints.queries import due
from crm.complaints.queries.case import clock_rows, events_of
from crm.complaints.rules.words import ClockKind, ClockState, EventType, State
from crm.integrations.rules import Level
from tests.factories.desk import MINUTE
from tests.peers.crowd import at, every
from tests.plans import plan_of

E, K, S = EventType, ClockKind, ClockState
OFFICE = {day: [(540, 1020)] for day in range(5)}
SPLIT = {day: [(540, 720), (810, 1080)] for day in range(5)}


def test_cw_1_business_hours_skip_the_weekend_in_deadline_and_alarm(crowd_2026):
    start = at("2026-06-05 16:30")
    crowd_2026.hours(OFFICE, start)
    crowd_2026.first_answer(60, start)
    complaint = crowd_2026.private(start)
    due_at = crowd_2026.clock(complaint, K.FIRST_RESPONSE).due_at
    assert due_at == at("2026-06-08 09:30")
    crowd_2026.tick(at("2026-06-07 12:00"))
    assert Level.L0 not in crowd_2026.levels(complaint, K.FIRST_RESPONSE)
    crowd_2026.tick(due_at)
    assert Level.L0 in crowd_2026.levels(complaint, K.FIRST_RESPONSE)


def test_cw_2_a_tick_reads_what_is_due_and_not_every_deadline(crowd, session, now):
    for number in range(30):
        crowd.private(now + timedelta(hours=1), reporter_name=f"顾客{number}")
    mine = crowd.private(now)
    crowd.tick(now + 7 * MINUTE)
    moment = now + 8 * MINUTE
    found = due.due_steps(session, moment, 100)
    due_ones = {step.complaint_id for step in found}
    assert mine.id in due_ones <= {mine.id, *(one.id for one in crowd.noise)}
    replayed = _statements(session, lambda: crowd.tick(moment), "FROM complaint_event")
    assert 1 <= len(replayed) <= len(due_ones)


def _statements(session, act, part):
    seen = []
    bind = session.get_bind()

    def note(_conn, _cursor, statement, *_rest):
        if part in statement:
            seen.append(statement)

    event.listen(bind.engine, "before_cursor_execute", note)
    act()
    event.remove(bind.engine, "before_cursor_execute", note)
    return seen


def test_cw_3_one_breach_for_a_clock_however_often_anybody_chases_or_looks(crowd, session, now):
    complaint = crowd.private(now)
    for minute in range(10, 40, 5):
        moment = now + minute * MINUTE
        crowd.record(complaint, E.CUSTOMER_MESSAGE, moment, data={"intent": "chase"})
        crowd.tick(moment)
        crowd.tick(moment)
    clocks = [r for r in clock_rows(session, complaint.id) if r.breached_at]
    assert [(clock.kind, clock.cycle) for clock in clocks] == [(K.FIRST_RESPONSE, 1)]
    keys = session.execute(
        select(Alert.dedupe_key, func.count()).group_by(Alert.dedupe_key).having(func.count() > 1)
    ).all()
    assert keys == []
    due_told = [a for a in crowd.told(complaint, K.FIRST_RESPONSE) if a.level is Level.L0]
    assert len(due_told) == len({a.staff_id for a in due_told})


def test_cw_4_the_verdict_does_not_depend_on_the_poll(crowd, session, now):
    watched = crowd.private(now, reporter_name="小鹿")
    unwatched = crowd.private(now, reporter_name="大雄")
    crowd.tick(now + 15 * MINUTE)
    for moment in every(timedelta(seconds=10), now + 14 * MINUTE, now + 16 * MINUTE):
        crowd.tick(moment)
    late = now + 15 * MINUTE + timedelta(seconds=1)
    for complaint in (watched, unwatched):
        crowd.record(complaint, E.PRIVATE_REPLY, now + 20 * MINUTE, at=late)
        for kind in (E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
            crowd.record(complaint, kind, now + 20 * MINUTE)
    crowd.tick(now + timedelta(days=1))
    verdicts = [
        [(r.kind, r.state, r.due_at, r.met_at, r.breached_at) for r in clock_rows(session, one.id)]
        for one in (watched, unwatched)
    ]
    assert verdicts[0] == verdicts[1]
    assert (K.FIRST_RESPONSE, S.MET_LATE, now + 15 * MINUTE, late, now + 15 * MINUTE) in verdicts[0]


@pytest.mark.parametrize(
    ("start", "minutes", "due_at"),
    [
        ("2026-06-10 11:50", 30, "2026-06-10 13:50"),
        ("2026-06-10 11:30", 30, "2026-06-10 12:00"),
        ("2026-06-10 12:40", 30, "2026-06-10 14:00"),
        ("2026-06-10 17:50", 30, "2026-06-11 09:20"),
        ("2026-06-10 08:00", 451, "2026-06-11 09:01"),
    ],
    ids=["A3", "A11", "A13", "A16", "A15"],
)
def test_cw_5_a_day_may_have_several_windows(crowd, start, minutes, due_at):
    crowd.hours(SPLIT, at(start))
    crowd.first_answer(minutes, at(start))
    complaint = crowd.private(at(start))
    assert crowd.clock(complaint, K.FIRST_RESPONSE).due_at == at(due_at)


def test_cw_6_warnings_come_before_the_deadline_and_leaders_after_it(crowd, now):
    complaint = crowd.private(now, reporter_name="小鹿")
    crowd.record(complaint, E.HANDED_OVER, now, by=crowd.lead, data={"to_id": crowd.manager.id})
    for moment in every(timedelta(seconds=30), now, now + 31 * MINUTE):
        crowd.tick(moment)
    told = {
        (alert.level, alert.staff_id, (alert.created_at - now).total_seconds() / 60)
        for alert in crowd.told(complaint, K.FIRST_RESPONSE)
    }
    assert told == {
        (Level.W1, crowd.manager.id, 7.5),
        (Level.W2, crowd.manager.id, 12),
        (Level.L0, crowd.manager.id, 15),
        (Level.L0, crowd.lead.id, 15),
        (Level.L1, crowd.lead.id, 20),
        (Level.L2, crowd.owner.id, 30),
    }


def test_cw_7_goodbyes_do_nothing_closing_freezes_and_a_problem_reopens_with_history(
    crowd, session, now
):
    complaint = crowd.private(now)
    late = now + 20 * MINUTE
    for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
        crowd.record(complaint, kind, late)
    crowd.record(complaint, E.CUSTOMER_MESSAGE, late, text="谢谢", data={"intent": "thanks"})
    assert complaint.state is State.CLOSED
    frozen = _figures(session, complaint)
    crowd.tick(now + timedelta(days=3))
    assert _figures(session, complaint) == frozen
    assert frozen[0][1:] == (S.MET_LATE, now + 15 * MINUTE)
    again = now + timedelta(days=6)
    crowd.record(complaint, E.CUSTOMER_MESSAGE, again, text="又坏了", data={"intent": "problem"})
    assert (complaint.state, complaint.cycle) == (State.OPEN, 2)
    assert _figures(session, complaint)[: len(frozen)] == frozen
    assert events_of(session, complaint.id)[0].type is E.LOGGED


def _figures(session, complaint: Complaint):
    session.flush()
    return [(row.kind, row.state, row.breached_at) for row in clock_rows(session, complaint.id)]


def test_cw_2_the_scan_reads_the_partial_index(crowd, session, now):
    for number in range(40):
        crowd.private(now, reporter_name=f"顾客{number}")
    waiting = select(func.count()).select_from(AlertStep).join(SlaClock)
    assert session.scalar(waiting) > 80
    assert due.due_steps(session, now, 100) == []
    plan = plan_of(session, lambda: due.due_steps(session, now, 100))
    assert "ix_alert_step_wake_at" in plan
