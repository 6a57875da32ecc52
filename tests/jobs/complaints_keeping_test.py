"""The end of keeping: nothing of a complaint is left but what reports count."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.alerts.models import Alert
from crm.audit.models import AuditEntry
from crm.complaints import jobs, service
from crm.complaints.models import (
    AlertStep,
    Complaint,
    ComplaintEvent,
    ComplaintFigure,
    Incident,
    IncidentBuyer,
    OnlookerTold,
    SlaClock,
    Suspicion,
)
from crm.complaints.rules.words import Category, EventType, State
from crm.complaints.service.keeping import remove_old
from crm.groups.models import GroupMessage
from crm.reports import queries as reports
from crm.reports.rules import Period
from tests.factories.contacts import make_contact
from tests.factories.desk import MINUTE, Desk
from tests.factories.groups import say

E = EventType
DAY = timedelta(days=1)
ALL_OF_IT = (
    *(Complaint, ComplaintEvent, SlaClock, AlertStep, Suspicion, OnlookerTold),
    *(Incident, IncidentBuyer, Alert),
)


def close(shop: Desk, complaint: Complaint, at: datetime) -> None:
    for kind in (E.PUBLIC_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED, E.PUBLIC_CLOSURE):
        shop.record(complaint, kind, at)


def run(factory, session: Session, now: datetime) -> int:
    session.flush()
    removed = jobs.keep_no_longer(factory, now=lambda: now)
    session.expire_all()
    return removed


def left(session: Session) -> dict[str, int]:
    counts = {
        table.__tablename__: session.scalar(select(func.count()).select_from(table))
        for table in ALL_OF_IT
    }
    return {name: count for name, count in counts.items() if count}


def told_case(shop: Desk, session: Session, now: datetime) -> Complaint:
    """A complaint of a chat line with alerts, an incident, a told buyer and a duplicate."""
    say(session, shop.group, "陈姐 这是假货吧？ / 梅子 我也要看看", start=now)
    line = session.scalars(select(GroupMessage).order_by(GroupMessage.id)).first()
    complaint = service.open_suspected(session, line.id, actor=shop.manager, now=now)
    double = shop.log(now, reporter_name="陈姐")
    shop.record(double, E.MERGED, now, by=shop.lead, data={"into_id": complaint.id})
    shop.spread(complaint, now + MINUTE)
    buyer = make_contact(session, "苏苏", store=shop.store)
    session.flush()
    incident = session.get_one(Incident, complaint.incident_id)
    service.tell_buyer(session, incident, buyer.id, actor=shop.manager, now=now)
    jobs.tick(session, now=now + 30 * MINUTE)
    close(shop, complaint, now + 40 * MINUTE)
    return complaint


def test_all_of_a_complaint_goes_when_its_time_is_over(shop, session, factory, now):
    complaint = told_case(shop, session, now)
    closed_at = complaint.closed_at
    assert len(left(session)) >= 7
    assert run(factory, session, closed_at + 180 * DAY - MINUTE) == 0
    assert run(factory, session, closed_at + 180 * DAY) == 2
    assert left(session) == {}
    assert session.scalar(select(func.count()).select_from(GroupMessage)) == 2
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "complaints.removed")
    ).one()
    assert entry.after == {"complaints": 2, "incidents": 1, "days": 180}


def test_open_ones_and_their_incident_stay(shop, session, factory, now):
    both = [shop.log(now, reporter_name=who, category=Category.QUALITY) for who in ("甲", "乙")]
    shop.spread(both[0], now + MINUTE)
    close(shop, both[0], now + 2 * MINUTE)
    ended = both[0].id
    assert run(factory, session, now + 400 * DAY) == 1
    assert session.get(Complaint, ended) is None
    assert both[1].state is State.OPEN
    assert session.get_one(Incident, both[1].incident_id).reached_at == now + MINUTE
    about = set(session.scalars(select(Alert.subject_id)))
    assert ended not in about


def test_reports_say_the_same_before_and_after(shop, session, factory, now):
    told_case(shop, session, now)
    late = shop.log(now, occurred_at=now - 3 * timedelta(hours=1), reporter_name="小鹿")
    shop.record(late, E.PUBLIC_REPLY, now, at=now - timedelta(hours=1))
    close(shop, late, now)
    when = now + 200 * DAY

    def said() -> tuple[object, ...]:
        lines = reports.complaint_lines(session, shop.owner, None, now=when)
        shown = [
            (one.short_no, one.group_name, one.waited_seconds, one.is_late, one.onlooker_count)
            for one in lines
        ]
        kept = reports.deadlines(session, shop.owner, None, Period.YEAR, now=when)
        events = [
            (one.happened_at, one.category)
            for one in reports.weekly_orders(session, shop.owner, None, now=when).events
        ]
        spreads = [(one.place, one.complaints) for one in kept.spreads]
        counts = (kept.kinds, kept.places, kept.complaints, kept.replies, kept.backdated)
        return shown, events, spreads, counts

    session.flush()
    before = said()
    assert before[3][4] == 1
    assert run(factory, session, when) == 3
    assert said() == before


def test_numbers_are_never_given_twice(shop, session, factory, now):
    only = shop.log(now)
    number = only.short_no
    close(shop, only, now)
    run(factory, session, now + 181 * DAY)
    assert shop.log(now + 181 * DAY).short_no == number + 1


def test_withdrawn_ones_go_too_and_leave_no_figure(shop, session, factory, now):
    only = shop.log(now)
    shop.record(only, E.VOIDED, now, by=shop.lead, data={"reason": "记错了"})
    assert run(factory, session, now + 181 * DAY) == 1
    assert session.scalar(select(func.count()).select_from(ComplaintFigure)) == 0


def test_batches_go_on_until_nothing_is_left(shop, session, now):
    for _number in range(5):
        close(shop, shop.log(now), now)
    later = now + 181 * DAY
    assert [remove_old(session, now=later, limit=2) for _batch in range(4)] == [2, 2, 1, 0]


def test_follower_of_a_removed_complaint_only_forgets_it(shop, session, factory, now):
    first = shop.log(now)
    close(shop, first, now)
    later = now + 30 * DAY
    data = {"intent": "problem"}
    shop.record(first, E.CUSTOMER_MESSAGE, later, text="又坏了", data=data)
    follower = session.scalars(select(Complaint).where(Complaint.previous_id == first.id)).one()
    run(factory, session, now + 181 * DAY)
    assert follower.previous_id is None


def test_shorter_time_counts_a_day_after_it_was_chosen(shop, session, factory, now):
    only = shop.log(now)
    close(shop, only, now)
    chosen = now + 60 * DAY
    service.set_days(session, 30, actor=shop.owner, now=chosen)
    assert run(factory, session, chosen + 24 * timedelta(hours=1) - MINUTE) == 0
    assert run(factory, session, chosen + DAY) == 1


def test_shorter_time_can_be_taken_back(shop, session, factory, now):
    only = shop.log(now)
    close(shop, only, now)
    chosen = now + 60 * DAY
    service.set_days(session, 30, actor=shop.owner, now=chosen)
    service.set_days(session, 180, actor=shop.owner, now=chosen + MINUTE)
    assert run(factory, session, chosen + 2 * DAY) == 0


def test_an_incident_whose_only_complaint_left_it_goes_in_its_time(shop, session, factory, now):
    complaint = shop.log(now, category=Category.QUALITY)
    shop.spread(complaint, now + MINUTE)
    incident = session.get_one(Incident, complaint.incident_id)
    buyer = make_contact(session, store=shop.store)
    service.tell_buyer(session, incident, buyer.id, actor=shop.manager, now=now)
    complaint.incident_id = None
    run(factory, session, now + 100 * DAY)
    assert session.scalar(select(func.count(Incident.id))) == 1
    run(factory, session, now + 4000 * DAY)
    for table in (Incident, IncidentBuyer):
        assert session.scalar(select(func.count(table.id))) == 0
    assert session.get(Complaint, complaint.id) is not None
