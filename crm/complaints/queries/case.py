"""One complaint: its row, its log, the policy and hours that it is pinned to, its projection."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.complaints.models import (
    AlertStep,
    Complaint,
    ComplaintEvent,
    ComplaintFigure,
    SlaCalendar,
    SlaClock,
    SlaPolicyVersion,
)
from crm.complaints.rules.calendars import Calendars
from crm.complaints.rules.policy import FULL, Policy, from_json
from crm.complaints.rules.projection import Event, Projection
from crm.complaints.rules.replay import replay
from crm.i18n import fmt
from crm.stores import queries as stores
from crm.stores.models import Shop
from crm.stores.rules.calendar import BusinessCalendar, Statutory, Window


def visible_complaint(session: Session, complaint_id: int, actor: Actor | None) -> Complaint:
    """Return a complaint of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(Complaint).where(Complaint.id == complaint_id, in_scope(Complaint.store_id, actor))
    ).one()


def complaint_for_update(
    session: Session, complaint_id: int, actor: Actor | None = None
) -> Complaint:
    """Return and lock a complaint of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(Complaint)
        .where(Complaint.id == complaint_id, in_scope(Complaint.store_id, actor))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def complaint_by_key(session: Session, staff_id: int, client_key: str) -> Complaint | None:
    """Return the complaint that this form token logged already."""
    return session.scalar(
        select(Complaint).where(Complaint.logged_by == staff_id, Complaint.client_key == client_key)
    )


def next_short_no(session: Session) -> int:
    """Return the next number to read aloud; loggings wait for each other."""
    session.execute(select(Shop.id).with_for_update())
    known = (select(func.max(table.short_no)) for table in (Complaint, ComplaintFigure))
    return max(session.scalar(last) or 0 for last in known) + 1


def events_of(session: Session, complaint_id: int) -> list[ComplaintEvent]:
    """Return the log of a complaint in order."""
    return list(
        session.scalars(
            select(ComplaintEvent)
            .where(ComplaintEvent.complaint_id == complaint_id)
            .order_by(ComplaintEvent.seq)
        )
    )


def as_event(row: ComplaintEvent) -> Event:
    """Return a row of the log as the rules read it."""
    return Event(row.seq, row.type, row.at, row.recorded_at, row.actor_id, row.visibility, row.data)


def case_of(session: Session, complaint: Complaint) -> Projection:
    """Return what replaying the log of a complaint gives."""
    events = [as_event(row) for row in events_of(session, complaint.id)]
    policy = policy_of(session, complaint.policy_version_id)
    return replay(events, policy, calendars(session, events))


def replay_with(
    session: Session,
    rows: Iterable[ComplaintEvent],
    policy: str,
    calendar_id: int,
    calendar: str,
) -> Projection:
    """Return what the log gives under a policy and hours that were read with the complaint."""
    events = [as_event(row) for row in rows]
    named = {event.data["calendar_id"] for event in events if "calendar_id" in event.data}
    earlier = calendars_by_id(session, named - {calendar_id}) if named != {calendar_id} else {}
    hours = {**earlier, calendar_id: _calendars(calendar_id, calendar)}
    return replay(events, _policy(policy), hours)


def clock_rows(session: Session, complaint_id: int) -> list[SlaClock]:
    """Return the stored clocks of a complaint in the order in which they started."""
    return list(
        session.scalars(
            select(SlaClock).where(SlaClock.complaint_id == complaint_id).order_by(SlaClock.id)
        )
    )


def step_rows(session: Session, complaint_id: int) -> list[AlertStep]:
    """Return the ladder steps of a complaint."""
    return list(
        session.scalars(
            select(AlertStep)
            .join(SlaClock, SlaClock.id == AlertStep.clock_id)
            .where(SlaClock.complaint_id == complaint_id)
            .order_by(AlertStep.id)
        )
    )


def current_policy(session: Session) -> tuple[int | None, Policy]:
    """Return the version for new complaints; the shipped one before anybody chose."""
    row = session.scalars(
        select(SlaPolicyVersion).order_by(SlaPolicyVersion.id.desc()).limit(1)
    ).first()
    return (None, FULL) if row is None else (row.id, _policy(row.content))


def policy_of(session: Session, version_id: int) -> Policy:
    """Return a pinned version."""
    return _policy(session.get_one(SlaPolicyVersion, version_id).content)


def calendars(session: Session, events: list[Event]) -> Mapping[int, Calendars]:
    """Return every version of the hours that these events name."""
    wanted = {event.data["calendar_id"] for event in events if "calendar_id" in event.data}
    return calendars_by_id(session, wanted)


def calendars_by_id(session: Session, ids: Iterable[int]) -> Mapping[int, Calendars]:
    """Return stored versions of the hours."""
    rows = session.execute(
        select(SlaCalendar.id, SlaCalendar.content).where(SlaCalendar.id.in_(sorted(set(ids))))
    )
    return {row.id: _calendars(row.id, row.content) for row in rows}


def calendar_by_digest(session: Session, digest: str) -> int | None:
    """Return the stored version with this content."""
    return session.scalar(select(SlaCalendar.id).where(SlaCalendar.digest == digest))


def hours_of(session: Session, store_id: int) -> tuple[str, str]:
    """Return a store's hours as they are now: a digest, and the form that is pinned."""
    return _pinned_form(stores.hours_of_stores(session, [store_id])[store_id])


