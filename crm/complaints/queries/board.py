"""The board: what waits for an answer, what is being handled, what was closed today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from crm.accounts.models import Staff
from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.alerts.models import Alert
from crm.alerts.rules import AlertKind
from crm.complaints.models import Complaint, SlaClock
from crm.complaints.rules.words import LIVE, Category, ClockKind, State
from crm.contacts.models import Contact
from crm.db import one_of, reading
from crm.groups.models import ChatGroup
from crm.groups.rules import mask_phones
from crm.i18n import fmt
from crm.stores.models import Store

SECTION_MAX = 100
CLOSED_MAX = 20
_assignee = aliased(Staff)
_CARDS = (
    select(
        Complaint.id,
        Complaint.short_no,
        Complaint.text,
        Complaint.severity,
        Complaint.category,
        Complaint.state,
        Complaint.version,
        Complaint.onlooker_count,
        Complaint.me_too_count,
        Complaint.incident_id,
        Complaint.lead_kind,
        Complaint.lead_due_at,
        Complaint.pause_until,
        Complaint.occurred_at,
        Complaint.closed_at,
        Complaint.reporter_alias,
        Contact.name.label("contact_name"),
        ChatGroup.name.label("group_name"),
        Store.name.label("store_name"),
        _assignee.name.label("assignee_name"),
        _assignee.id.label("assignee_id"),
    )
    .join(Store, Store.id == Complaint.store_id)
    .outerjoin(Contact, Contact.id == Complaint.contact_id)
    .outerjoin(ChatGroup, ChatGroup.id == Complaint.group_id)
    .outerjoin(_assignee, _assignee.id == Complaint.assignee_id)
)
WAITING = and_(
    one_of(Complaint.state, (State.OPEN, State.ACKNOWLEDGED, State.WAITING)),
    Complaint.owes_answer.is_(True),
)
_HANDLING = and_(Complaint.state.in_([*LIVE, State.RESOLVED]), Complaint.owes_answer.is_(False))
OPEN_TASK = and_(SlaClock.task.is_not(None), SlaClock.ended_at.is_(None))
_BY_DUE = (Complaint.lead_due_at.nulls_last(), Complaint.id)
_DUE_FIRST = _CARDS.where(WAITING).order_by(*_BY_DUE).limit(bindparam("most"))
_DUE_FIRST_HERE = _DUE_FIRST.where(Complaint.store_id.in_(bindparam("stores", expanding=True)))


@dataclass(frozen=True)
class Card:
    """One complaint as the board shows it."""

    id: int
    short_no: int
    quote: str
    severity: int
    category: Category
    state: State
    version: int
    place: str
    person: str
    onlooker_count: int
    me_too_count: int
    incident_id: int | None
    lead_kind: ClockKind | None
    due_at: datetime | None
    pause_until: datetime | None
    occurred_at: datetime
    closed_at: datetime | None
    assignee: str | None
    assignee_id: int | None
    told: tuple[tuple[str, datetime], ...] = ()
    task: str | None = None
    """What was promised to the customer next."""


@dataclass(frozen=True)
class Narrowed:
    """What the board is narrowed to; what is None is not asked."""

    store_id: int | None = None
    severity: int | None = None
    assignee_id: int | None = None

    def __bool__(self) -> bool:
        return any(value is not None for value in (self.store_id, self.severity, self.assignee_id))


@dataclass(frozen=True)
class Board:
    """The three parts of the board and how many there are of each."""

    waiting: list[Card]
    handling: list[Card]
    closed: list[Card]
    waiting_count: int
    handling_count: int
    closed_count: int


EVERYTHING = Narrowed()


def board(
    session: Session, actor: Actor | None, now: datetime, *, only: Narrowed = EVERYTHING
) -> Board:
    """Return the board of the actor's stores in eight statements at most."""
    mine = _narrowed(in_scope(Complaint.store_id, actor), only)
    midnight = fmt.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    closed = and_(Complaint.state == State.CLOSED, Complaint.closed_at >= midnight)
    waiting = _rows(session, _CARDS.where(WAITING, mine).order_by(*_BY_DUE).limit(SECTION_MAX))
    handling = _rows(session, _CARDS.where(_HANDLING, mine).order_by(*_BY_DUE).limit(SECTION_MAX))
    recent = _CARDS.where(closed, mine).order_by(Complaint.closed_at.desc()).limit(CLOSED_MAX)
    told = _told(session, [row.id for row in waiting])
    tasks = first_tasks(session, [row.id for row in (*waiting, *handling)])
    return Board(
        [_card(row, told.get(row.id, ()), tasks.get(row.id)) for row in waiting],
        [_card(row, task=tasks.get(row.id)) for row in handling],
        [_card(row) for row in _rows(session, recent)],
        *_counts(session, mine, closed),
    )


