"""Weekly orders of known customers, the events that spread, and what orders did after one.

Orders that came to nothing later are counted too: the chart asks who still orders, not what stayed.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.complaints.queries.figures import figures
from crm.complaints.rules.words import Category
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

    complaint_id: int | None
    """Nothing: it was removed when its time of keeping was over."""
    incident_id: int | None
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
    events = _events(session, actor, store_id, since=now - timedelta(weeks=WEEKS), now=now)
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
    session: Session, actor: Actor, store_id: int | None, *, since: datetime, now: datetime
) -> list[Event]:
    """The widest spread first; one mark an incident."""
    scope = partial(in_stores, actor=actor, store_id=store_id)
    lines = figures(session, scope, since=since, now=now, spread=True)
    lines.sort(key=lambda one: (-one.onlooker_count, one.occurred_at))
    found: dict[int, Event] = {}
    for one in lines:
        key = one.incident_no if one.incident_no is not None else -one.short_no
        incident_id = one.incident_no if one.complaint_id else None
        found.setdefault(key, Event(one.complaint_id, incident_id, one.occurred_at, one.category))
    return list(found.values())[:MARKS_MOST]


def _around(
    session: Session, actor: Actor, store_id: int | None, event: Event, *, now: datetime
) -> BeforeAfter:
    """Orders before the first word of it and after."""
    scope = in_stores(Contact.store_id, actor, store_id)
    return orders_around(session, scope, event.happened_at, now=now)
