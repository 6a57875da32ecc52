"""Entering a year through the page: open provisional deadlines follow, closed ones never."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.rules import Role
from crm.alerts.models import Alert
from crm.complaints import jobs
from crm.complaints.models import Complaint, ComplaintEvent
from crm.complaints.queries.case import clock_rows, events_of
from crm.complaints.rules.words import Category, Channel, ClockKind, EventType, State
from crm.stores import service as stores
from crm.stores.rules.roster import DutyRole, Leave, Shift
from tests.client import PageClient
from tests.factories.desk import Desk
from tests.factories.stores import make_staff

E, K = EventType, ClockKind
LOGGED = datetime.fromisoformat("2026-12-28T11:00:00+08:00")
OLD_DUE = datetime.fromisoformat("2027-01-05T00:00:00+08:00")  # five workdays, as weekdays go
NEW_DUE = datetime.fromisoformat("2027-01-06T00:00:00+08:00")  # Friday 2027-01-01 is off
NOTICE = {"year": "2027", "text": "元旦：1月1日至3日放假", "save": "1"}


def _enquiry(shop: Desk) -> Complaint:
    return shop.log(LOGGED, channel=Channel.PRIVATE, category=Category.ENQUIRY)


def _resolution(session: Session, complaint: Complaint):
    session.expire_all()
    return next(row for row in clock_rows(session, complaint.id) if row.kind is K.RESOLUTION)


def _enter(page: PageClient, shop: Desk, factory, now: datetime) -> None:
    page.sign_in(shop.staff["owner"])
    page.post("/settings/calendar", NOTICE)
    jobs.follow_hours(factory, now=lambda: now)


def test_a_year_moves_what_was_provisional_with_one_event(
    page: PageClient, session: Session, factory: sessionmaker[Session], shop: Desk
) -> None:
    """F12, F13 and A60, A61 through the page."""
    complaint = _enquiry(shop)
    before = _resolution(session, complaint)
    assert (before.due_at, before.provisional) == (OLD_DUE, True)
    page.sign_in(shop.staff["owner"])
    assert "暂定" in page.get(f"/complaints/{complaint.id}/deadlines").text
    _enter(page, shop, factory, LOGGED + timedelta(hours=1))
    after = _resolution(session, complaint)
    assert (after.due_at, after.provisional) == (NEW_DUE, False)
    moves = [row.data for row in events_of(session, complaint.id) if row.data.get("kind")]
    assert [(m["kind"], m["old"], m["new"], m["cause"]) for m in moves] == [
        ("resolution", _iso(OLD_DUE), _iso(NEW_DUE), "calendar")
    ]
    explained = page.get(f"/complaints/{complaint.id}/deadlines").text
    assert "暂定" not in explained
    assert "5 个工作日" in explained


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def test_a_miss_of_a_provisional_deadline_that_moves_later_is_withdrawn(
    page: PageClient, session: Session, factory: sessionmaker[Session], shop: Desk
) -> None:
    complaint = _enquiry(shop)
    shop.record(complaint, E.PRIVATE_REPLY, LOGGED + timedelta(minutes=5))
    late = OLD_DUE + timedelta(hours=10)
    jobs.climb_ladders(factory, now=lambda: late)
    assert _resolution(session, complaint).breached_at == OLD_DUE
    _enter(page, shop, factory, late)
    row = _resolution(session, complaint)
    assert (row.due_at, row.breached_at) == (NEW_DUE, None)


def test_what_is_closed_keeps_its_figures(
    page: PageClient, session: Session, factory: sessionmaker[Session], shop: Desk
) -> None:
    complaint = _enquiry(shop)
    for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
        shop.record(complaint, kind, LOGGED + timedelta(minutes=5))
    assert complaint.state is State.CLOSED
    events = len(events_of(session, complaint.id))
    _enter(page, shop, factory, LOGGED + timedelta(hours=1))
    assert _resolution(session, complaint).due_at == OLD_DUE
    assert len(events_of(session, complaint.id)) == events


def test_alerts_go_to_who_is_on_duty_then_and_to_who_stands_in(
    session: Session, factory: sessionmaker[Session], shop: Desk, now: datetime
) -> None:
    """Recipients are those of the moment in which the step fires."""
    lan = make_staff(session, Role.ASSISTANT, shop.store, name="李兰")
    complaint = shop.log(now)
    shift = Shift(shop.manager.id, DutyRole.DUTY, None, None, now.date(), 0, 2880)
    stores.add_shifts(session, [shift], actor=shop.owner, now=now)
    leave = Leave(shop.manager.id, lan.id, now.date(), now.date())
    row = stores.add_leave(session, leave, actor=shop.owner, now=now)
    jobs.climb_ladders(factory, now=lambda: now + timedelta(minutes=3))
    assert _told(session, complaint) == {lan.id}
    stores.put_leave(session, row.id, is_in=False, actor=shop.owner, now=now)
    session.flush()
    jobs.climb_ladders(factory, now=lambda: now + timedelta(minutes=5))
    assert _told(session, complaint) == {lan.id, shop.manager.id}


def _told(session: Session, complaint: Complaint) -> set[int]:
    session.flush()
    told = session.scalars(select(Alert.staff_id).where(Alert.subject_id == complaint.id))
    return {staff_id for staff_id in told if staff_id}


def test_one_that_cannot_be_replayed_stops_no_other(
    page: PageClient, session: Session, factory: sessionmaker[Session], shop: Desk
) -> None:
    bad, good = _enquiry(shop), _enquiry(shop)
    session.flush()
    session.execute(
        update(ComplaintEvent).where(ComplaintEvent.complaint_id == bad.id).values(data={})
    )
    _enter(page, shop, factory, LOGGED + timedelta(hours=1))
    assert _resolution(session, good).due_at == NEW_DUE
    assert _resolution(session, bad).due_at == OLD_DUE