def _pinned_form(found: stores.StoreHours) -> tuple[str, str]:
    hours, live, desk = found.staffed, found.live, found.desk
    days = desk.statutory or Statutory()
    content = json.dumps(
        {
            "zone": fmt.zone().key,
            "hours": _plain(hours.weekly),
            "overrides": _plain(hours.overrides),
            "live": _plain(live.weekly),
            "desk": {"hours": _plain(desk.weekly), "overrides": _plain(desk.overrides)},
            "workdays": {
                "until": days.coverage_until.isoformat(),
                "days": {day.isoformat(): is_work for day, is_work in days.days.items()},
            },
        },
        sort_keys=True,
    )
    return hashlib.sha256(content.encode()).hexdigest(), content


def outdated_calendars(session: Session) -> list[tuple[int, int]]:
    """Return stores with undecided complaints that are pinned to other hours than theirs now."""
    rows = session.execute(
        select(Complaint.store_id, Complaint.calendar_id, SlaCalendar.digest)
        .join(SlaCalendar, SlaCalendar.id == Complaint.calendar_id)
        .where(Complaint.next_due_at.is_not(None))
        .distinct()
        .order_by(Complaint.store_id, Complaint.calendar_id)
    ).all()
    now = stores.hours_of_stores(session, {row.store_id for row in rows})
    current = {store_id: _pinned_form(hours)[0] for store_id, hours in now.items()}
    return [(row.store_id, row.calendar_id) for row in rows if row.digest != current[row.store_id]]


def complaints_pinned_to(session: Session, store_id: int, calendar_id: int) -> list[int]:
    """Return undecided complaints of a store that still count by this version."""
    return list(
        session.scalars(
            select(Complaint.id)
            .where(Complaint.store_id == store_id, still_counts_by(calendar_id))
            .order_by(Complaint.id)
        )
    )


def still_counts_by(calendar_id: int) -> ColumnElement[bool]:
    """What is undecided and pinned to this version of the hours."""
    return (Complaint.calendar_id == calendar_id) & Complaint.next_due_at.is_not(None)


def _plain(windows: Mapping[Any, Any]) -> dict[str, list[list[int]]]:
    return {str(day): [list(window) for window in windows[day]] for day in windows}


@lru_cache(maxsize=64)
def _policy(content: str) -> Policy:
    return from_json(json.loads(content))


@lru_cache(maxsize=256)
def _calendars(calendar_id: int, content: str) -> Calendars:
    stored = json.loads(content)
    zone, statutory = ZoneInfo(stored["zone"]), _statutory(stored["workdays"])
    desk = stored["desk"]
    return Calendars(
        BusinessCalendar(_week(stored["hours"]), _days(stored["overrides"]), zone),
        BusinessCalendar(_week(stored["live"]), {}, zone),
        statutory,
        zone,
        calendar_id,
        BusinessCalendar(_week(desk["hours"]), _days(desk["overrides"]), zone, statutory),
    )


def _week(stored: Mapping[str, list[list[int]]]) -> dict[int, list[Window]]:
    return {int(day): _windows(found) for day, found in stored.items()}


def _days(stored: Mapping[str, list[list[int]]]) -> dict[date, list[Window]]:
    return {date.fromisoformat(day): _windows(found) for day, found in stored.items()}


def _statutory(stored: Mapping[str, Any]) -> Statutory:
    days = {date.fromisoformat(day): is_work for day, is_work in stored["days"].items()}
    return Statutory(days, date.fromisoformat(stored["until"]))


def _windows(stored: list[list[int]]) -> list[Window]:
    return [(start, end) for start, end in stored]


def as_text(content: Any) -> str:
    """Return stored content in one canonical form."""
    return json.dumps(content, sort_keys=True)
