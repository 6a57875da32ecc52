"""The ladder over a real database: due, late, twice, repaired, and never to nobody."""

from datetime import timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.alerts import service as alerts
from crm.alerts.models import Alert
from crm.alerts.rules import AlertKind
from crm.audit.models import AuditEntry
from crm.complaints import jobs, queries, service
from crm.complaints.models import AlertStep, Complaint, SlaClock
from crm.complaints.queries import due
from crm.complaints.queries.case import clock_rows, events_of
from crm.complaints.rules.commands import LogComplaint
from crm.complaints.rules.words import Category, Channel, ClockKind, EventType, State, StepState
from crm.stores import service as stores
from crm.stores.rules import HoursCommand
from tests.factories.desk import MINUTE
from tests.factories.stores import make_staff, make_store

E = EventType


def _alerts(session: Session, complaint: Complaint) -> list[tuple[str, int, str]]:
    session.flush()
    rows = session.execute(
        select(Alert.level, Alert.staff_id, Alert.dedupe_base)
        .where(Alert.kind == AlertKind.COMPLAINT, Alert.subject_id == complaint.id)
        .order_by(Alert.id)
    )
    return [(row.level.value, row.staff_id, row.dedupe_base) for row in rows if row.level]


def _levels(session: Session, complaint: Complaint, kind: ClockKind) -> list[tuple[str, int]]:
    clock = next(row for row in clock_rows(session, complaint.id) if row.kind is kind)
    base = f"clock-{clock.id}."
    found = _alerts(session, complaint)
    return [(level, staff_id) for level, staff_id, key in found if key.startswith(base)]


def _only(session: Session, complaint: Complaint) -> list[str]:
    return [level for level, _staff_id, _key in _alerts(session, complaint)]


def _break(session: Session, complaint: Complaint) -> None:
    """Leave a log that no replay understands."""
    session.flush()
    session.execute(
        text("UPDATE complaint_event SET data = :none WHERE complaint_id = :id"),
        {"none": "{}", "id": complaint.id},
    )
    session.expire_all()


def test_of_all_due_warnings_only_the_highest_is_sent(shop, session, now):
    complaint = shop.log(now, occurred_at=now - 4 * MINUTE)
    jobs.tick(session, now=now)
    assert _levels(session, complaint, ClockKind.PUBLIC_ACK) == [("W2", shop.lead.id)]
    states = {
        step.level.value: step.state
        for step in session.scalars(
            select(AlertStep).join(SlaClock).where(SlaClock.kind == ClockKind.PUBLIC_ACK)
        )
    }
    assert states["W1"] is StepState.SUPERSEDED
    assert states["W2"] is StepState.FIRED
    assert states["L0"] is StepState.PENDING


def test_nothing_happens_before_its_time(shop, session, now):
    complaint = shop.log(now)
    jobs.tick(session, now=now + 2 * MINUTE)
    assert _alerts(session, complaint) == []


def test_running_twice_changes_nothing(shop, session, now):
    complaint = shop.log(now)
    at = now + 5 * MINUTE
    jobs.tick(session, now=at)
    first = _alerts(session, complaint)
    assert jobs.tick(session, now=at) == 0
    assert _alerts(session, complaint) == first


def test_the_due_moment_marks_the_miss_and_tells_assignee_and_duty(shop, session, now):
    complaint = shop.log(now)
    shop.record(complaint, E.ACKNOWLEDGED, now + MINUTE)
    jobs.tick(session, now=now + 5 * MINUTE)
    told = {staff for level, staff in _levels(session, complaint, ClockKind.PUBLIC_ACK)}
    assert told == {shop.manager.id, shop.lead.id}
    jobs.tick(session, now=now + 11 * MINUTE)
    assert complaint.breached_at == now + 5 * MINUTE


def test_after_downtime_one_alert_a_clock_and_the_miss_dates_from_the_deadline(shop, session, now):
    complaint = shop.log(now)
    jobs.tick(session, now=now + timedelta(hours=8))
    sent = _levels(session, complaint, ClockKind.PUBLIC_ACK)
    assert {level for level, _staff in sent} == {"H"} or {level for level, _ in sent} == {"R"}
    assert complaint.breached_at == now + 5 * MINUTE


def test_an_acknowledgement_holds_the_leaders_until_it_times_out(shop, session, now):
    complaint = shop.log(now, channel=Channel.GROUP)
    at = now + 5 * MINUTE
    jobs.tick(session, now=at)
    shop.record(complaint, E.ACKNOWLEDGED, now + 6 * MINUTE)
    jobs.tick(session, now=now + 15 * MINUTE)
    assert "L1" not in [lv for lv, _ in _levels(session, complaint, ClockKind.PUBLIC_ACK)]
    jobs.tick(session, now=now + 16 * MINUTE)
    assert "L1" in [lv for lv, _ in _levels(session, complaint, ClockKind.PUBLIC_ACK)]
    assert complaint.state is State.OPEN
    assert events_of(session, complaint.id)[-1].type is E.ACK_TIMED_OUT


