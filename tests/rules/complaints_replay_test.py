"""The replay: each transition, verdicts, undo."""

from datetime import datetime

import pytest

from crm.complaints.rules.policy import TWO_LEVEL
from crm.complaints.rules.words import ClockKind, ClockState, EventType, State
from tests.factories.complaints import NOBODY, Log, moment

K, S = ClockKind, ClockState
PRIVATE = {"channel": "private", "category": "quality"}


def _due(log: Log, kind: ClockKind, cycle: int = 1) -> datetime:
    clock = log.case.clock(kind, cycle)
    assert clock is not None
    return clock.due_at


def _state(log: Log, kind: ClockKind, cycle: int = 1) -> ClockState:
    clock = log.case.clock(kind, cycle)
    assert clock is not None
    return clock.state


def test_p16_spread_tightens_answers_to_five_minutes_and_resolution_to_the_urgent_target():
    log = Log("15:10", category="quality")
    assert _due(log, K.PUBLIC_ACK) == moment("15:20")
    log.add("onlooker_signal", "15:12", signal="refund_ask", member="B")
    assert _due(log, K.PUBLIC_ACK) == moment("15:17")
    assert _due(log, K.FIRST_RESPONSE) == moment("15:17")
    assert _due(log, K.RESOLUTION) == moment("2026-06-07 15:10")


def test_the_complainers_own_words_are_not_signals():
    log = Log(reporter="A").add("onlooker_signal", "15:10", signal="refund_ask", member="A")
    assert log.case.severity == 1
    assert log.case.spread_at is None


def test_unnamed_doubters_count_as_different_people():
    log = Log().add("onlooker_signal", "15:10", signal="doubt")
    assert log.add("onlooker_signal", "15:11", signal="doubt").case.spread_at == moment("15:11")


@pytest.mark.parametrize(
    ("start", "business_due"),
    [
        ("2026-06-07 15:00", "2026-06-07 15:10"),
        ("2026-06-07 21:55", "2026-06-07 22:55"),
        ("2026-06-08 09:00", "2026-06-08 10:00"),
        ("2026-06-07 23:30", "2026-06-08 00:30"),
    ],
    ids=["B1", "B2", "B3", "B4"],
)
def test_the_wall_cap_wins_when_it_comes_first(start: str, business_due: str):
    clock = Log(start, category="quality").case.clock(K.PUBLIC_ACK, 1)
    assert clock.due_at == moment(business_due)


@pytest.mark.parametrize(
    ("start", "half", "most"),
    [
        ("2026-06-07 15:00", "2026-06-07 15:05", "2026-06-07 15:08"),
        ("2026-06-07 21:55", "2026-06-07 22:25", "2026-06-07 22:43"),
        ("2026-06-08 09:00", "2026-06-08 09:30", "2026-06-08 09:48"),
        ("2026-06-07 23:30", "2026-06-08 00:00", "2026-06-08 00:18"),
    ],
    ids=["B1", "B2", "B3", "B4"],
)
def test_warnings_count_in_the_basis_that_gave_the_due_time(start: str, half: str, most: str):
    clock = Log(start, category="quality").case.clock(K.PUBLIC_ACK, 1)
    assert (clock.point(50), clock.point(80)) == (moment(half), moment(most))


@pytest.mark.parametrize(
    ("reply", "state", "breached"),
    [("15:17", S.MET, None), ("15:17:01", S.MET_LATE, "15:17")],
    ids=["G4", "G5"],
)
def test_the_due_second_still_counts(reply: str, state: ClockState, breached: str | None):
    clock = Log("15:02", **PRIVATE).add("private_reply", reply).case.clock(K.FIRST_RESPONSE, 1)
    assert clock.state is state
    assert clock.breached_at(moment("18:00")) == (moment(breached) if breached else None)


def test_g3_logged_after_its_deadline_it_is_born_breached_at_the_due_time():
    log = Log("14:00", logged="14:40", category="suspected_fake")
    assert log.case.clock(K.PUBLIC_ACK, 1).breached_at(moment("14:40")) == moment("14:05")


def test_g6_a_reply_entered_late_is_judged_by_when_it_was_given():
    log = Log("15:02", **PRIVATE).add("private_reply", "15:16", recorded="15:37")
    assert _state(log, K.FIRST_RESPONSE) is S.MET


