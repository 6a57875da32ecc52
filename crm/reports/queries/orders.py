"""Weekly orders of known customers, the events that spread, and what orders did after one.

Orders that came to nothing later are counted too: the chart asks who still orders, not what stayed.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.complaints.models import Complaint
from crm.complaints.rules.words import Category, State
from crm.contacts.models import Contact
from crm.i18n import fmt
from crm.orders.models import ShopOrder
from crm.orders.queries import orders_around
from crm.orders.rules import DAYS_COMPARED, BeforeAfter, OrderStatus
from crm.reports.rules import WEEKS, Week, weekly

MARKS_MOST = 3


@dataclass(frozen=True, slots=True)
class Event:
    """A complaint that spread in a group: a mark in the chart."""

    complaint_id: int
    happened_at: datetime
    category: Category

    @property
    def day(self) -> date:
        return fmt.local(self.happened_at).date()


@dataclass(frozen=True, slots=True)
class OrdersReport:
    """52 weeks with the year before, marks, and the event that is compared."""

    weeks: list[Week]
    events: list[Event]
    main: Event | None
    change: BeforeAfter | None


def in_stores(column: Any, actor: Actor, store_id: int | None) -> ColumnElement[bool]:
    """Rows of the actor's stores, of one store if she chose one."""
    chosen = true() if store_id is None else column == store_id
    return and_(in_scope(column, actor), chosen)


def weekly_orders(
    session: Session, actor: Actor, store_id: int | None, *, now: datetime
) -> OrdersReport:
    """Return everything about the first figure."""
    today = fmt.local(now).date()
    events = _events(session, actor, store_id, since=now - timedelta(weeks=WEEKS))
    comparable = [e for e in events if e.happened_at + timedelta(days=DAYS_COMPARED) <= now]
    main = next(iter(comparable or events), None)
    return OrdersReport(
        weeks=weekly(_daily(session, actor, store_id, since=today), today),
        events=sorted(events, key=lambda event: event.happened_at),
        main=main,
        change=_around(session, actor, store_id, main, now=now) if main else None,
    )


def _daily(session: Session, actor: Actor, store_id: int | None, *, since: date) -> dict[date, int]:
    rows = session.execute(
        select(ShopOrder.bought_on, func.count().label("orders"))
        .join(Contact, Contact.id == ShopOrder.contact_id)
        .where(
            in_stores(Contact.store_id, actor, store_id),
            ShopOrder.bought_on > since - timedelta(weeks=2 * WEEKS),
            ShopOrder.status != OrderStatus.CANCELLED,
        )
        .group_by(ShopOrder.bought_on)
    )
    return {row.bought_on: row.orders for row in rows}


def _events(
    session: Session, actor: Actor, store_id: int | None, *, since: datetime
) -> list[Event]:
    """The widest spread first; one mark an incident."""
    rows = session.execute(
        select(
            Complaint.id,
            Complaint.occurred_at,
            Complaint.category,
            Complaint.incident_id,
        )
        .where(
            in_stores(Complaint.store_id, actor, store_id),
            Complaint.spread_at.is_not(None),
            Complaint.occurred_at > since,
            Complaint.state.not_in([State.VOIDED, State.MERGED]),
        )
        .order_by(Complaint.onlooker_count.desc(), Complaint.occurred_at)
    ).all()
    found: dict[int, Event] = {}
    for row in rows:
        key = row.incident_id if row.incident_id is not None else -row.id
        found.setdefault(key, Event(row.id, row.occurred_at, row.category))
    return list(found.values())[:MARKS_MOST]


def _around(
    session: Session, actor: Actor, store_id: int | None, event: Event, *, now: datetime
) -> BeforeAfter:
    """Orders before the first word of it and after."""
    scope = in_stores(Contact.store_id, actor, store_id)
    return orders_around(session, scope, event.happened_at, now=now)