def _narrowed(mine: ColumnElement[bool], only: Narrowed) -> ColumnElement[bool]:
    asked = (
        (Complaint.store_id, only.store_id),
        (Complaint.severity, only.severity),
        (Complaint.assignee_id, only.assignee_id),
    )
    return and_(mine, *(column == value for column, value in asked if value is not None))


def first_tasks(session: Session, complaint_ids: Iterable[int]) -> dict[int, str]:
    """Return what was promised next to the customer of each of these complaints."""
    ids = list(complaint_ids)
    if not ids:
        return {}
    rows = session.execute(
        select(SlaClock.complaint_id, SlaClock.task)
        .where(OPEN_TASK, SlaClock.complaint_id.in_(ids))
        .order_by(SlaClock.due_at.desc(), SlaClock.id.desc())
    )
    return {row.complaint_id: row.task for row in rows}


def waiting_count(session: Session, actor: Actor | None) -> int:
    """Return how many complaints wait for an answer in the actor's stores."""
    statement = select(func.count()).where(WAITING, in_scope(Complaint.store_id, actor))
    return session.scalar(statement) or 0


def waiting_cards(session: Session, actor: Actor | None, limit: int) -> list[Card]:
    """Return the complaints that are due first, for the first page of the day."""
    connection = reading(session)
    if actor is None or actor.store_ids is None:
        found = connection.execute(_DUE_FIRST, {"most": limit})
    else:
        found = connection.execute(
            _DUE_FIRST_HERE, {"most": limit, "stores": sorted(actor.store_ids)}
        )
    return [_card(row) for row in found.all()]


def _rows(session: Session, statement: Any) -> Sequence[Row[Any]]:
    return session.execute(statement).all()


def _counts(session: Session, mine: Any, closed: Any) -> tuple[int, int, int]:
    counts = session.execute(
        select(
            *(
                select(func.count()).where(part, mine).scalar_subquery()
                for part in (WAITING, _HANDLING, closed)
            )
        )
    ).one()
    return counts[0], counts[1], counts[2]


_TELLING = (AlertKind.COMPLAINT, AlertKind.SPREAD)


def _told(session: Session, ids: list[int]) -> dict[int, tuple[tuple[str, datetime], ...]]:
    """Who was told of these complaints and when first."""
    if not ids:
        return {}
    rows = session.execute(
        select(Alert.subject_id, Staff.name, func.min(Alert.created_at).label("at"))
        .join(Staff, Staff.id == Alert.staff_id)
        .where(Alert.kind.in_(_TELLING), Alert.subject_id.in_(ids))
        .group_by(Alert.subject_id, Staff.id, Staff.name)
        .order_by(func.min(Alert.created_at), Staff.id)
    )
    told: dict[int, tuple[tuple[str, datetime], ...]] = {}
    for row in rows:
        told[row.subject_id] = (*told.get(row.subject_id, ()), (row.name, row.at))
    return told


def _card(row: Any, told: tuple[tuple[str, datetime], ...] = (), task: str | None = None) -> Card:
    return Card(
        id=row.id,
        short_no=row.short_no,
        quote=quote_of(row.text),
        severity=row.severity,
        category=row.category,
        state=row.state,
        version=row.version,
        place=row.group_name or row.store_name,
        person=mask_phones(row.contact_name or row.reporter_alias),
        onlooker_count=row.onlooker_count,
        me_too_count=row.me_too_count,
        incident_id=row.incident_id,
        lead_kind=row.lead_kind,
        due_at=row.lead_due_at,
        pause_until=row.pause_until,
        occurred_at=row.occurred_at,
        closed_at=row.closed_at,
        assignee=row.assignee_name,
        assignee_id=row.assignee_id,
        told=told,
        task=task,
    )


QUOTE_MAX = 60


def quote_of(text: str) -> str:
    """Return the words by which a complaint is known: its first line, not too long, no numbers."""
    first = mask_phones(text).strip().splitlines()[0].strip()
    return first if len(first) <= QUOTE_MAX else f"{first[:QUOTE_MAX]}…"
