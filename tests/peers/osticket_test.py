"""Faults of a ticket system driven by page views, each shown to be none of ours."""

from datetime import timedelta

import pytest
from sqlalchemy import Integer, select

from crm.alerts.models import Alert
from crm.complaints import jobs, queries, service
from crm.complaints.models import AlertStep, Complaint, SlaClock
from crm.complaints.queries import due
from crm.complaints.queries.case import clock_rows
from crm.complaints.rules.commands import PlatformStep
from crm.complaints.rules.words import Channel, ClockKind, ClockState, EventType, State
from crm.integrations.rules import Level
from tests.factories.desk import MINUTE
from tests.peers.crowd import at, every

E, K, S = EventType, ClockKind, ClockState
OFFICE = {day: [(540, 1020)] for day in range(5)}


def test_ot_1_there_are_seven_kinds_of_clock(crowd, session, now):
    public = crowd.public(now)
    crowd.record(public, E.HOLDING_REPLY, now)
    crowd.record(public, E.PUBLIC_REPLY, now)
    crowd.record(public, E.CUSTOMER_MESSAGE, now + MINUTE, data={"intent": "problem"})
    for kind in (E.PUBLIC_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
        crowd.record(public, kind, now + 2 * MINUTE)
    disputed = crowd.log(now, channel=Channel.PLATFORM_DISPUTE)
    step = PlatformStep(now + timedelta(hours=30))
    service.set_platform_deadline(session, disputed, step, actor=crowd.lead, now=now)
    session.flush()
    kinds = {row.kind for one in (public, disputed) for row in clock_rows(session, one.id)}
    assert kinds == set(ClockKind)


def test_ot_2_pages_tick_nothing_and_the_worker_needs_no_page(crowd, session, page, now):
    complaint = crowd.private(now - 20 * MINUTE)
    session.commit()
    page.sign_in(crowd.staff["manager"])
    for path in ("/complaints", "/today", f"/complaints/{complaint.id}", "/inbox"):
        page.get(path)
    assert crowd.told(complaint) == []
    crowd.tick(now)
    assert crowd.told(complaint)


def test_ot_3_all_that_is_due_drains_and_the_oldest_is_first(crowd, session, now):
    many = [
        crowd.private(now + n * timedelta(seconds=1), reporter_name=f"顾客{n}") for n in range(150)
    ]
    crowd.record(crowd.noise[0], E.VOIDED, now, by=crowd.lead, data={"reason": "登错了"})
    moment = now + timedelta(minutes=40)
    assert due.due_steps(session, moment, 1)[0].complaint_id in {many[0].id, crowd.noise[2].id}
    while due.due_steps(session, moment, 1):  # a call takes as much as its time allows
        crowd.tick(moment)
    order = [alert.subject_id for alert in _alerts(session) if alert.level is not None]
    mine = list(dict.fromkeys(one for one in order if one in {c.id for c in many}))
    assert mine == [complaint.id for complaint in many]


def _alerts(session):
    return session.scalars(select(Alert).where(Alert.staff_id.is_not(None)).order_by(Alert.id))


def test_ot_4_a_crash_between_flag_and_alert_loses_neither(crowd, session, now):
    complaint = crowd.private(now)
    session.commit()
    moment = now + 16 * MINUTE
    jobs.tick(session, now=moment)
    assert crowd.told(complaint)
    session.rollback()  # the process died before its commit
    session.expire_all()
    assert crowd.told(complaint) == []
    assert crowd.clock(complaint, K.FIRST_RESPONSE).breached_at is None
    crowd.tick(moment)
    assert Level.L0 in crowd.levels(complaint, K.FIRST_RESPONSE)
    assert crowd.clock(complaint, K.FIRST_RESPONSE).breached_at == now + 15 * MINUTE


def test_ot_5_warnings_repeats_pause_and_an_answer_that_ends_it(crowd, now):
    complaint = crowd.public(now, reporter_name="小鹿")
    for moment in every(5 * MINUTE, now, now + timedelta(hours=5)):
        crowd.tick(moment)
    told = crowd.levels(complaint, K.FIRST_RESPONSE)
    assert told[:2] == [Level.W1, Level.L0] or told[0] is Level.W1
    repeats = {a.repeat for a in crowd.told(complaint, K.PUBLIC_ACK) if a.level is Level.R}
    assert repeats == {1, 2, 3, 4, 5, 6}
    end = now + timedelta(hours=5)
    crowd.record(complaint, E.PUBLIC_REPLY, end)
    count = len(crowd.told(complaint, K.PUBLIC_ACK))
    data = {"reason": "等照片", "until": (end + timedelta(hours=70)).isoformat()}
    crowd.record(complaint, E.PAUSED, end, data=data)
    crowd.tick(end + timedelta(hours=60))
    assert len(crowd.told(complaint, K.PUBLIC_ACK)) == count
    assert crowd.told(complaint, K.RESOLUTION) == []
    assert complaint.state is State.WAITING


def test_ot_6_no_column_packs_flags_and_one_fact_escalates_only_its_own(crowd, session, now):
    for table in (Complaint, SlaClock, AlertStep):
        names = [c.name for c in table.__table__.columns if isinstance(c.type, Integer)]
        assert not [name for name in names if "flag" in name or "mask" in name]
    raised, other = crowd.public(now), crowd.public(now, reporter_name="小鹿")
    data = {"severity": 1, "reason": "很多人看着"}
    crowd.record(raised, E.SEVERITY_CHANGED, now, by=crowd.lead, data=data)
    assert (raised.severity, other.severity) == (1, 2)
    assert other.first_response_due_at > raised.first_response_due_at
    assert other.spread_at is None


@pytest.mark.parametrize(
    ("start", "minutes", "due_at"),
    [
        ("2026-06-05 16:30", 60, "2026-06-08 09:30"),
        ("2026-06-06 12:00", 480, "2026-06-08 17:00"),
        ("2026-06-06 12:00", 481, "2026-06-09 09:01"),
    ],
    ids=["A1", "A9", "A10"],
)
def test_ot_7_no_deadline_lies_in_a_weekend_and_what_it_counts_is_the_target(
    crowd, session, start, minutes, due_at
):
    crowd.hours(OFFICE, at(start))
    crowd.first_answer(minutes, at(start))
    complaint = crowd.private(at(start))
    assert crowd.clock(complaint, K.FIRST_RESPONSE).due_at == at(due_at)
    clock = queries.case_of(session, complaint).clock(K.FIRST_RESPONSE, 1)
    assert clock.consumed_seconds(clock.due_at) == minutes * 60


def test_ot_good_the_page_says_what_was_counted_and_what_was_skipped(crowd, page, now):
    evening = now.replace(hour=21, minute=50, second=0)
    complaint = crowd.private(evening)
    page.sign_in(crowd.staff["manager"])
    text = page.get(f"/complaints/{complaint.id}/deadlines").text
    for word in ("计时", "不在上班时间，不算"):
        assert word in text
