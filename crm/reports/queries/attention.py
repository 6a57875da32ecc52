"""Where one-on-one time went: who took it, and what she left in the same time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention import rules
from crm.attention.models import Touch
from crm.attention.queries import policy
from crm.contacts.models import Contact
from crm.db import int_sum
from crm.i18n import fmt
from crm.orders.models import ShopOrder
from crm.reports.queries.orders import in_stores
from crm.reports.rules import Period, Spent, Tenth, tenths


@dataclass(frozen=True, slots=True)
class AttentionReport:
    """Contacts in tenths by time; `dear` of them cost more than they left."""

    people: int
    seconds: int
    tenths: list[Tenth]
    dear: int


def attention(
    session: Session, actor: Actor, store_id: int | None, period: Period, *, now: datetime
) -> AttentionReport:
    """Return who took the charged time of the period. Time for complaints is the shop's own."""
    spent = _spent(session, actor, store_id, period, now=now)
    return AttentionReport(
        people=len(spent),
        seconds=sum(one.seconds for one in spent),
        tenths=tenths(spent),
        dear=sum(one.cost_fen > one.margin_fen for one in spent),
    )


def _spent(
    session: Session, actor: Actor, store_id: int | None, period: Period, *, now: datetime
) -> list[Spent]:
    scope, since = in_stores(Contact.store_id, actor, store_id), now - timedelta(days=period.days)
    seconds = session.execute(
        select(Touch.contact_id, int_sum(Touch.seconds).label("seconds"))
        .join(Contact, Contact.id == Touch.contact_id)
        .where(
            scope,
            Touch.happened_at > since,
            Touch.happened_at <= now,
            Touch.undone_at.is_(None),
            Touch.topic.in_(rules.CHARGED),
        )
        .group_by(Touch.contact_id)
    ).all()
    sales = session.execute(
        select(ShopOrder.contact_id, int_sum(ShopOrder.net_fen).label("net_fen"))
        .join(Contact, Contact.id == ShopOrder.contact_id)
        .where(scope, ShopOrder.bought_on > fmt.local(since).date(), ShopOrder.net_fen > 0)
        .group_by(ShopOrder.contact_id)
    )
    net = {row.contact_id: row.net_fen for row in sales}
    limits = policy(session)
    return [
        Spent(
            seconds=row.seconds,
            margin_fen=rules.margin_fen(limits, net.get(row.contact_id, 0)),
            cost_fen=rules.time_cost_fen(limits, row.seconds),
        )
        for row in seconds
    ]
