"""An incident with twenty complaints: one alert, few updates, and nobody's case is closed by it."""

from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from crm.alerts.models import Alert
from crm.alerts.rules import AlertKind
from crm.complaints import jobs, queries
from crm.complaints.models import AlertStep, Complaint, Incident
from crm.complaints.queries import bundles as incidents
from crm.complaints.rules.words import Category, ClockKind, ClockState, EventType, State, StepState
from crm.complaints.service import bundles
from tests.client import counted
from tests.factories.desk import MINUTE, Desk

E = EventType
SECOND = timedelta(seconds=1)


def children(shop: Desk, now: datetime, number: int) -> list[Complaint]:
    return [
        shop.log(now, reporter_name=f"顾客{n}", category=Category.QUALITY) for n in range(number)
    ]


def live(shop: Desk, factory, start: datetime, minutes: int) -> None:
    """Let the worker's jobs run for so long, as often as they would."""
    shop.session.flush()
    for seconds in range(0, minutes * 60, 10):
        now = start + seconds * SECOND
        jobs.climb_ladders(factory, now=lambda now=now: now)
        jobs.tell_incidents(factory, now=lambda now=now: now)
    shop.session.expire_all()


def told(session: Session, staff_id: int, since: datetime) -> list[datetime]:
    statement = select(Alert.created_at).where(
        Alert.staff_id == staff_id, Alert.created_at >= since
    )
    return sorted(session.scalars(statement))


def test_twenty_children_give_the_lead_one_alert_and_few_updates(shop, session, factory, now):
    twenty = children(shop, now, 20)
    crossing = now + MINUTE
    shop.spread(twenty[0], crossing)
    assert {(c.severity, c.incident_id) for c in twenty} == {(1, twenty[0].incident_id)}
    live(shop, factory, crossing, 40)
    for person in ("lead", "owner"):
        times = told(session, shop.staff[person].id, crossing)
        assert times[0] == crossing
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert all(gap >= 5 * MINUTE for gap in gaps)
        assert 2 <= len(times) <= 9
    for child in twenty:
        assert child.state is State.OPEN
        clocks = shop.clocks(child)
        assert clocks[ClockKind.PUBLIC_ACK].due_at == crossing + 5 * MINUTE
        assert clocks[ClockKind.FIRST_RESPONSE].state is ClockState.RUNNING
        assert clocks[ClockKind.RESOLUTION].state is ClockState.RUNNING
    fired = session.scalar(
        select(func.count()).select_from(AlertStep).where(AlertStep.state == StepState.FIRED)
    )
    assert fired >= 40


def test_children_are_closed_one_by_one(shop, session, factory, now):
    both = children(shop, now, 2)
    shop.spread(both[0], now + MINUTE)
    at = now + 2 * MINUTE
    for kind in (E.PUBLIC_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED, E.PUBLIC_CLOSURE):
        shop.record(both[0], kind, at)
    assert [c.state for c in both] == [State.CLOSED, State.OPEN]
    assert both[1].owes_answer


def test_update_tells_counts_and_comes_only_when_the_set_changed(shop, session, factory, now):
    both = children(shop, now, 2)
    crossing = now + MINUTE
    shop.spread(both[0], crossing)
    for child in both:
        shop.record(child, E.PUBLIC_REPLY, crossing + MINUTE)
    live(shop, factory, crossing, 30)
    found = session.scalars(
        select(Alert).where(Alert.kind == AlertKind.INCIDENT, Alert.staff_id == shop.lead.id)
    ).all()
    assert [alert.data for alert in found] == [{"children": 2, "waiting": 0, "late": 0}]
    assert found[0].created_at == crossing + 5 * MINUTE


def test_single_complaint_keeps_its_own_ladder(shop, session, factory, now):
    only = shop.log(now, category=Category.QUALITY)
    shop.spread(only, now + MINUTE)
    live(shop, factory, now + MINUTE, 12)
    kinds = session.scalars(select(Alert.kind).where(Alert.staff_id == shop.lead.id))
    assert set(kinds) == {AlertKind.SPREAD, AlertKind.COMPLAINT}


def test_assignee_still_hears_of_her_own_case(shop, session, factory, now):
    first, second = children(shop, now, 2)
    shop.record(second, E.ACKNOWLEDGED, now)
    shop.spread(first, now + MINUTE)
    live(shop, factory, now + MINUTE, 12)
    about = session.scalars(
        select(Alert.subject_id).where(
            Alert.staff_id == shop.manager.id, Alert.kind == AlertKind.COMPLAINT
        )
    )
    assert second.id in set(about)


