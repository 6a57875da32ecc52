"""Which acts may be taken back: one's own, of the last day, once, and what people typed in."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.complaints.rules.projection import Event
from crm.complaints.rules.undoing import is_act, may_undo, undone
from crm.complaints.rules.words import EventType

E = EventType
AT = datetime(2025, 6, 18, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
ME, SHE = 3, 4


def _event(kind: EventType = E.PUBLIC_REPLY, actor_id: int | None = ME, **data: object) -> Event:
    return Event(2, kind, AT - timedelta(hours=5), AT, actor_id, data=data)


@pytest.mark.parametrize(
    ("actor_id", "after", "may"),
    [
        (ME, timedelta(0), True),
        (ME, DAY, True),
        (ME, DAY + timedelta(microseconds=1), False),
        (SHE, timedelta(0), False),
        (None, timedelta(0), False),
    ],
)
def test_an_act_is_taken_back_by_who_did_it_within_a_day_of_its_recording(actor_id, after, may):
    assert may_undo(_event(), set(), actor_id, AT + after) is may


@pytest.mark.parametrize(
    ("event", "counts"),
    [
        (_event(E.LOGGED), True),
        (_event(E.DEADLINE_CHANGED, given="2025-06-20T12:00:00+00:00"), True),
        (_event(E.DEADLINE_CHANGED), False),
        (_event(E.ACK_TIMED_OUT), False),
        (_event(E.RESOLVED), False),
        (_event(E.CLOSED), False),
        (_event(E.UNDONE, seq=1), False),
    ],
)
def test_what_shuke_wrote_is_no_act_but_what_people_typed_in_is(event, counts):
    assert is_act(event, set()) is counts
    assert may_undo(event, set(), ME, AT) is counts


def test_what_was_taken_back_is_not_taken_back_again():
    gone = undone([_event(), _event(E.UNDONE, seq=2)])
    assert gone == {2}
    assert not is_act(_event(), gone)
    assert not may_undo(_event(), gone, ME, AT)
