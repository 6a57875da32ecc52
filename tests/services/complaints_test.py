"""Use cases of complaints over a real database."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from crm.accounts.models import StaffStore
from crm.accounts.rules import Forbidden
from crm.alerts.models import Alert
from crm.alerts.rules import AlertKind
from crm.complaints import jobs, queries, service
from crm.complaints.models import AlertStep, Complaint, SlaClock
from crm.complaints.queries.case import clock_rows, events_of
from crm.complaints.rules.commands import StaleForm, TooLate
from crm.complaints.rules.words import (
    BadEvent,
    Category,
    Channel,
    ClockKind,
    ClockState,
    EventType,
    IllegalTransition,
    State,
    StepState,
    Visibility,
)
from tests.factories.desk import MINUTE

E = EventType


def _pending(session: Session, complaint: Complaint) -> int:
    session.flush()
    return (
        session.scalar(
            select(func.count())
            .select_from(AlertStep)
            .join(SlaClock, SlaClock.id == AlertStep.clock_id)
            .where(SlaClock.complaint_id == complaint.id, AlertStep.state == StepState.PENDING)
        )
        or 0
    )


def test_logging_starts_the_clocks_when_the_customer_said_it(shop, session, now):
    complaint = shop.log(now, occurred_at=now - 4 * MINUTE)
    assert (complaint.state, complaint.severity) == (State.OPEN, 1)
    assert complaint.visibility is Visibility.PUBLIC
    clocks = shop.clocks(complaint)
    assert clocks[ClockKind.PUBLIC_ACK].due_at == now + MINUTE
    assert clocks[ClockKind.FIRST_RESPONSE].due_at == now + 26 * MINUTE
    assert complaint.next_due_at == now + MINUTE
    assert complaint.lead_kind is ClockKind.PUBLIC_ACK
    assert _pending(session, complaint) == 3


def test_numbers_are_short_and_count_up(shop, now):
    first, second = shop.log(now), shop.log(now)
    assert second.short_no == first.short_no + 1


def test_the_same_form_token_logs_once(shop, session, now):
    first = shop.log(now, client_key="k1")
    assert shop.log(now, client_key="k1").id == first.id
    assert session.scalar(select(func.count()).select_from(Complaint)) == 1


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"text": "   "}, "text"),
        ({"text": "长" * 2001}, "text"),
        ({"group_id": None}, "group_id"),
        ({"severity": 5}, "severity"),
        ({"order_no": "9" * 65}, "order_no"),
    ],
)
def test_bad_content_says_which_part(shop, now, overrides, field):
    with pytest.raises(BadEvent) as caught:
        shop.log(now, **overrides)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("offset", "is_fine"),
    [
        (timedelta(minutes=2), True),
        (timedelta(minutes=2, seconds=1), False),
        (-timedelta(days=30), True),
        (-timedelta(days=30, seconds=1), False),
    ],
    ids=["G7 skew", "G7 future", "G8 30 days", "G8 older"],
)
def test_a_time_in_the_future_or_too_long_ago_is_refused(shop, now, offset, is_fine):
    if is_fine:
        assert shop.log(now, occurred_at=now + offset).occurred_at <= now
        return
    with pytest.raises(BadEvent) as caught:
        shop.log(now, occurred_at=now + offset)
    assert caught.value.field == "occurred_at"


def test_another_stores_group_or_store_is_not_found(shop, now):
    with pytest.raises(NoResultFound):
        shop.log(now, by=shop.stranger)


def test_a_group_of_another_store_is_refused(shop, now):
    with pytest.raises(BadEvent) as caught:
        shop.log(now, by=shop.lead, store_id=shop.other.id)
    assert caught.value.field == "group_id"


def test_a_platform_deadline_is_for_platforms_only(shop, now):
    with pytest.raises(BadEvent):
        shop.log(now, external_due_at=now + timedelta(hours=5))
    complaint = shop.log(
        now, channel=Channel.PLATFORM_DISPUTE, external_due_at=now + timedelta(hours=5)
    )
    assert complaint.lead_kind is ClockKind.EXTERNAL


def test_a_public_reply_stops_the_public_clocks_and_their_steps(shop, session, now):
    complaint = shop.log(now)
    shop.record(complaint, E.PUBLIC_REPLY, now + MINUTE, text="马上核对")
    clocks = shop.clocks(complaint)
    assert clocks[ClockKind.PUBLIC_ACK].state is ClockState.MET
    assert clocks[ClockKind.FIRST_RESPONSE].met_at == now + MINUTE
    assert complaint.state is State.ANSWERED
    assert complaint.first_response_at == now + MINUTE
    assert _pending(session, complaint) == 1


def test_a_holding_reply_leaves_the_first_answer_running(shop, session, now):
    complaint = shop.log(now)
    shop.record(complaint, E.HOLDING_REPLY, now + MINUTE)
    clocks = shop.clocks(complaint)
    assert clocks[ClockKind.PUBLIC_ACK].state is ClockState.MET
    assert clocks[ClockKind.FIRST_RESPONSE].state is ClockState.RUNNING
    assert clocks[ClockKind.PROMISE].due_at == now + 31 * MINUTE


def test_events_are_numbered_without_gaps_and_keep_both_times(shop, session, now):
    complaint = shop.log(now - 20 * MINUTE, occurred_at=now - 20 * MINUTE)
    shop.record(complaint, E.PUBLIC_REPLY, now, at=now - 15 * MINUTE)
    rows = events_of(session, complaint.id)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert (rows[1].at, rows[1].recorded_at) == (now - 15 * MINUTE, now)


def test_what_the_state_does_not_take_is_refused_with_what_it_takes(shop, session, now):
    complaint = shop.log(now)
    with pytest.raises(IllegalTransition) as caught:
        shop.record(complaint, E.PUBLIC_CLOSURE, now + MINUTE)
    assert E.PUBLIC_REPLY in caught.value.allowed
    assert len(events_of(session, complaint.id)) == 1


def test_an_offer_comes_before_the_customers_word(shop, now):
    complaint = shop.log(now)
    shop.record(complaint, E.PUBLIC_REPLY, now + MINUTE)
    with pytest.raises(IllegalTransition) as caught:
        shop.record(complaint, E.CUSTOMER_CONFIRMED, now + 2 * MINUTE)
    assert caught.value.need == "offer"


def test_a_public_case_runs_to_its_end(shop, session, now):
    complaint = shop.log(now)
    for minute, kind in enumerate(
        (E.PUBLIC_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED, E.PUBLIC_CLOSURE), start=1
    ):
        shop.record(complaint, kind, now + minute * MINUTE)
    assert complaint.state is State.CLOSED
    assert complaint.closed_at == now + 4 * MINUTE
    assert complaint.next_due_at is None
    assert _pending(session, complaint) == 0
    types = [row.type for row in events_of(session, complaint.id)]
    assert types[-4:] == [E.CUSTOMER_CONFIRMED, E.RESOLVED, E.PUBLIC_CLOSURE, E.CLOSED]


def test_a_third_extension_is_refused(shop, now):
    complaint = shop.log(now, by=shop.lead)
    for days in (4, 5):
        until = (now + timedelta(days=days)).isoformat()
        data = {"kind": "resolution", "due_at": until, "reason": "等货"}
        shop.record(complaint, E.EXTENDED, now, by=shop.lead, data=data)
    data = {"kind": "resolution", "due_at": (now + timedelta(days=9)).isoformat(), "reason": "再等"}
    with pytest.raises(BadEvent):
        shop.record(complaint, E.EXTENDED, now, by=shop.lead, data=data)


def test_a_second_pause_is_the_leads_to_give(shop, now):
    complaint = shop.log(now)
    data = {"reason": "等照片", "until": (now + timedelta(hours=2)).isoformat()}
    shop.record(complaint, E.PAUSED, now, data=data)
    shop.record(complaint, E.RESUMED, now + MINUTE)
    with pytest.raises(Forbidden):
        shop.record(complaint, E.PAUSED, now + 2 * MINUTE, data=data)
    shop.record(complaint, E.PAUSED, now + 2 * MINUTE, by=shop.lead, data=data)
    assert complaint.state is State.WAITING


def test_a_moved_deadline_is_in_the_log_with_its_cause(shop, session, now):
    complaint = shop.log(now, category=Category.QUALITY)
    shop.record(complaint, E.ONLOOKER_SIGNAL, now + MINUTE, data={"signal": "refund_ask"})
    moves = [r.data for r in events_of(session, complaint.id) if r.type is E.DEADLINE_CHANGED]
    assert {move["cause"] for move in moves} == {"spread"}
    assert complaint.severity == 1
    assert complaint.incident_id is not None


def test_undo_gives_the_clock_back_as_if_nothing_had_happened(shop, session, now):
    complaint = shop.log(now)
    before = [(row.kind, row.due_at, row.state) for row in clock_rows(session, complaint.id)]
    reply = shop.record(complaint, E.PUBLIC_REPLY, now + MINUTE)
    service.undo(session, complaint, reply.seq, actor=shop.manager, now=now + 2 * MINUTE)
    after = [(row.kind, row.due_at, row.state) for row in clock_rows(session, complaint.id)]
    assert after == before
    assert complaint.state is State.OPEN
    assert _pending(session, complaint) == 3


def test_undoing_the_doubt_restores_the_deadline_and_says_so(shop, session, now):
    complaint = shop.log(now)
    due_at = complaint.first_response_due_at
    doubt = shop.record(complaint, E.ONLOOKER_SIGNAL, now + MINUTE, data={"signal": "refund_ask"})
    assert complaint.first_response_due_at < due_at
    service.undo(session, complaint, doubt.seq, actor=shop.manager, now=now + 2 * MINUTE)
    assert complaint.first_response_due_at == due_at
    assert events_of(session, complaint.id)[-1].data["cause"] == "undo"


def test_undo_is_for_ones_own_act_of_the_last_day(shop, session, now):
    complaint = shop.log(now)
    reply = shop.record(complaint, E.PUBLIC_REPLY, now)
    with pytest.raises(TooLate):
        service.undo(session, complaint, reply.seq, actor=shop.lead, now=now)
    late = now + timedelta(hours=24, seconds=1)
    with pytest.raises(TooLate):
        service.undo(session, complaint, reply.seq, actor=shop.manager, now=late)
    service.undo(session, complaint, reply.seq, actor=shop.manager, now=now + timedelta(hours=24))


def test_merging_moves_what_is_owed_and_undoing_gives_it_back(shop, session, now):
    first = shop.log(now, category=Category.QUALITY)
    second = shop.log(now + 3 * MINUTE, category=Category.QUALITY)
    data = {"into_id": second.id}
    row = shop.record(first, E.MERGED, now + 4 * MINUTE, by=shop.lead, data=data)
    assert (first.state, first.next_due_at) == (State.MERGED, None)
    assert second.public_ack_due_at == now + 10 * MINUTE
    service.undo(session, first, row.seq, actor=shop.lead, now=now + 5 * MINUTE)
    assert first.state is State.OPEN
    assert second.public_ack_due_at == now + 13 * MINUTE


def test_two_different_people_are_never_merged(shop, now):
    first, second = shop.log(now), shop.log(now, reporter_name="小鹿")
    with pytest.raises(BadEvent):
        shop.record(first, E.MERGED, now, by=shop.lead, data={"into_id": second.id})


def test_a_form_opened_before_somebody_else_acted_is_stale(shop, now):
    complaint = shop.log(now)
    seen = complaint.version
    shop.record(complaint, E.ACKNOWLEDGED, now, by=shop.lead)
    data = {"to_id": shop.lead.id}
    with pytest.raises(StaleForm) as caught:
        shop.record(complaint, E.HANDED_OVER, now, version=seen, careful=True, data=data)
    assert caught.value.by_id == shop.lead.id
    shop.record(complaint, E.PUBLIC_REPLY, now)


def test_what_happened_by_itself_is_written_with_its_own_time(shop, session, now):
    complaint = shop.log(now)
    shop.record(complaint, E.ACKNOWLEDGED, now)
    shop.record(complaint, E.PUBLIC_REPLY, now + 30 * MINUTE)
    timed_out = next(r for r in events_of(session, complaint.id) if r.type is E.ACK_TIMED_OUT)
    assert timed_out.at == now + 10 * MINUTE


def test_another_stores_complaint_cannot_be_touched(shop, now):
    with pytest.raises(NoResultFound):
        shop.record(shop.log(now), E.PUBLIC_REPLY, now, by=shop.stranger)


def test_the_same_tap_twice_is_one_event(shop, session, now):
    complaint = shop.log(now)
    first = shop.record(complaint, E.PUBLIC_REPLY, now, version=1, text="马上核对")
    again = shop.record(complaint, E.PUBLIC_REPLY, now, version=1, text="马上核对")
    assert again.seq == first.seq
    shop.record(complaint, E.PUBLIC_REPLY, now, version=complaint.version, text="马上核对")
    assert [row.type for row in events_of(session, complaint.id)].count(E.PUBLIC_REPLY) == 2


def test_an_answer_taken_back_and_sent_again_from_the_old_page_counts(shop, now):
    complaint = shop.log(now)
    first = shop.record(complaint, E.PUBLIC_REPLY, now, version=1, text="马上核对")
    service.undo(shop.session, complaint, first.seq, actor=shop.manager, now=now)
    again = shop.record(complaint, E.PUBLIC_REPLY, now, version=1, text="马上核对")
    assert again.seq > first.seq
    assert shop.clocks(complaint)[ClockKind.FIRST_RESPONSE].state is ClockState.MET


def test_a_second_tap_on_pause_is_the_same_pause(shop, now):
    complaint = shop.log(now)
    shop.record(complaint, E.PUBLIC_REPLY, now)
    seen = complaint.version
    for seconds in (0, 2):
        tapped = now + timedelta(seconds=seconds)
        until = (tapped + timedelta(hours=24)).isoformat()
        data = {"reason": "等顾客照片", "until": until}
        shop.record(complaint, E.PAUSED, tapped, version=seen, careful=True, data=data)
    assert complaint.state is State.WAITING
    assert complaint.pause_until == now + timedelta(hours=24)


def test_a_recap_goes_to_nobody_who_has_left_the_store(shop, session, now):
    complaint = shop.log(now, channel=Channel.PRIVATE, category=Category.QUALITY)
    shop.record(complaint, E.HANDED_OVER, now, by=shop.lead, data={"to_id": shop.manager.id})
    shop.record(complaint, E.HANDED_OVER, now, by=shop.owner, data={"to_id": shop.lead.id})
    session.execute(delete(StaffStore).where(StaffStore.staff_id == shop.manager.id))
    for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
        shop.record(complaint, kind, now, by=shop.lead)
    assert complaint.state is State.CLOSED
    recaps = session.scalars(select(Alert.staff_id).where(Alert.kind == AlertKind.RECAP))
    assert list(recaps) == [shop.lead.id]


def test_a_promise_made_anew_after_undo_climbs_its_own_ladder(shop, session, now):
    complaint = shop.log(now, channel=Channel.PRIVATE, category=Category.QUALITY)
    first = shop.record(complaint, E.HOLDING_REPLY, now)
    jobs.tick(session, now=now + 20 * MINUTE)
    service.undo(session, complaint, first.seq, actor=shop.manager, now=now + 20 * MINUTE)
    assert shop.clocks(complaint)[ClockKind.PROMISE].state is ClockState.CANCELLED
    assert queries.due.without_step(session, now) == []
    shop.record(complaint, E.HOLDING_REPLY, now + 21 * MINUTE)
    jobs.tick(session, now=now + 37 * MINUTE)
    session.flush()
    told = session.scalars(
        select(Alert.dedupe_base).where(Alert.dedupe_base.like("%:W1:%")).distinct()
    )
    promise = shop.clocks(complaint)[ClockKind.PROMISE]
    bases = {base for base in told if base.startswith(f"clock-{promise.id}.")}
    assert bases == {f"clock-{promise.id}.1:W1:1", f"clock-{promise.id}.2:W1:1"}
