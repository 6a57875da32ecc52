"""Orders to test with, taken through the service like any other."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from crm.contacts.models import Contact
from crm.contacts.rules import IdentityKind
from crm.orders import service
from crm.orders.rules import NewLine, NewOrder, OrderChannel, OrderStatus
from crm.stores.models import Store
from tests.conftest import NOW
from tests.factories.contacts import make_contact

_numbers = count(1)


def new_order(**overrides: Any) -> NewOrder:
    """An order of ¥329, paid today, by nobody known."""
    values: dict[str, Any] = {
        "channel": OrderChannel.WECHAT_SHOP,
        "order_no": f"37070000000{next(_numbers):08}",
        "ordered_at": NOW,
        "paid_fen": 32900,
        "status": OrderStatus.COMPLETED,
        "lines": (NewLine("碎花连衣裙", 1, 32900, "裙"),),
    }
    return NewOrder(**values | overrides)


def make_orders(session: Session, contact: Contact, *days_ago: int, **overrides: Any) -> None:
    """One order of this contact on each of these days before now."""
    session.flush()
    service.take_orders(
        session,
        [
            new_order(contact_id=contact.id, ordered_at=NOW - timedelta(days=ago), **overrides)
            for ago in days_ago
        ],
        actor=None,
        now=NOW,
    )


def make_buyer(
    session: Session, store: Store, name: str = "陈姐", *, now: datetime = NOW, **identities: str
) -> Contact:
    """A contact known by these identities: phone="13800000142", external_userid="wm1"."""
    pairs = tuple((IdentityKind(kind), value) for kind, value in identities.items())
    return make_contact(session, name, store=store, now=now, identities=pairs)
