"""Workers and requests at the same complaints: nobody stands in a circle, and once is enough."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from crm.alerts.models import Alert
from crm.alerts.rules import AlertKind
from crm.audit.models import AuditEntry
from crm.complaints import jobs
from crm.complaints.models import AlertStep, Complaint, ComplaintEvent
from crm.complaints.queries import due
from crm.complaints.queries.case import complaint_for_update
from crm.complaints.rules.words import Category, Channel, EventType, StepState
from crm.db import make_engine, make_factory, transaction
from crm.stores import service as stores
from crm.stores.rules import HoursCommand
from tests.factories.desk import MINUTE, Desk
from tests.factories.stores import make_shop

E = EventType
WAITS = 0.5  # seconds in which the job gets as far as it can; too few only hide a circle
LONGER = HoursCommand(9 * 60, 20 * 60 + 30)


def meanwhile(
    factory: sessionmaker[Session], act: Callable[[], object], *, before: int
) -> Callable[[], Session]:
    """Sessions; before the one with this number another worker does something from end to end."""
    opened = 0

    def open_one() -> Session:
        nonlocal opened
        opened += 1
        if opened == before:
            act()
        return factory()

    return open_one


def lose_steps(session: Session) -> None:
    for step in session.scalars(select(AlertStep)):
        step.state = StepState.ERROR


def moves(session: Session) -> list[int]:
    """The complaints whose deadlines were moved, once for each event that says so."""
    session.expire_all()
    statement = select(ComplaintEvent.complaint_id).where(ComplaintEvent.type == E.DEADLINE_CHANGED)
    return sorted(session.scalars(statement))


def quality(shop: Desk, now: datetime, number: int) -> list[Complaint]:
    return [
        shop.log(now, channel=Channel.PRIVATE, category=Category.QUALITY, reporter_name=f"顾客{n}")
        for n in range(number)
    ]


def test_a_repair_never_waits_for_who_has_locked_several_complaints(fresh_database, now) -> None:
    factory = make_factory(make_engine(fresh_database()))
    with transaction(factory) as session:
        make_shop(session)
        first, second = quality(Desk(session), now, 2)
        session.flush()
        lose_steps(session)
    with ThreadPoolExecutor(1) as pool:
        with transaction(factory) as session:
            complaint_for_update(session, second.id)
            repairing = pool.submit(jobs.keep_straight, factory, now=lambda: now)
            time.sleep(WAITS)
            complaint_for_update(session, first.id)
        repairing.result(timeout=60)
    jobs.keep_straight(factory, now=lambda: now)
    with factory() as session:
        assert due.without_step(session, now) == []
    factory.kw["bind"].dispose()


def test_what_another_worker_repaired_is_neither_repaired_nor_counted_again(
    shop, session, factory, now
) -> None:
    shop.log(now)
    session.flush()
    lose_steps(session)
    session.commit()

    def repair() -> None:
        jobs.keep_straight(factory, now=lambda: now)

    jobs.keep_straight(meanwhile(factory, repair, before=2), now=lambda: now)
    counted = select(func.count(AuditEntry.id)).where(
        AuditEntry.action == "complaint.steps_repaired"
    )
    assert session.scalar(counted) == 1


@pytest.mark.parametrize("has_bad_one", [False, True])
def test_two_workers_that_follow_the_same_hours_write_one_move(
    shop, session, factory, now, has_bad_one
) -> None:
    found = quality(shop, now, 3)
    session.flush()
    bad = found.pop() if has_bad_one else None
    if bad is not None:
        session.execute(
            text("UPDATE complaint_event SET data = :none WHERE complaint_id = :id"),
            {"none": "{}", "id": bad.id},
        )
    stores.set_hours(session, LONGER, actor=shop.owner, now=now)
    session.commit()

    def follow() -> None:
        assert jobs.follow_hours(factory, now=lambda: now) == len(found)

    assert jobs.follow_hours(meanwhile(factory, follow, before=3), now=lambda: now) == 0
    assert set(moves(session)) == {complaint.id for complaint in found}
    once = moves(session)
    assert jobs.follow_hours(factory, now=lambda: now) == 0
    assert moves(session) == once
    told = select(Alert.subject_id).where(Alert.kind == AlertKind.BROKEN)
    assert session.scalars(told).all() == ([] if bad is None else [bad.id])  # the owner, once


def test_what_was_closed_since_it_was_found_keeps_its_figures(shop, session, factory, now) -> None:
    complaint, other = quality(shop, now, 2)
    session.flush()
    stores.set_hours(session, LONGER, actor=shop.owner, now=now)
    session.commit()

    def close() -> None:
        for kind in (E.PRIVATE_REPLY, E.RESOLUTION_OFFERED, E.CUSTOMER_CONFIRMED):
            shop.record(complaint, kind, now + MINUTE)
        session.commit()

    later = now + timedelta(minutes=2)
    assert jobs.follow_hours(meanwhile(factory, close, before=3), now=lambda: later) == 1
    assert set(moves(session)) == {other.id}


def test_many_moves_are_done_a_slice_of_time_in_a_transaction(
    shop, session, factory, now, monkeypatch
) -> None:
    quality(shop, now, 6)
    stores.set_hours(session, LONGER, actor=shop.owner, now=now)
    session.commit()
    moved_before: list[int] = []

    def open_one() -> Session:
        moved_before.append(len(set(moves(session))))
        session.rollback()
        return factory()

    monkeypatch.setattr(jobs, "TOGETHER", 2)
    monkeypatch.setattr(jobs, "SLICE", 0)
    assert jobs.follow_hours(open_one, now=lambda: now) == 6
    assert moved_before == [0, 0, 0, 2, 4]
