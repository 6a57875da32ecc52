"""What moves, what stays: acts taken back, late entries, pauses, promises, corrected days."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from crm.complaints.rules.clocks import Clock, reckon
from crm.complaints.rules.policy import Target
from crm.complaints.rules.words import Basis, ClockKind, ClockState, EventType, State
from crm.stores.rules.calendar import BusinessCalendar, Statutory
from tests.factories.complaints import CALENDARS, Log, moment

K, S, E = ClockKind, ClockState, EventType
PRIVATE = {"channel": "private", "category": "quality"}


def _clock(log: Log, kind: ClockKind, cycle: int = 1) -> Clock:
    clock = log.case.clock(kind, cycle)
    assert clock is not None
    return clock


def _pause(log: Log, at: str, until: str) -> Log:
    return log.add("paused", at, reason="photos", until=moment(until).isoformat())


# Taken back.


def test_the_customers_word_taken_back_opens_what_it_ended():
    log = Log("15:02", **PRIVATE).offer("15:05").add("customer_confirmed", "16:00")
    log.add("resolved", "16:00", actor=None).add("closed", "16:00", actor=None)
    assert log.case.state is State.CLOSED
    log.add("undone", "16:05", seq=4)
    assert log.case.state is State.ANSWERED
    assert log.case.automatic().type is E.RESOLVED


def test_a_pause_whose_early_end_is_taken_back_ends_at_its_own_time():
    log = Log("2026-06-08 10:00", **PRIVATE).add("private_reply", "2026-06-08 10:05")
    _pause(log, "2026-06-08 12:00", "2026-06-08 15:00").add("resumed", "2026-06-08 13:00")
    log.add("undone", "2026-06-08 16:00", seq=4)
    log.add("promised", "2026-06-08 16:01", due_at="2026-06-09T10:00:00+08:00")
    assert log.case.state is State.ANSWERED
    assert _clock(log, K.RESOLUTION).due_at == moment("2026-06-10 13:00")


def test_what_followed_an_act_that_was_taken_back_changes_nothing():
    log = Log("15:02", **PRIVATE).offer("15:05").add("customer_confirmed", "16:00")
    log.add("reopened", "16:10")
    log.add("promised", "16:11", due_at="2026-06-07T10:00:00+08:00").add("undone", "16:12", seq=5)
    assert log.case.state is State.CLOSED
    assert not any(clock.is_unmet for clock in log.case.clocks)


def test_an_offer_after_an_answer_that_was_taken_back_stops_nothing():
    log = Log("15:02", **PRIVATE).offer("15:05").add("undone", "15:20", seq=2)
    assert (log.case.state, log.case.offered_at) == (State.OPEN, None)
    assert _clock(log, K.RESOLUTION).is_ticking


# Entered late.


def test_a_message_from_before_the_answer_entered_after_it_owes_nothing():
    log = Log("15:02", **PRIVATE).add("private_reply", "15:10")
    log.add("customer_message", "15:06", recorded="15:30", intent="problem")
    assert log.case.state is State.ANSWERED
    assert log.case.chase_count == 1


def test_chats_tell_minutes_so_a_message_of_the_minute_of_the_answer_is_owed_one():
    log = Log("15:02", **PRIVATE).add("private_reply", "15:10:40")
    log.add("customer_message", "15:10", recorded="15:30", intent="problem")
    assert log.case.state is State.OPEN
    assert _clock(log, K.NEXT_RESPONSE).started_at == moment("15:10")


def test_a_message_from_before_the_pause_does_not_end_it_before_it_began():
    log = Log("15:02", **PRIVATE).add("private_reply", "15:03")
    _pause(log, "15:30", "18:00")
    due_at = _clock(log, K.RESOLUTION).due_at
    log.add("customer_message", "15:10", recorded="15:40", intent="problem")
    assert log.case.state is State.OPEN
    assert _clock(log, K.RESOLUTION).due_at == due_at


def test_next_response_starts_at_the_earliest_of_messages_entered_in_any_order():
    log = Log("15:02", **PRIVATE).add("customer_message", "15:20", intent="chase")
    log.add("customer_message", "15:15", recorded="15:21", intent="chase")
    log.add("private_reply", "15:10", recorded="15:25")
    assert _clock(log, K.NEXT_RESPONSE).started_at == moment("15:15")


def test_a_closing_statement_is_never_earlier_than_the_solution():
    log = Log("15:02").offer("15:03").add("customer_confirmed", "16:00")
    log.add("public_closure", "15:50", recorded="16:05")
    assert log.case.closed_at == moment("16:00")
    assert _clock(log, K.PUBLIC_CLOSURE).met_at == moment("16:00")


# Pauses.


def test_what_is_answered_during_a_pause_stays_answered_after_it():
    log = Log("2026-06-08 11:00", **PRIVATE).add("private_reply", "2026-06-08 11:01")
    log.add("customer_message", "2026-06-08 11:10", intent="problem")
    _pause(log, "2026-06-08 11:15", "2026-06-08 12:00")
    log.add("private_reply", "2026-06-08 11:30").add("resumed", "2026-06-08 12:00")
    clock = _clock(log, K.NEXT_RESPONSE)
    assert (clock.state, clock.met_at) == (S.MET, moment("2026-06-08 11:30"))
    assert log.case.state is State.ANSWERED


def test_spread_leaves_a_paused_answer_no_more_than_five_minutes():
    log = Log("15:02").add("public_reply", "15:03")
    log.add("customer_message", "15:10", intent="problem")
    _pause(log, "15:12", "17:00").add("onlooker_signal", "15:14", signal="refund_ask")
    log.add("resumed", "16:00")
    assert _clock(log, K.NEXT_RESPONSE).due_at == moment("16:05")


def test_graver_severity_counts_no_paused_time():
    log = Log("2026-06-08 10:00", **PRIVATE).add("private_reply", "2026-06-08 10:05")
    _pause(log, "2026-06-08 12:00", "2026-06-09 12:00").add("resumed", "2026-06-09 12:00")
    log.add("severity_changed", "2026-06-09 12:30", severity=1)
    assert _clock(log, K.RESOLUTION).due_at == moment("2026-06-10 10:00")


def test_graver_severity_during_a_pause_leaves_what_the_graver_target_leaves():
    log = Log("2026-06-08 10:00", **PRIVATE).add("private_reply", "2026-06-08 10:05")
    _pause(log, "2026-06-08 12:00", "2026-06-09 12:00")
    log.add("severity_changed", "2026-06-08 13:00", severity=1).add("resumed", "2026-06-09 12:00")
    assert _clock(log, K.RESOLUTION).due_at == moment("2026-06-10 10:00")


def test_an_offer_that_nobody_answered_during_a_pause_ends_the_case_after_it():
    log = Log("2026-06-08 10:00").offer("2026-06-08 10:05")
    _pause(log, "2026-06-11 09:00", "2026-06-13 09:00")
    log.add("resumed", "2026-06-13 09:00", actor=None).add("resolved", "2026-06-13 09:00")
    assert (log.case.state, log.case.resolved_at) == (State.RESOLVED, moment("2026-06-13 09:00"))
    assert _clock(log, K.PUBLIC_CLOSURE).due_at == moment("2026-06-14 09:00")


# Promises, extensions, merging, reopening.


def test_a_private_please_wait_is_kept_by_a_private_answer():
    log = Log("15:02").add("public_reply", "15:03")
    log.add("customer_message", "15:04", visibility="private", intent="problem")
    log.add("holding_reply", "15:05", visibility="private").add("private_reply", "15:10")
    assert _clock(log, K.PROMISE).state is S.MET


def test_an_extension_moves_the_promise_that_it_names():
    log = Log("15:02", **PRIVATE)
    for due_at in ("18:00", "19:00"):
        log.add("promised", "15:05", due_at=moment(due_at).isoformat())
    log.add(
        "extended", "15:10", kind="promise", cycle=2, due_at=moment("2026-06-07 12:00").isoformat()
    )
    assert _clock(log, K.PROMISE, 1).due_at == moment("18:00")
    assert _clock(log, K.PROMISE, 2).due_at == moment("2026-06-07 12:00")


def test_merging_takes_promises_and_platform_dates_over():
    given = [
        {
            "kind": "promise",
            "started_at": moment("14:50").isoformat(),
            "due_at": moment("15:40").isoformat(),
            "note": "pick_up",
            "held_before": None,
        }
    ]
    log = Log("15:02", **PRIVATE).add("merged", "15:10", from_id=3, starts={}, given=given)
    promise = _clock(log, K.PROMISE)
    assert (promise.due_at, promise.note, promise.state) == (moment("15:40"), "pick_up", S.RUNNING)
    log.calendars[2] = replace(CALENDARS, id=2)
    log.add("deadline_changed", "15:12", cause="calendar", calendar_id=2)
    assert _clock(log, K.PROMISE).due_at == moment("15:40")


def test_a_late_closing_statement_stays_a_miss_when_the_case_is_reopened():
    log = Log("15:02").offer("15:03").add("customer_confirmed", "16:00")
    log.add("reopened", "2026-06-08 09:00")
    clock = _clock(log, K.PUBLIC_CLOSURE)
    assert clock.state is S.MISSED_CLOSED
    assert clock.breached_at(moment("2026-06-09 09:00")) == moment("2026-06-07 16:00")


def test_a_second_holding_reply_does_not_stop_a_later_acknowledgement():
    log = Log("15:02").add("holding_reply", "15:03").add("public_reply", "15:04").offer("15:05")
    log.add("customer_confirmed", "15:30").add("reopened", "16:00").add("holding_reply", "16:01")
    assert _clock(log, K.PUBLIC_ACK, 2).state is S.RUNNING


# Corrected days.

_HALF = Statutory({}, date(2026, 12, 31))
_OFF = {date(2027, 1, day): False for day in (1, 2, 3)}
_KNOWN = Statutory(_OFF, date(2027, 12, 31))


def _desk(statutory: Statutory, number: int):
    hours = BusinessCalendar({day: [(540, 1080)] for day in range(5)}, statutory=statutory)
    return replace(CALENDARS, hours=hours, statutory=statutory, id=number)


def _over_new_year() -> Log:
    log = Log("2026-12-31 17:50", calendars=_desk(_HALF, 1), **PRIVATE)
    log.calendars[2] = _desk(_KNOWN, 2)
    return log


def test_a_miss_of_a_provisional_deadline_is_withdrawn_when_the_days_move_it():
    log = _over_new_year()
    clock = _clock(log, K.FIRST_RESPONSE)
    assert clock.provisional
    assert clock.breached_at(moment("2027-01-01 12:00")) == moment("2027-01-01 09:05")
    log.add("deadline_changed", "2027-01-01 12:00", cause="calendar", calendar_id=2)
    moved = _clock(log, K.FIRST_RESPONSE)
    assert (moved.due_at, moved.provisional) == (moment("2027-01-04 09:05"), False)
    assert moved.breached_at(moment("2027-01-03 12:00")) is None
    assert moved.breached_at(moment("2027-01-04 10:00")) == moment("2027-01-04 09:05")


def test_a_miss_of_a_certain_deadline_stays_when_hours_are_corrected():
    log = Log("2026-06-08 10:00", **PRIVATE)
    closed = BusinessCalendar(CALENDARS.hours.weekly, {date(2026, 6, 8): []})
    log.calendars[2] = replace(CALENDARS, hours=closed, id=2)
    log.add("deadline_changed", "2026-06-08 12:00", cause="calendar", calendar_id=2)
    clock = _clock(log, K.FIRST_RESPONSE)
    assert clock.due_at == moment("2026-06-09 10:15")
    assert clock.breached_at(moment("2026-06-08 13:00")) == moment("2026-06-08 10:15")


def test_corrected_hours_never_move_a_deadline_earlier():
    log = Log("2026-06-08 21:50", **PRIVATE)
    longer = BusinessCalendar({day: [(600, 1440)] for day in range(7)})
    log.calendars[2] = replace(CALENDARS, hours=longer, id=2)
    log.add("deadline_changed", "2026-06-08 21:55", cause="calendar", calendar_id=2)
    assert _clock(log, K.FIRST_RESPONSE).due_at == moment("2026-06-09 10:05")


def test_hours_corrected_back_restore_the_deadline_and_no_more():
    log = Log("2026-06-08 21:50", **PRIVATE)
    closed = BusinessCalendar(CALENDARS.hours.weekly, {date(2026, 6, 9): []})
    longer = BusinessCalendar({day: [(600, 1440)] for day in range(7)})
    log.calendars[2] = replace(CALENDARS, hours=closed, id=2)
    log.calendars[3] = replace(CALENDARS, hours=longer, id=3)
    log.add("deadline_changed", "2026-06-08 21:51", cause="calendar", calendar_id=2)
    assert _clock(log, K.FIRST_RESPONSE).due_at == moment("2026-06-10 10:05")
    log.add("deadline_changed", "2026-06-08 21:52", cause="calendar", calendar_id=3)
    assert _clock(log, K.FIRST_RESPONSE).due_at == moment("2026-06-09 10:05")


def test_a_clock_that_was_paused_once_follows_corrected_hours_too():
    log = Log("2026-06-08 20:00", **PRIVATE).add("private_reply", "2026-06-08 20:01")
    log.add("customer_message", "2026-06-08 21:40", intent="problem")
    _pause(log, "2026-06-08 21:50", "2026-06-08 21:55").add("resumed", "2026-06-08 21:55")
    assert _clock(log, K.NEXT_RESPONSE).due_at == moment("2026-06-09 10:15")
    closed = BusinessCalendar(CALENDARS.hours.weekly, {date(2026, 6, 9): []})
    log.calendars[2] = replace(CALENDARS, hours=closed, id=2)
    log.add("deadline_changed", "2026-06-08 22:30", cause="calendar", calendar_id=2)
    assert _clock(log, K.NEXT_RESPONSE).due_at == moment("2026-06-10 10:15")


def test_corrected_hours_leave_a_pause_what_was_left():
    log = Log("2026-06-08 20:00", **PRIVATE).add("private_reply", "2026-06-08 20:01")
    log.add("customer_message", "2026-06-08 21:40", intent="problem")
    _pause(log, "2026-06-08 21:50", "2026-06-10 12:00")
    closed = BusinessCalendar(CALENDARS.hours.weekly, {date(2026, 6, 9): []})
    log.calendars[2] = replace(CALENDARS, hours=closed, id=2)
    log.add("deadline_changed", "2026-06-08 22:30", cause="calendar", calendar_id=2)
    log.add("resumed", "2026-06-10 12:00", actor=None)
    assert _clock(log, K.NEXT_RESPONSE).due_at == moment("2026-06-10 12:20")


@pytest.mark.parametrize(
    ("start", "pause", "resume", "due", "left"),
    [
        ("2026-06-08 10:00", "2026-06-08 10:30", "2026-06-08 15:00", "2026-06-08 16:30", 90),
        ("2026-06-08 16:30", "2026-06-08 16:45", "2026-06-09 11:00", "2026-06-09 11:45", 45),
    ],
    ids=["E1", "E2"],
)
def test_the_rest_of_a_target_goes_on_from_the_end_of_the_pause(start, pause, resume, due, left):
    _check_pause(_W95, 120 if left == 90 else 60, (start, pause, resume, due), left)


@pytest.mark.parametrize(
    ("name", "minutes", "times", "left"),
    [
        (
            "split",
            60,
            ("2026-06-10 11:30", "2026-06-10 12:10", "2026-06-10 13:00", "2026-06-10 14:00"),
            30,
        ),
        (
            "live",
            60,
            ("2026-06-05 23:50", "2026-06-06 00:20", "2026-06-06 12:00", "2026-06-06 20:30"),
            30,
        ),
        (
            "desk",
            120,
            ("2026-02-14 17:00", "2026-02-14 17:30", "2026-02-18 10:00", "2026-02-24 10:30"),
            90,
        ),
    ],
    ids=["E3", "E4", "E5"],
)
def test_a_pause_over_lunch_midnight_and_holiday(name, minutes, times, left):
    _check_pause(_HOURS[name], minutes, times, left)


def _check_pause(hours: BusinessCalendar, minutes: int, times: tuple[str, ...], left: int):
    start, pause, resume, due = map(moment, times)
    calendars = replace(CALENDARS, hours=hours)
    target = Target(Basis.BUSINESS_HOURS, minutes * 60)
    deadline = reckon(target, start, calendars)
    clock = Clock(K.RESOLUTION, 1, 1, start, target, calendars, (deadline,)).paused(pause)
    assert clock.left_seconds == left * 60
    resumed = clock.resumed(resume)
    assert resumed.due_at == due >= deadline.due_at
    assert resumed.consumed_seconds(resumed.due_at) == minutes * 60


_WORK = range(5)
_W95 = BusinessCalendar({day: [(540, 1020)] for day in _WORK})
_SPLIT = {day: [(540, 720), (810, 1080)] for day in _WORK}
_HOLIDAY = {date(2026, 2, 15) + timedelta(days=n): False for n in range(9)}
_DAYS = Statutory({date(2026, 2, 14): True, **_HOLIDAY}, date(2026, 12, 31))
_HOURS = {
    "split": BusinessCalendar(_SPLIT),
    "live": BusinessCalendar({day: [(1200, 1500)] for day in range(7)}),
    "desk": BusinessCalendar(_SPLIT, statutory=_DAYS),
}


def test_e7_a_pause_leaves_the_acknowledgement_running_with_its_due_time():
    log = Log("15:02")
    before = _clock(log, K.PUBLIC_ACK)
    _pause(log, "15:03", "17:00")
    after = _clock(log, K.PUBLIC_ACK)
    assert (after.state, after.due_at) == (S.RUNNING, before.due_at)
