"""What was promised to customers with a date: refunds, pick-ups, parcels sent again. Due first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.complaints.models import Complaint, SlaClock
from crm.complaints.queries.board import OPEN_TASK, quote_of
from crm.contacts.models import Contact
from crm.db import reading
from crm.groups.rules import mask_phones
from crm.stores.models import Store

_TASKS = (
    select(
        SlaClock.id,
        SlaClock.cycle,
        SlaClock.task,
        SlaClock.due_at,
        Complaint.id.label("complaint_id"),
        Complaint.short_no,
        Complaint.text,
        Complaint.reporter_alias,
        Contact.name.label("contact_name"),
        Store.name.label("store_name"),
        Staff.name.label("assignee"),
    )
    .join(Complaint, Complaint.id == SlaClock.complaint_id)
    .join(Store, Store.id == Complaint.store_id)
    .outerjoin(Contact, Contact.id == Complaint.contact_id)
    .outerjoin(Staff, Staff.id == Complaint.assignee_id)
    .where(OPEN_TASK)
)
# Open tasks are few. What tempts a database to begin with the complaints of a person or a store,
# which are those of years, is written so that no index of theirs fits.
_HERS = (
    _TASKS.where(
        SlaClock.due_at < bindparam("until"),
        func.coalesce(Complaint.assignee_id, bindparam("me")) == bindparam("me"),
    )
    .order_by(SlaClock.due_at, SlaClock.id)
    .limit(bindparam("most"))
)
_HERS_HERE = _HERS.where((Complaint.store_id + 0).in_(bindparam("stores", expanding=True)))


@dataclass(frozen=True)
class OpenTask:
    """One task that is not done."""

    id: int
    task: str
    due_at: datetime
    complaint_id: int
    short_no: int
    quote: str
    person: str
    store: str
    assignee: str | None


def task_page(
    session: Session, actor: Actor | None, *, after: tuple[datetime, int] | None, most: int
) -> list[OpenTask]:
    """Return the open tasks of the actor's stores, due first, from a row on."""
    statement = _TASKS.where(in_scope(Complaint.store_id, actor))
    if after is not None:
        due_at, clock_id = after
        later = and_(SlaClock.due_at == due_at, SlaClock.id > clock_id)
        statement = statement.where(or_(SlaClock.due_at > due_at, later))
    rows = session.execute(statement.order_by(SlaClock.due_at, SlaClock.id).limit(most))
    return [_task(row) for row in rows]


def tasks_until(session: Session, actor: Actor, until: datetime, most: int) -> list[OpenTask]:
    """Return what one person has to do until then, late or due first: her own and nobody's."""
    given = {"until": until, "me": actor.id, "most": most}
    connection = reading(session)
    if actor.store_ids is None:
        found = connection.execute(_HERS, given)
    else:
        found = connection.execute(_HERS_HERE, given | {"stores": sorted(actor.store_ids)})
    return [_task(row) for row in found]


def task_clock(session: Session, clock_id: int, actor: Actor | None) -> tuple[int, int]:
    """Return the complaint and the number of a task, done or not. Raises NoResultFound."""
    row = session.execute(
        select(SlaClock.complaint_id, SlaClock.cycle)
        .join(Complaint, Complaint.id == SlaClock.complaint_id)
        .where(
            SlaClock.id == clock_id,
            SlaClock.task.is_not(None),
            in_scope(Complaint.store_id, actor),
        )
    ).one()
    return row.complaint_id, row.cycle


def _task(row: Any) -> OpenTask:
    return OpenTask(
        row.id,
        row.task,
        row.due_at,
        row.complaint_id,
        row.short_no,
        quote_of(row.text),
        mask_phones(row.contact_name or row.reporter_alias),
        row.store_name,
        row.assignee,
    )