def test_an_answer_takes_the_next_steps_back(shop, session, now):
    complaint = shop.log(now)
    jobs.tick(session, now=now + 3 * MINUTE)
    before = _only(session, complaint)
    shop.record(complaint, E.PUBLIC_REPLY, now + 4 * MINUTE)
    jobs.tick(session, now=now + timedelta(hours=2))
    assert _only(session, complaint) == before


def test_a_pause_ends_by_itself_at_its_time(shop, session, now):
    complaint = shop.log(now)
    shop.record(complaint, E.PUBLIC_REPLY, now)
    until = now + timedelta(hours=1)
    shop.record(complaint, E.PAUSED, now, data={"reason": "photos", "until": until.isoformat()})
    due_at = complaint.resolution_due_at
    jobs.tick(session, now=until + timedelta(hours=3))
    assert complaint.state is State.ANSWERED
    assert complaint.resolution_due_at == due_at + timedelta(hours=1)
    assert events_of(session, complaint.id)[-2].at == until


def test_a_failing_step_stops_no_other_and_is_tried_again(shop, session, now):
    broken, whole = shop.log(now), shop.log(now)
    _break(session, broken)
    jobs.tick(session, now=now + 3 * MINUTE)
    assert _alerts(session, broken) == []
    assert _levels(session, whole, ClockKind.PUBLIC_ACK)
    assert StepState.ERROR in set(
        session.scalars(
            select(AlertStep.state).join(SlaClock).where(SlaClock.complaint_id == broken.id)
        )
    )


def test_a_broken_complaint_stops_nothing_that_happens_by_itself(shop, session, now):
    broken, whole = shop.log(now), shop.log(now)
    for complaint in (broken, whole):
        shop.record(complaint, E.ACKNOWLEDGED, now)
    _break(session, broken)
    jobs.tick(session, now=now + 11 * MINUTE)
    assert whole.state is State.OPEN
    assert _levels(session, whole, ClockKind.PUBLIC_ACK)


def test_a_broken_complaint_stops_neither_repair_nor_changed_hours(shop, session, factory, now):
    broken, whole = (shop.log(now, category=Category.QUALITY) for _one in range(2))
    before = whole.first_response_due_at
    _break(session, broken)
    for step in session.scalars(select(AlertStep)):
        step.state = StepState.ERROR
    stores.set_hours(session, HoursCommand(9 * 60, 20 * 60 + 30), actor=shop.owner, now=now)
    session.commit()
    jobs.keep_straight(factory, now=lambda: now)
    session.expire_all()
    assert due.without_step(session, now + MINUTE) == [broken.id]
    assert whole.first_response_due_at > before


def test_a_warning_after_the_answer_does_not_say_that_nobody_has_answered(shop, session, now):
    complaint = shop.log(now)
    shop.record(complaint, E.PUBLIC_REPLY, now)
    jobs.tick(session, now=now + timedelta(hours=13))
    session.flush()
    (alert, *_same) = session.scalars(select(Alert).where(Alert.kind == AlertKind.COMPLAINT))
    assert alerts.line(alert) == (
        f"客诉 #{complaint.short_no} · S1 紧急 · 期限过半，还没处理完 · 第 1 次提醒"
    )


def test_the_reconciler_gives_a_clock_its_step_again_and_counts_it(shop, session, factory, now):
    complaint = shop.log(now)
    session.commit()
    repaired = select(func.count(AuditEntry.id)).where(
        AuditEntry.action == "complaint.steps_repaired"
    )
    jobs.keep_straight(factory, now=lambda: now)
    assert session.scalar(repaired) == 0
    for step in session.scalars(select(AlertStep)):
        step.state = StepState.ERROR
    session.commit()
    jobs.keep_straight(factory, now=lambda: now)
    assert session.scalar(repaired) == 1
    jobs.tick(session, now=now + 3 * MINUTE)
    assert _levels(session, complaint, ClockKind.PUBLIC_ACK)


def test_changed_hours_move_the_open_deadlines_of_that_store(shop, session, factory, now):
    complaint = shop.log(now, category=Category.QUALITY)
    before = complaint.first_response_due_at
    session.commit()
    assert jobs.follow_hours(factory, now=lambda: now) == 0
    hours = HoursCommand(9 * 60, 20 * 60 + 30)
    stores.set_hours(session, hours, actor=shop.owner, now=now)
    session.commit()
    assert jobs.follow_hours(factory, now=lambda: now) == 1
    session.expire_all()
    assert complaint.first_response_due_at > before
    moved = [r.data for r in events_of(session, complaint.id) if "old" in r.data]
    assert {move["cause"] for move in moved} == {"calendar"}
    assert jobs.follow_hours(factory, now=lambda: now) == 0