def test_a_reply_from_before_a_message_does_not_answer_it():
    log = Log("15:02", **PRIVATE).add("customer_message", "15:10", intent="chase")
    log.add("private_reply", "15:05", recorded="15:12")
    assert _state(log, K.FIRST_RESPONSE) is S.MET
    assert log.case.clock(K.NEXT_RESPONSE, 1).started_at == moment("15:10")
    assert log.case.state is State.OPEN


def test_chasing_never_moves_the_deadline():
    log = Log("15:00", category="quality")
    for minute in (8, 16, 24, 32, 40):
        log.add("customer_message", f"15:{minute:02}", intent="chase")
    assert _due(log, K.PUBLIC_ACK) == moment("15:10")
    assert log.case.chase_count == 5


def test_a_private_answer_does_not_answer_a_public_complaint():
    log = Log("15:02").add("private_reply", "15:03")
    assert _state(log, K.FIRST_RESPONSE) is S.RUNNING
    assert _state(log, K.PUBLIC_ACK) is S.RUNNING
    assert log.case.state is State.OPEN


def test_a_private_message_after_the_answer_may_be_answered_privately():
    log = Log("15:02").add("public_reply", "15:03")
    log.add("customer_message", "15:20", visibility="private", intent="problem")
    log.add("private_reply", "15:25")
    assert _state(log, K.NEXT_RESPONSE) is S.MET
    assert log.case.state is State.ANSWERED


def test_a_public_message_after_the_answer_needs_a_public_answer():
    log = Log("15:02").add("public_reply", "15:03")
    log.add("customer_message", "15:20", intent="problem").add("private_reply", "15:25")
    assert _state(log, K.NEXT_RESPONSE) is S.RUNNING
    assert log.case.state is State.OPEN


def test_next_response_runs_from_the_earliest_unanswered_message():
    log = Log("15:02").add("public_reply", "15:03")
    log.add("customer_message", "15:20", intent="problem")
    log.add("customer_message", "15:40", intent="chase")
    assert _due(log, K.NEXT_RESPONSE) == moment("15:50")
    assert log.case.chase_count == 1


@pytest.mark.parametrize("intent", ["thanks", "info"])
def test_thanks_and_information_change_nothing(intent: str):
    log = Log("15:02").add("public_reply", "15:03")
    assert log.add("customer_message", "15:20", intent=intent).case.state is State.ANSWERED


def test_holding_replies_stop_the_acknowledgement_once_and_never_the_answer():
    log = Log("15:02").add("holding_reply", "15:03").add("public_reply", "15:04").offer("15:05")
    log.add("customer_confirmed", "15:30").add("reopened", "16:00")
    log.add("holding_reply", "16:01")
    assert _state(log, K.PUBLIC_ACK) is S.MET
    assert _state(log, K.PUBLIC_ACK, 2) is S.RUNNING
    assert _state(log, K.FIRST_RESPONSE, 2) is S.RUNNING


def test_a_private_holding_reply_leaves_the_acknowledgement_running():
    log = Log("15:02").add("holding_reply", "15:03", visibility="private")
    assert _state(log, K.PUBLIC_ACK) is S.RUNNING


def test_a_promise_with_a_date_is_kept_by_the_reply_that_says_so():
    log = Log("15:02", **PRIVATE).add("private_reply", "15:05")
    log.add("promised", "15:06", due_at="2026-06-06T18:00:00+08:00", task="pick_up")
    assert log.add("private_reply", "15:30").case.clock(K.PROMISE, 1).state is S.RUNNING
    assert log.add("private_reply", "17:00", promise=1).case.clock(K.PROMISE, 1).state is S.MET


def test_acknowledging_assigns_and_timing_out_reopens_without_stopping_anything():
    log = Log("15:02").add("acknowledged", "15:03", actor=NOBODY)
    assert log.case.assignee_id == NOBODY
    assert log.case.automatic().at == moment("15:13")
    log.add("ack_timed_out", "15:13", actor=None)
    assert log.case.state is State.OPEN
    assert all(clock.state is S.RUNNING for clock in log.case.clocks)


def test_handing_over_ends_the_hold_and_changes_the_assignee():
    log = Log("15:02").add("acknowledged", "15:03").add("handed_over", "15:04", to_id=9)
    case = log.case
    assert (case.state, case.assignee_id, case.hold_until) == (State.OPEN, 9, None)


