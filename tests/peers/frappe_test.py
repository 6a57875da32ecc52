"""Faults of a help desk built on a framework, each shown to be none of ours."""

import time
from datetime import timedelta

import pytest

from crm.complaints.queries.case import clock_rows, events_of
from crm.complaints.rules.words import ClockKind, ClockState, EventType
from crm.integrations.rules import Level
from crm.stores import service as stores
from crm.stores.rules import BadHours, HoursCommand
from crm.stores.rules.calendar import BusinessCalendar, NoWorkingTime
from tests.factories.desk import MINUTE
from tests.peers.crowd import at

E, K, S = EventType, ClockKind, ClockState
OFFICE = {day: [(540, 1020)] for day in range(5)}
SPLIT = {day: [(540, 720), (810, 1080)] for day in range(5)}


def test_fh_1_a_breach_is_told_up_the_ladder_and_no_other_complaint_is_rewritten(crowd, now):
    others = [(one.id, one.version, one.breached_at) for one in crowd.noise[1:2]]
    complaint = crowd.private(now)
    for minutes in (15, 20, 30):
        crowd.tick(now + minutes * MINUTE)
    told = {alert.level: alert.staff_id for alert in crowd.told(complaint, K.FIRST_RESPONSE)}
    assert told[Level.L1] == crowd.lead.id
    assert told[Level.L2] == crowd.owner.id
    assert [(one.id, one.version, one.breached_at) for one in crowd.noise[1:2]] == others


@pytest.mark.parametrize(
    ("week", "start", "pause", "resume", "due_at"),
    [
        (OFFICE, "2026-06-08 16:30", "2026-06-08 16:45", "2026-06-09 11:00", "2026-06-09 11:15"),
        (SPLIT, "2026-06-10 11:40", "2026-06-10 12:10", "2026-06-10 13:00", "2026-06-10 13:40"),
    ],
    ids=["over night", "over lunch"],
)
def test_fh_2_a_pause_adds_staffed_time_and_no_wall_time(crowd, week, start, pause, resume, due_at):
    crowd.hours(week, at(start))
    complaint = crowd.private(at(start) - MINUTE)
    crowd.record(complaint, E.PRIVATE_REPLY, at(start) - MINUTE)
    crowd.record(complaint, E.CUSTOMER_MESSAGE, at(start), data={"intent": "problem"})
    data = {"reason": "等照片", "until": (at(resume) + timedelta(hours=9)).isoformat()}
    crowd.record(complaint, E.PAUSED, at(pause), data=data)
    crowd.record(complaint, E.RESUMED, at(resume))
    assert crowd.clock(complaint, K.NEXT_RESPONSE).due_at == at(due_at)


def test_fh_2_a_pause_of_the_solution_gives_back_what_was_left(crowd_2026):
    complaint = crowd_2026.private(at("2026-06-08 10:00"))
    crowd_2026.record(complaint, E.PRIVATE_REPLY, at("2026-06-08 10:05"))
    data = {"reason": "等照片", "until": at("2026-06-10 12:00").isoformat()}
    crowd_2026.record(complaint, E.PAUSED, at("2026-06-08 12:00"), data=data)
    crowd_2026.tick(at("2026-06-10 12:00"))
    assert crowd_2026.clock(complaint, K.RESOLUTION).due_at == at("2026-06-12 10:00")


def test_fh_3_a_pause_hides_no_breach_and_lunch_is_no_staffed_time(crowd_2026):
    crowd_2026.hours(SPLIT, at("2026-06-10 08:00"))
    complaint = crowd_2026.private(at("2026-06-10 11:50"))
    first = crowd_2026.clock(complaint, K.FIRST_RESPONSE)
    assert first.due_at == at("2026-06-10 13:35")
    crowd_2026.tick(at("2026-06-10 13:36"))
    data = {"reason": "等照片", "until": at("2026-06-10 17:00").isoformat()}
    crowd_2026.record(complaint, E.PAUSED, at("2026-06-10 13:40"), data=data)
    crowd_2026.tick(at("2026-06-10 16:00"))
    first = crowd_2026.clock(complaint, K.FIRST_RESPONSE)
    assert (first.state, first.breached_at) == (S.RUNNING, at("2026-06-10 13:35"))
    assert complaint.breached_at == at("2026-06-10 13:35")


def test_fh_3_out_of_hours_the_page_has_words_for_the_customer(crowd, page, now):
    page.sign_in(crowd.staff["manager"])
    complaint = crowd.private(now)
    assert "现在是休息时间" not in page.get(f"/complaints/{complaint.id}").text
    crowd.hours({day: [(540, 600)] for day in range(7)}, now)
    later = crowd.private(now, reporter_name="小鹿")
    assert "现在是休息时间" in page.get(f"/complaints/{later.id}").text


def test_fh_4_hours_edited_on_the_page_move_the_deadline(crowd, page, session, now):
    evening = now.replace(hour=21, minute=50, second=0)
    complaint = crowd.private(evening)
    before = crowd.clock(complaint, K.FIRST_RESPONSE).due_at
    page.sign_in(crowd.staff["owner"])
    page.get("/settings/hours")
    page.post("/settings/hours", {"start": "12:00", "end": "22:00"})
    crowd.straighten(evening)
    after = crowd.clock(complaint, K.FIRST_RESPONSE).due_at
    assert before == (evening + timedelta(days=1)).replace(hour=10, minute=5)
    assert after == (evening + timedelta(days=1)).replace(hour=12, minute=5)
    assert "old" in events_of(session, complaint.id)[-1].data


def test_fh_5_hours_that_never_open_are_refused_and_no_loop_is_endless(crowd, session, now):
    with pytest.raises(BadHours):
        stores.set_week(session, {}, actor=crowd.owner, now=now)
    with pytest.raises(BadHours):
        stores.set_hours(session, HoursCommand(600, 600), actor=crowd.owner, now=now)
    started = time.perf_counter()
    for calendar in (BusinessCalendar({}), BusinessCalendar({0: []})):
        with pytest.raises(NoWorkingTime):
            calendar.add(now, 60)
    assert time.perf_counter() - started < 1
    complaint = crowd.private(now)
    assert all(row.due_at for row in clock_rows(session, complaint.id))