def test_an_alert_names_the_place_and_nobody(shop, session, now):
    complaint = shop.log(now, reporter_name="陈姐")
    jobs.tick(session, now=now + 3 * MINUTE)
    alert = session.scalars(select(Alert).where(Alert.level.is_not(None))).first()
    subject = queries.alert_subject(session, alert)
    assert subject.still_needed
    assert subject.words.place == "人民路 2 群"
    assert subject.words.path == f"/complaints/{complaint.id}"
    assert "陈姐" not in str(subject)
    shop.record(complaint, E.PUBLIC_REPLY, now + 4 * MINUTE)
    session.flush()
    assert not queries.alert_subject(session, alert).still_needed


def test_spreading_tells_lead_and_owner_at_once(shop, session, now):
    complaint = shop.log(now)
    shop.record(complaint, E.ONLOOKER_SIGNAL, now, data={"signal": "refund_ask"})
    session.flush()
    told = set(session.scalars(select(Alert.staff_id).where(Alert.kind == AlertKind.SPREAD)))
    assert {shop.lead.id, shop.owner.id} <= told
    jobs.tick(session, now=now + 3 * MINUTE)
    assert set(session.scalars(select(Alert.short_no))) == {complaint.short_no}


def test_without_lead_or_assignee_the_owner_hears(session, now):
    store = make_store(session)
    session.flush()
    owner = make_staff(session, Role.OWNER)
    command = LogComplaint(Channel.PRIVATE, "坏了", now, store.id, category=Category.QUALITY)
    complaint = service.log_complaint(session, command, actor=None, now=now)
    jobs.tick(session, now=now + 10 * MINUTE)
    assert {staff for _level, staff, _key in _alerts(session, complaint)} == {owner.id}


def test_the_worker_finds_out_what_is_due_by_itself(shop, session, factory, now):
    complaint = shop.log(now)
    session.commit()
    assert jobs.climb_ladders(factory, now=lambda: now) == 0
    assert jobs.climb_ladders(factory, now=lambda: now + 3 * MINUTE) == 1
    assert _levels(session, complaint, ClockKind.PUBLIC_ACK)
    shop.record(complaint, E.ACKNOWLEDGED, now + 3 * MINUTE)
    session.commit()
    jobs.climb_ladders(factory, now=lambda: now + 14 * MINUTE)
    session.expire_all()
    assert session.get_one(Complaint, complaint.id).state is State.OPEN


def test_the_minute_job_repairs_and_follows_hours(shop, session, factory, now):
    complaint = shop.log(now)
    for step in session.scalars(select(AlertStep)):
        step.state = StepState.ERROR
    session.commit()
    jobs.keep_straight(factory, now=lambda: now)
    session.expire_all()
    states = session.scalars(
        select(AlertStep.state).join(SlaClock).where(SlaClock.complaint_id == complaint.id)
    )
    assert set(states) == {StepState.PENDING}


def test_a_stale_copy_of_what_comes_by_itself_is_put_right_and_holds_nobody_up(
    shop, session, factory, now
):
    complaint = shop.log(now)
    complaint.automatic_at = now
    session.commit()
    assert jobs.climb_ladders(factory, now=lambda: now + MINUTE) == 1
    session.expire_all()
    assert complaint.automatic_at is None


def test_much_that_happens_by_itself_leaves_the_steps_half_of_the_time(shop, session, now):
    for number in range(40):
        complaint = shop.log(now, channel=Channel.PRIVATE, reporter_name=f"顾客{number}")
        shop.record(complaint, E.ACKNOWLEDGED, now)
    later, seconds, fired, left = now + timedelta(days=1), 0.005, 0, 0
    while fired < 2:
        seconds *= 2
        with session.begin_nested() as slice_:
            jobs.tick(session, now=later, seconds=seconds)
            session.flush()
            complaints_of = select(SlaClock.complaint_id).join(AlertStep).distinct()
            fired = len(session.scalars(complaints_of.where(AlertStep.fired_at == later)).all())
            left = len(due.with_automatics(session, later, 100))
            slice_.rollback()
    assert left > 0


def test_a_step_that_fails_again_and_again_is_tried_less_often_and_written_down_once(
    shop, session, factory, now
):
    shop.log(now)
    session.commit()
    step = session.scalars(select(AlertStep).order_by(AlertStep.wake_at)).first()
    failed_at = []
    for minute in range(24):
        at = now + minute * MINUTE
        if step.state is StepState.PENDING:
            due.put_aside(session, step.id, at)
            failed_at.append(minute)
        session.commit()
        jobs.keep_straight(factory, now=lambda at=at: at)
        session.expire_all()
    assert failed_at == [0, 1, 3, 7, 13, 19]
    action = AuditEntry.action == "complaint.steps_repaired"
    assert session.scalar(select(func.count(AuditEntry.id)).where(action)) == 1