def _paused(log: Log, at: str, until: str = "2026-06-08 12:00") -> Log:
    return log.add("paused", at, reason="photos", until=f"{until}+08:00".replace(" ", "T"))


def test_a_pause_holds_the_solution_and_never_what_is_owed_in_public():
    log = _paused(Log("15:02"), "15:04")
    assert log.case.state is State.WAITING
    assert _state(log, K.RESOLUTION) is S.PAUSED
    assert _state(log, K.PUBLIC_ACK) is S.RUNNING
    assert _state(log, K.FIRST_RESPONSE) is S.RUNNING


def test_e6_a_wall_clock_resumes_with_what_was_left():
    log = Log("2026-06-08 10:00", **PRIVATE).add("private_reply", "2026-06-08 10:05")
    _paused(log, "2026-06-08 12:00", "2026-06-10 12:00").add("resumed", "2026-06-10 12:00")
    assert _due(log, K.RESOLUTION) == moment("2026-06-12 10:00")
    assert log.case.state is State.ANSWERED


def test_a_clock_that_was_late_before_the_pause_stays_late():
    log = Log("2026-06-08 10:00", **PRIVATE).add("private_reply", "2026-06-08 10:05")
    _paused(log, "2026-06-10 11:00", "2026-06-11 12:00").add("resumed", "2026-06-11 12:00")
    clock = log.case.clock(K.RESOLUTION, 1)
    assert clock.breached_at(moment("2026-06-12 00:00")) == moment("2026-06-10 10:00")


def test_a_problem_ends_the_pause_by_itself():
    log = _paused(Log("15:02").add("public_reply", "15:03"), "15:04")
    log.add("customer_message", "15:30", intent="problem")
    assert log.case.state is State.OPEN
    assert _state(log, K.RESOLUTION) is S.RUNNING


def test_an_objection_withdraws_the_offer_as_if_it_had_never_been():
    log = Log("15:02", **PRIVATE).offer("15:05")
    due_at = _due(log, K.RESOLUTION)
    assert log.case.next_due_at is None
    log.add("customer_message", "16:00", intent="problem")
    assert log.case.offered_at is None
    assert _due(log, K.RESOLUTION) == due_at
    assert log.case.clock(K.RESOLUTION, 1).is_ticking


def test_seventy_two_quiet_hours_resolve_at_the_time_of_the_offer():
    log = Log("15:02", **PRIVATE).offer("15:05")
    coming = log.case.automatic()
    assert (coming.type, coming.at) == (EventType.RESOLVED, moment("2026-06-09 15:15"))
    log.add("resolved", "2026-06-09 15:15", actor=None)
    assert log.case.clock(K.RESOLUTION, 1).met_at == moment("15:15")
    assert log.case.state is State.CLOSED


def _closed(**data: str) -> Log:
    return Log("15:02", **{**PRIVATE, **data}).offer("15:05").add("customer_confirmed", "16:00")


def test_thanks_after_closing_does_not_reopen():
    log = _closed().add("customer_message", "17:00", intent="thanks")
    assert log.case.state is State.CLOSED


@pytest.mark.parametrize(
    ("day", "state"), [("2026-06-13", State.OPEN), ("2026-06-14", State.CLOSED)]
)
def test_a_new_problem_reopens_for_seven_days(day: str, state: State):
    log = _closed().add("customer_message", f"{day} 15:59", intent="problem")
    assert log.case.state is state


def test_reopening_starts_a_new_cycle_and_leaves_the_old_figures_alone():
    before = _closed()
    log = _closed().add("reopened", "2026-06-20 12:00")
    assert log.case.cycle == 2
    assert log.case.clocks[:2] == before.case.clocks[:2]
    assert _due(log, K.FIRST_RESPONSE, 2) == moment("2026-06-20 12:15")


def test_a_waived_closure_closes_without_a_statement():
    log = Log("15:02").offer("15:03").add("customer_confirmed", "16:00")
    log.add("closure_waived", "16:05", reason="group dissolved")
    assert log.case.state is State.CLOSED
    assert _state(log, K.PUBLIC_CLOSURE) is S.CANCELLED


