"""How long customers waited for the first answer, in staffed time, and one line a complaint."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.complaints.models import Complaint
from crm.complaints.queries import calendars_by_id
from crm.complaints.rules.words import Basis, Category, Channel, State
from crm.groups.models import ChatGroup
from crm.reports.queries.orders import in_stores
from crm.reports.rules import AnswerTimes, answer_times
from crm.stores.models import Store

REACH = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """Before an event, up to and with it, and since; without an event all stand in `since`."""

    before: AnswerTimes | None
    since: AnswerTimes | None
    unanswered: int


@dataclass(frozen=True, slots=True)
class ComplaintLine:
    """One complaint in figures; what was said stays where it is."""

    short_no: int
    store_name: str
    group_name: str
    channel: Channel
    category: Category
    severity: int
    state: State
    occurred_at: datetime
    first_response_at: datetime | None
    waited_seconds: int | None
    resolved_at: datetime | None
    closed_at: datetime | None
    onlooker_count: int
    me_too_count: int
    breached: bool


def first_answers(
    session: Session,
    actor: Actor,
    store_id: int | None,
    *,
    event_at: datetime | None,
    now: datetime,
) -> FirstAnswers:
    """Return the times of the last two years, split at the event."""
    lines = complaint_lines(session, actor, store_id, now=now)
    answered = [(line.occurred_at, line.waited_seconds) for line in lines]
    before = [
        seconds
        for at, seconds in answered
        if seconds is not None and event_at is not None and at <= event_at
    ]
    since = [
        seconds
        for at, seconds in answered
        if seconds is not None and (event_at is None or at > event_at)
    ]
    return FirstAnswers(
        before=answer_times(before),
        since=answer_times(since),
        unanswered=sum(seconds is None for _at, seconds in answered),
    )


def complaint_lines(
    session: Session, actor: Actor, store_id: int | None, *, now: datetime
) -> list[ComplaintLine]:
    """Return the complaints of the last two years, oldest first."""
    rows = session.execute(
        select(
            Complaint.short_no,
            Store.name.label("store_name"),
            ChatGroup.name.label("group_name"),
            Complaint.channel,
            Complaint.category,
            Complaint.severity,
            Complaint.state,
            Complaint.occurred_at,
            Complaint.first_response_at,
            Complaint.resolved_at,
            Complaint.closed_at,
            Complaint.onlooker_count,
            Complaint.me_too_count,
            Complaint.breached_at,
            Complaint.next_due_at,
            Complaint.calendar_id,
        )
        .join(Store, Store.id == Complaint.store_id)
        .outerjoin(ChatGroup, ChatGroup.id == Complaint.group_id)
        .where(
            in_stores(Complaint.store_id, actor, store_id),
            Complaint.occurred_at > now - REACH,
            Complaint.state.not_in([State.VOIDED, State.MERGED]),
        )
        .order_by(Complaint.occurred_at, Complaint.id)
    ).all()
    hours = calendars_by_id(session, {row.calendar_id for row in rows})
    return [_line(row, hours[row.calendar_id], now) for row in rows]


def _line(row: Any, hours: Any, now: datetime) -> ComplaintLine:
    answered_at = row.first_response_at
    waited = (
        None
        if answered_at is None
        else round(hours.elapsed(Basis.BUSINESS_HOURS, row.occurred_at, answered_at))
    )
    late = row.breached_at is not None or (row.next_due_at is not None and row.next_due_at < now)
    return ComplaintLine(
        short_no=row.short_no,
        store_name=row.store_name,
        group_name=row.group_name or "",
        channel=row.channel,
        category=row.category,
        severity=row.severity,
        state=row.state,
        occurred_at=row.occurred_at,
        first_response_at=answered_at,
        waited_seconds=waited,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        onlooker_count=row.onlooker_count,
        me_too_count=row.me_too_count,
        breached=late,
    )
