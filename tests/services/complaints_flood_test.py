"""A group that is flooded: hundreds of events on one complaint, and the next one stays quick."""

import time
from datetime import timedelta

from crm.complaints.rules.words import EventType
from tests.factories.desk import Desk

E = EventType
FLOOD = 300
GROWTH_MAX = 6


def test_the_three_hundredth_event_costs_a_few_times_the_tenth(session, now):
    """Replaying everything for every signal once made it ten times as much, and growing."""
    desk = Desk(session)
    complaint = desk.log(now)
    seconds = []
    for number in range(FLOOD):
        kind = E.ONLOOKER_SIGNAL if number % 2 else E.CUSTOMER_MESSAGE
        data = {"signal": "doubt", "member": f"顾客{number}"} if number % 2 else {"intent": "chase"}
        started = time.process_time()
        desk.record(complaint, kind, now + number * timedelta(seconds=10), data=data)
        session.flush()
        seconds.append(time.process_time() - started)
    assert complaint.version >= FLOOD
    assert min(seconds[-20:]) < GROWTH_MAX * min(seconds[10:30])