def test_severity_up_moves_deadlines_earlier_but_never_into_the_past():
    log = Log("15:00", category="quality").add("severity_changed", "15:28", severity=1)
    assert _due(log, K.PUBLIC_ACK) == moment("15:10")
    assert _due(log, K.FIRST_RESPONSE) == moment("15:33")
    assert _due(log, K.RESOLUTION) == moment("2026-06-07 15:00")


def test_severity_down_moves_nothing():
    log = Log("15:00")
    before = [clock.due_at for clock in log.case.clocks]
    log.add("severity_changed", "15:01", severity=3)
    assert [clock.due_at for clock in log.case.clocks] == before


def test_an_extension_moves_one_clock_and_a_breach_before_it_stays():
    log = Log("15:02", **PRIVATE)
    log.add("extended", "15:20", kind="first_response", cycle=1, due_at="2026-06-06T16:00:00+08:00")
    clock = log.case.clock(K.FIRST_RESPONSE, 1)
    assert clock.due_at == moment("16:00")
    assert clock.breached_at(moment("15:30")) == moment("15:17")


def test_a_platform_complaint_has_the_platforms_clock_instead_of_ours():
    log = Log(
        "15:02",
        channel="platform_dispute",
        category="refund",
        external_due_at="2026-06-07T15:02:00+08:00",
    )
    assert [clock.kind for clock in log.case.clocks] == [K.EXTERNAL, K.RESOLUTION]
    assert log.case.severity == 2
    log.add("external_met", "16:00", cycle=1)
    assert log.case.state is State.ANSWERED


def test_a_privacy_request_has_thirty_days_of_wall_time():
    log = Log("2026-11-23 15:20", channel="privacy_request", category="other")
    assert _due(log, K.RESOLUTION) == moment("2026-12-23 15:20")


def test_merging_cancels_one_and_takes_the_earliest_start_over():
    log = Log("15:02", **PRIVATE).add("private_reply", "15:05")
    starts = {"first_response": "2026-06-06T14:58:00+08:00"}
    log.add("merged", "15:10", from_id=3, starts=starts, given=[])
    assert log.case.state is State.OPEN
    assert _due(log, K.FIRST_RESPONSE, 2) == moment("15:13")
    gone = Log("15:02").add("merged", "15:10", into_id=5)
    assert gone.case.state is State.MERGED
    assert {clock.state for clock in gone.case.clocks} == {S.CANCELLED}


def test_undo_replays_without_the_event():
    log = Log("15:02").add("public_reply", "15:03").add("undone", "15:04", seq=2)
    assert log.case.state is State.OPEN
    assert log.case.first_response_at is None
    assert _state(log, K.FIRST_RESPONSE) is S.RUNNING


def test_undoing_a_doubt_takes_the_spread_back():
    log = Log("15:02").add("onlooker_signal", "15:10", signal="refund_ask")
    assert _due(log, K.FIRST_RESPONSE) == moment("15:15")
    log.add("undone", "15:11", seq=2)
    assert _due(log, K.FIRST_RESPONSE) == moment("15:32")


def test_undoing_the_logging_voids():
    log = Log("15:02").add("undone", "15:03", seq=1)
    assert log.case.state is State.VOIDED
    assert log.case.next_due_at is None


def test_two_level_urgent_answers_count_business_hours_and_livestreams_have_their_own():
    assert _due(Log("15:02", policy=TWO_LEVEL), K.FIRST_RESPONSE) == moment("15:17")
    assert _due(Log("20:30", policy=TWO_LEVEL), K.FIRST_RESPONSE) == moment("20:35")
    night = Log("2026-06-06 05:00", policy=TWO_LEVEL)
    assert _due(night, K.FIRST_RESPONSE) == moment("10:15")
    assert night.case.clock(K.PUBLIC_ACK, 1) is None


def test_spread_tightens_to_ten_minutes_in_the_two_level_preset():
    log = Log("15:02", category="quality", policy=TWO_LEVEL)
    log.add("onlooker_signal", "15:04", signal="refund_ask")
    assert _due(log, K.FIRST_RESPONSE) == moment("15:14")


def test_who_answers_what_nobody_took_becomes_the_assignee():
    assert Log("15:02").add("public_reply", "15:03", actor=8).case.assignee_id == 8
    taken = Log("15:02").add("acknowledged", "15:03").add("public_reply", "15:04", actor=8)
    assert taken.case.assignee_id == NOBODY
