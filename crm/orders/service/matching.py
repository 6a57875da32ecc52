"""Gives waiting orders to contacts who became known after them."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from crm.contacts.queries import led_to
from crm.contacts.rules import IdentityKind
from crm.orders import queries
from crm.orders.models import OrderChange, OrderMatchMark, ShopOrder
from crm.orders.service.taking import queue_changes

_TRUST = {IdentityKind.EXTERNAL_USERID: 0, IdentityKind.UNIONID: 1, IdentityKind.PHONE: 2}


def match_waiting(session: Session, *, now: datetime) -> int:
    """Match orders by the identities that came since the last time; returns how many."""
    mark, newest = queries.match_mark(session), queries.newest_identity(session)
    seen = 0 if mark is None else mark.identity_id
    if mark is None:
        session.add(OrderMatchMark(id=1, identity_id=newest))
    elif seen == newest:
        return 0
    else:
        mark.identity_id = newest
    rows = queries.orders_that_now_match(session, seen)
    owners: dict[int, int] = {}
    for row in sorted(rows, key=lambda row: _TRUST[row.kind]):
        owners.setdefault(row.id, row.contact_id)
    leads = led_to(session, owners.values())
    for order_id, contact_id in owners.items():
        session.execute(
            update(ShopOrder)
            .where(ShopOrder.id == order_id, ShopOrder.contact_id.is_(None))
            .values(
                contact_id=leads[contact_id],
                external_hash=None,
                unionid_hash=None,
                phone_hash=None,
            )
        )
    queue_changes(session, set(leads.values()), now=now)
    return len(owners)


def forget_changes(session: Session, change_ids: list[int]) -> None:
    """Take marks off whose contacts were counted anew."""
    session.execute(delete(OrderChange).where(OrderChange.id.in_(change_ids)))