def test_ladders_speak_again_once_it_is_contained(shop, session, factory, now):
    first, second = children(shop, now, 2)
    shop.spread(first, now + MINUTE)
    shop.record(first, E.PUBLIC_REPLY, now + 2 * MINUTE)
    contained = now + timedelta(hours=2, minutes=2)
    live(shop, factory, contained, 35)
    assert session.get_one(Incident, first.incident_id).update_at is None
    about = session.scalars(
        select(Alert.subject_id).where(
            Alert.staff_id == shop.lead.id,
            Alert.kind == AlertKind.COMPLAINT,
            Alert.created_at > contained,
        )
    )
    assert set(about) == {second.id}


def test_taken_back_incident_is_told_no_more(shop, session, factory, now):
    first, _second = children(shop, now, 2)
    row = shop.spread(first, now + MINUTE)
    shop.record(first, E.UNDONE, now + 2 * MINUTE, data={"seq": row.seq})
    alert = session.scalars(select(Alert).where(Alert.kind == AlertKind.SPREAD)).first()
    assert not queries.alert_subject(session, alert).still_needed
    assert jobs.tell_incidents(factory, now=lambda: now + timedelta(hours=1)) == 0


def test_what_changed_too_early_is_told_later_and_by_one_worker(shop, session, factory, now):
    first, second = children(shop, now, 2)
    crossing = now + MINUTE
    shop.spread(first, crossing)
    shop.record(first, E.PUBLIC_REPLY, crossing + MINUTE)
    at = crossing + 5 * MINUTE
    live(shop, factory, at, 1)
    shop.record(second, E.PUBLIC_REPLY, at + MINUTE)
    incident = session.get_one(Incident, first.incident_id)
    assert incidents.incident_to_tell(session, incident.id, at + MINUTE) is None
    bundles.tell(session, incident, now=at + MINUTE)
    assert incident.update_at == at + 5 * MINUTE
    live(shop, factory, at + 5 * MINUTE, 1)
    found = session.scalars(
        select(Alert).where(Alert.kind == AlertKind.INCIDENT, Alert.staff_id == shop.lead.id)
    )
    assert [alert.data["waiting"] for alert in found] == [1, 0]


def test_an_incident_that_cannot_be_read_waits_is_shown_and_stops_no_other(
    shop, session, factory, now
):
    bad, _kin = children(shop, now, 2)
    shop.spread(bad, now + MINUTE)
    for number in range(2):
        good = shop.log(now, order_no="J1", reporter_name=f"何敏{number}", text="一直没发货")
    shop.spread(good, now + MINUTE)
    shop.record(good, E.PUBLIC_REPLY, now + 2 * MINUTE)
    session.flush()
    session.execute(
        text("UPDATE complaint_event SET data = :none WHERE complaint_id = :id"),
        {"none": "{}", "id": bad.id},
    )
    session.commit()
    session.expire_all()
    assert good.incident_id != bad.incident_id
    at = now + 6 * MINUTE
    assert jobs.tell_incidents(factory, now=lambda: at) == 2
    assert jobs.tell_incidents(factory, now=lambda: at + 59 * SECOND) == 0
    assert jobs.tell_incidents(factory, now=lambda: at + MINUTE) == 1
    about = select(Alert.kind, Alert.subject_id, Alert.staff_id).where(Alert.created_at >= at)
    found = set(map(tuple, session.execute(about)))
    assert (AlertKind.BROKEN, bad.incident_id, shop.owner.id) in found
    assert (AlertKind.INCIDENT, good.incident_id, shop.lead.id) in found
    assert len([kind for kind, *_rest in found if kind is AlertKind.BROKEN]) == 1


def test_an_update_reads_the_children_once_and_a_step_its_people_once(
    shop, session, factory, engine, now
):
    both = children(shop, now, 2)
    shop.spread(both[0], now + MINUTE)
    session.commit()
    session.expire_all()
    at = now + 6 * MINUTE
    with counted(engine) as ticked:
        jobs.climb_ladders(factory, now=lambda: at)
    fired = session.scalars(select(AlertStep).where(AlertStep.state == StepState.FIRED)).all()
    asked = [one for one in ticked if "FROM duty_shift" in one]
    assert len(asked) == len(fired) > 0
    with counted(engine) as told_of:
        jobs.tell_incidents(factory, now=lambda: at)
    assert len([one for one in told_of if "WHERE complaint.incident_id = " in one]) == 1
