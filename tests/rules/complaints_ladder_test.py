"""The ladder: the worked examples, quiet hours, holds, and who is told."""

from itertools import islice

import pytest

from crm.complaints.rules.ladder import Climb, audience, due, upcoming
from crm.complaints.rules.policy import FULL, TWO_LEVEL
from crm.complaints.rules.words import ClockKind, Party
from crm.integrations.rules import Level
from tests.factories.complaints import Log, moment

PRIVATE = {"channel": "private", "category": "quality"}


def _climb(log: Log, kind: ClockKind) -> Climb:
    case = log.case
    clock = case.clock(kind, 1)
    assert clock is not None
    return Climb(clock, case.policy, case.severity, case.hold_until)


def _steps(climb: Climb, count: int) -> list[tuple[str, str]]:
    found = islice(upcoming(climb), count)
    zone = climb.clock.calendars.zone
    return [
        (f"{s.level.value}{s.repeat_no}", f"{s.wake_at.astimezone(zone):%d %H:%M:%S}")
        for s in found
    ]


def test_le1_the_whole_ladder_of_an_urgent_first_answer():
    steps = _steps(_climb(Log("14:30"), ClockKind.FIRST_RESPONSE), 15)
    assert steps == [
        ("W11", "06 14:45:00"),
        ("W21", "06 14:54:00"),
        ("L01", "06 15:00:00"),
        ("L11", "06 15:05:00"),
        ("L21", "06 15:15:00"),
        ("R1", "06 15:45:00"),
        ("R2", "06 16:15:00"),
        ("R3", "06 16:45:00"),
        ("R4", "06 17:15:00"),
        ("R5", "06 17:45:00"),
        ("R6", "06 18:15:00"),
        ("H1", "06 19:15:00"),
        ("H2", "06 20:15:00"),
        ("H3", "06 21:15:00"),
        ("H4", "07 09:15:00"),
    ]


def test_le2_a_public_acknowledgement_warns_to_the_second():
    steps = _steps(_climb(Log("15:02"), ClockKind.PUBLIC_ACK), 5)
    assert [when[3:] for _level, when in steps] == [
        "15:04:30",
        "15:06:00",
        "15:07:00",
        "15:12:00",
        "15:22:00",
    ]


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        ("2026-06-08 02:00", ["10 09:00:00", "10 09:05:00", "10 09:15:00", "10 09:45:00"]),
        ("2026-06-08 21:58", ["10 21:58:00", "11 09:03:00", "11 09:13:00", "11 09:43:00"]),
    ],
    ids=["LE3", "LE4"],
)
def test_private_complaints_respect_quiet_hours(posted: str, expected: list[str]):
    climb = _climb(Log(posted, **PRIVATE), ClockKind.RESOLUTION)
    late = [when for level, when in _steps(climb, 6) if level[0] in "LR"]
    assert late == expected


def test_le5_a_private_complaint_before_closing_is_due_after_opening():
    log = Log("2026-06-09 21:50", **PRIVATE)
    climb = _climb(log, ClockKind.FIRST_RESPONSE)
    assert climb.clock.due_at == moment("2026-06-10 10:05")
    assert _steps(climb, 2) == [("W11", "09 21:57:30"), ("W21", "10 10:02:00")]


def test_le6_an_acknowledgement_holds_leaders_but_not_the_due_moment():
    log = Log("14:30").add("acknowledged", "15:03")
    held = dict(_steps(_climb(log, ClockKind.FIRST_RESPONSE), 5))
    assert held["L01"] == "06 15:00:00"
    assert held["L11"] == "06 15:13:00"
    assert held["L21"] == "06 15:15:00"
    log.add("ack_timed_out", "15:13")
    fired, following = due(_climb(log, ClockKind.FIRST_RESPONSE), (3, 1), moment("15:13"))
    assert [step.level for step in fired] == [Level.L1]
    assert following is not None
    assert following.wake_at == moment("15:15")


def test_after_downtime_all_due_steps_come_together_and_the_next_follows():
    fired, following = due(_climb(Log("14:30"), ClockKind.FIRST_RESPONSE), None, moment("15:07"))
    assert [step.level.value for step in fired] == ["W1", "W2", "L0", "L1"]
    assert following is not None
    assert following.level is Level.L2


def test_a_step_that_was_passed_never_comes_again_after_the_deadline_moved():
    log = Log("14:30").add(
        "extended", "15:02", kind="first_response", cycle=1, due_at="2026-06-06T16:00+08:00"
    )
    fired, following = due(_climb(log, ClockKind.FIRST_RESPONSE), (3, 1), moment("15:59"))
    assert fired == []
    assert following is not None
    assert (following.level, following.wake_at) == (Level.L1, moment("16:05"))


def test_warnings_follow_the_new_span_when_spread_tightens():
    log = Log("15:02").add("onlooker_signal", "15:11", signal="plus_one", member="B")
    log.add("onlooker_signal", "15:14", signal="doubt", member="C")
    steps = dict(_steps(_climb(log, ClockKind.FIRST_RESPONSE), 3))
    assert steps["W11"] == "06 15:10:30"
    assert steps["W21"] == "06 15:15:36"


def test_the_two_level_ladder_tells_somebody_at_once_and_the_owner_at_due():
    log = Log("14:30", policy=TWO_LEVEL)
    steps = _steps(_climb(log, ClockKind.FIRST_RESPONSE), 6)
    assert [level for level, _when in steps] == ["W01", "W11", "W21", "L01", "R1", "R2"]
    assert [when[3:] for _level, when in steps] == [
        "14:30:00",
        "14:37:30",
        "14:42:00",
        "14:45:00",
        "15:00:00",
        "15:15:00",
    ]
    assert audience(TWO_LEVEL, Level.L0, complaint_cycle=1) == {
        Party.ASSIGNEE,
        Party.DUTY,
        Party.OWNER,
    }


def test_repeats_go_to_everybody_reached_and_a_reopened_case_climbs_one_higher():
    everybody = {Party.ASSIGNEE, Party.DUTY, Party.LEAD, Party.OWNER}
    assert audience(FULL, Level.R, complaint_cycle=1) == everybody
    assert audience(FULL, Level.L0, complaint_cycle=1) == {Party.ASSIGNEE, Party.DUTY}
    assert audience(FULL, Level.L0, complaint_cycle=2) == {
        Party.ASSIGNEE,
        Party.DUTY,
        Party.LEAD,
    }
    assert audience(FULL, Level.L1, complaint_cycle=2) == {Party.LEAD, Party.OWNER}


def test_a_platform_deadline_warns_half_way_six_hours_and_one_hour_before():
    log = Log(
        "2026-06-06 10:00",
        channel="platform_dispute",
        category="refund",
        external_due_at="2026-06-08T10:00:00+08:00",
    )
    steps = _steps(_climb(log, ClockKind.EXTERNAL), 5)
    assert [when for _level, when in steps] == [
        "07 10:00:00",
        "08 04:00:00",
        "08 09:00:00",
        "08 10:00:00",
        "08 10:05:00",
    ]
