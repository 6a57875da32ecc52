"""What may not be recorded of a complaint: whose it is, what is missing, what is too far away."""

import pytest
from sqlalchemy.exc import NoResultFound

from crm.accounts.rules import Forbidden
from crm.complaints.rules.commands import PlatformStep
from crm.complaints.rules.words import (
    DUE_FURTHEST,
    BadEvent,
    Channel,
    EventType,
)
from crm.complaints.service.platform import set_platform_deadline
from tests.factories.desk import MINUTE

E = EventType


@pytest.mark.parametrize("kind", [E.LOGGED, E.RESOLVED, E.CLOSED, E.DEADLINE_CHANGED])
def test_what_shuke_writes_itself_cannot_be_posted(shop, now, kind):
    with pytest.raises(BadEvent) as caught:
        shop.record(shop.log(now), kind, now)
    assert caught.value.field == "type"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (E.VOIDED, {"reason": "登错了"}),
        (E.SEVERITY_CHANGED, {"severity": 2, "reason": "看过了"}),
        (
            E.EXTENDED,
            {"kind": "resolution", "due_at": "2025-06-21T20:00:00+08:00", "reason": "等货"},
        ),
    ],
)
def test_what_leads_decide_managers_may_not(shop, now, kind, data):
    complaint = shop.log(now)
    with pytest.raises(Forbidden):
        shop.record(complaint, kind, now, data=data)
    shop.record(complaint, kind, now, by=shop.lead, data=data)


@pytest.mark.parametrize(
    ("kind", "data", "field"),
    [
        (E.CUSTOMER_MESSAGE, {"intent": "anger"}, "intent"),
        (E.ONLOOKER_SIGNAL, {"signal": "shouted"}, "signal"),
        (E.HANDED_OVER, {"to_id": "she"}, "to_id"),
        (E.HANDED_OVER, {"to_id": 99_999}, "to_id"),
        (E.PAUSED, {"reason": "", "until": "2025-06-18T21:00:00+08:00"}, "reason"),
        (E.PAUSED, {"reason": "照片", "until": "2025-06-22T21:00:00+08:00"}, "until"),
        (E.PAUSED, {"reason": "照片", "until": "2025-06-18T21:00:00"}, "until"),
        (E.PROMISED, {"due_at": "yesterday"}, "due_at"),
        (E.UNDONE, {"seq": 77}, "seq"),
        (E.MERGED, {"into_id": 0}, "into_id"),
    ],
)
def test_bad_parts_of_an_event_are_named(shop, now, kind, data, field):
    by = shop.lead
    complaint = shop.log(now, by=by)
    with pytest.raises((BadEvent, NoResultFound)) as caught:
        shop.record(complaint, kind, now, by=by, data=data)
    assert getattr(caught.value, "field", "into_id") == field


@pytest.mark.parametrize("due_at", ["0001-01-01T00:00+08:00", "9999-12-31T23:59-08:00"])
@pytest.mark.parametrize(
    ("kind", "field"), [(E.PAUSED, "until"), (E.PROMISED, "due_at"), (E.EXTENDED, "due_at")]
)
def test_a_time_that_no_zone_holds_is_refused(shop, now, kind, field, due_at):
    complaint = shop.log(now)
    shop.record(complaint, E.PUBLIC_REPLY, now + MINUTE)
    data = {field: due_at, "kind": "resolution", "reason": "等厂里回话"}
    with pytest.raises(BadEvent) as caught:
        shop.record(complaint, kind, now + 2 * MINUTE, by=shop.lead, data=data)
    assert caught.value.field == field


def test_a_due_time_is_at_most_a_year_ahead_wherever_it_is_typed(shop, now):
    """One limit for more time, a date with the complaint and a later step of a platform."""
    last, disputed = now + DUE_FURTHEST, Channel.PLATFORM_DISPUTE

    def extend(due_at):
        data = {"kind": "resolution", "due_at": due_at.isoformat(), "reason": "等厂里回话"}
        shop.record(shop.log(now), E.EXTENDED, now, by=shop.lead, data=data)

    def log(due_at):
        return shop.log(now, channel=disputed, external_due_at=due_at)

    def platform(due_at):
        step = PlatformStep(due_at, "举证", None)
        set_platform_deadline(shop.session, log(None), step, actor=shop.manager, now=now)

    for typed in (extend, log, platform):
        typed(last)
        with pytest.raises(BadEvent) as caught:
            typed(last + MINUTE)
        assert caught.value.key == "complaints.error.due_too_far"
