"""The golden scenario to the second: a fake is suspected, doubt spreads, the case is closed."""

from datetime import datetime

from crm.complaints.rules.words import ClockKind, ClockState, State
from tests.factories.complaints import Log, moment

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


def test_golden_scenario_up_to_the_spread():
    log = Log("15:02", logged="15:06", reporter="A")
    assert log.case.severity == 1
    assert _due(log, K.PUBLIC_ACK) == moment("15:07")
    assert _due(log, K.FIRST_RESPONSE) == moment("15:32")
    assert _due(log, K.RESOLUTION) == moment("2026-06-07 15:02")
    acknowledgement = log.case.clock(K.PUBLIC_ACK, 1)
    assert acknowledgement.breached_at(moment("15:07")) is None
    assert acknowledgement.breached_at(moment("15:08")) == moment("15:07")

    log.add("acknowledged", "15:09")
    assert log.case.state is State.ACKNOWLEDGED
    assert log.case.hold_until == moment("15:19")
    assert not any(clock.met_at for clock in log.case.clocks)

    log.add("onlooker_signal", "15:11", signal="plus_one", member="B")
    assert log.case.spread_state(moment("15:11")).value == "watch"
    log.add("onlooker_signal", "15:14", signal="doubt", member="C")
    assert log.case.spread_state(moment("15:14")).value == "spreading"
    assert log.case.hold_until is None
    assert _due(log, K.FIRST_RESPONSE) == moment("15:19")
    assert _due(log, K.RESOLUTION) == moment("2026-06-07 15:02")


def test_golden_scenario_from_the_first_reply_to_the_end():
    log = Log("15:02", logged="15:06", reporter="A").add("acknowledged", "15:09")
    log.add("onlooker_signal", "15:11", signal="plus_one", member="B")
    log.add("onlooker_signal", "15:14", signal="doubt", member="C")
    log.add("holding_reply", "15:16")
    assert _state(log, K.PUBLIC_ACK) is S.MET_LATE
    assert _state(log, K.FIRST_RESPONSE) is S.RUNNING
    assert _due(log, K.PROMISE) == moment("15:46")

    log.add("public_reply", "15:18")
    assert _state(log, K.FIRST_RESPONSE) is S.MET
    assert _state(log, K.PROMISE) is S.MET
    assert log.case.state is State.ANSWERED

    log.add("resolution_offered", "16:00")
    assert log.case.next_due_at is None
    assert log.case.spread_state(moment("17:17")).value == "spreading"
    assert log.case.spread_state(moment("17:18")).value == "contained"

    log.add("customer_confirmed", "18:30")
    assert log.case.state is State.RESOLVED
    assert log.case.clock(K.RESOLUTION, 1).met_at == moment("16:00")
    assert _due(log, K.PUBLIC_CLOSURE) == moment("2026-06-07 18:30")

    log.add("public_closure", "19:00")
    assert log.case.state is State.CLOSED
    assert _state(log, K.PUBLIC_CLOSURE) is S.MET
