"""Reopening: who may, until when, and that earlier figures stay as they are."""

from datetime import timedelta

import pytest

from crm.complaints.queries.case import clock_rows
from crm.complaints.rules.words import BadEvent, Channel, ClockState, EventType, State
from tests.factories.desk import MINUTE, Desk

E = EventType


@pytest.fixture
def closed(session, now):
    shop = Desk(session)
    complaint = shop.log(now, channel=Channel.PRIVATE)
    for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
        shop.record(complaint, kind, now + 20 * MINUTE)
    return shop, complaint, now + 20 * MINUTE


@pytest.mark.parametrize("intent", ["thanks", "info", "chase"])
def test_only_a_new_problem_reopens(closed, intent):
    shop, complaint, end = closed
    data = {"intent": intent}
    shop.record(complaint, E.CUSTOMER_MESSAGE, end + MINUTE, text="谢谢", data=data)
    assert (complaint.state, complaint.cycle) == (State.CLOSED, 1)


def test_staff_may_reopen_until_day_thirty(closed):
    shop, complaint, end = closed
    with pytest.raises(BadEvent) as caught:
        shop.record(complaint, E.REOPENED, end + timedelta(days=30, seconds=1))
    assert caught.value.values == {"days": 30}
    shop.record(complaint, E.REOPENED, end + timedelta(days=30))
    assert (complaint.state, complaint.cycle) == (State.OPEN, 2)


def test_figures_of_an_earlier_cycle_never_change(closed, session):
    shop, complaint, end = closed
    before = _figures(session, complaint)
    assert ClockState.MET_LATE in {figure[1] for figure in before}
    shop.record(complaint, E.REOPENED, end + timedelta(days=2))
    shop.record(complaint, E.PRIVATE_REPLY, end + timedelta(days=3))
    after = _figures(session, complaint)
    assert after[: len(before)] == before
    assert len(after) > len(before)


def _figures(session, complaint):
    session.flush()
    rows = clock_rows(session, complaint.id)
    return [(r.kind, r.state, r.due_at, r.met_at, r.ended_at, r.breached_at) for r in rows]
