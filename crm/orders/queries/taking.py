"""What taking a batch asks: which orders are there, whose they may be, who became known since."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.contacts.models import Contact, ContactIdentity
from crm.contacts.rules import IdentityKind
from crm.orders.models import OrderMatchMark, ShopOrder
from crm.orders.rules import OrderChannel

IN_CHUNK = 500
"""Values in one IN list: both databases limit the parameters of a statement."""
MATCH_OVERLAP = 1_000
"""Identities looked at again each time: a transaction may commit later than its ids were given."""

OrderKey = tuple[OrderChannel, str]

_KNOWN = select(
    ShopOrder.id,
    ShopOrder.channel,
    ShopOrder.order_no,
    ShopOrder.content_hash,
    ShopOrder.contact_id,
).where(
    ShopOrder.channel == bindparam("channel"),
    ShopOrder.order_no.in_(bindparam("numbers", expanding=True)),
)


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cut values into lists that a statement can hold."""
    for start in range(0, len(values), IN_CHUNK):
        yield values[start : start + IN_CHUNK]


def known_orders(session: Session, keys: Iterable[OrderKey]) -> dict[OrderKey, Any]:
    """Return which of these orders are there already."""
    numbers: dict[OrderChannel, list[str]] = {}
    for channel, order_no in keys:
        numbers.setdefault(channel, []).append(order_no)
    return {
        (channel, row.order_no): row
        for channel in numbers
        for chunk in chunks(numbers[channel])
        for row in session.execute(_KNOWN, {"channel": channel, "numbers": chunk})
    }


def existing_contacts(
    session: Session, contact_ids: Iterable[int], actor: Actor | None
) -> set[int]:
    """Return which of these contacts the actor sees."""
    found: set[int] = set()
    for chunk in chunks(sorted(set(contact_ids))):
        rows = session.execute(select(Contact.id, Contact.store_id).where(Contact.id.in_(chunk)))
        found.update(row.id for row in rows if actor is None or actor.sees(row.store_id))
    return found


def match_mark(session: Session) -> OrderMatchMark | None:
    """Return how far identities were compared, locked."""
    return session.scalars(select(OrderMatchMark).with_for_update()).one_or_none()


def newest_identity(session: Session) -> int:
    """Return the id of the last identity that a contact was given."""
    return session.scalar(select(func.max(ContactIdentity.id))) or 0


def orders_that_now_match(session: Session, identity_id: int) -> list[Row[Any]]:
    """Return waiting orders whose contact became known by an identity after this one."""
    same = or_(
        and_(
            ContactIdentity.kind == IdentityKind.EXTERNAL_USERID,
            ShopOrder.external_hash == ContactIdentity.value_hash,
        ),
        and_(
            ContactIdentity.kind == IdentityKind.UNIONID,
            ShopOrder.unionid_hash == ContactIdentity.value_hash,
        ),
        and_(
            ContactIdentity.kind == IdentityKind.PHONE,
            ShopOrder.phone_hash == ContactIdentity.value_hash,
        ),
    )
    return list(
        session.execute(
            select(ShopOrder.id, ContactIdentity.contact_id, ContactIdentity.kind)
            .join(ContactIdentity, same)
            .where(
                ShopOrder.contact_id.is_(None),
                ContactIdentity.rank == 0,
                ContactIdentity.id > identity_id - MATCH_OVERLAP,
            )
        )
    )


def waiting_count(session: Session, actor: Actor | None) -> int:
    """Return how many orders of the actor's stores, or of no store, wait for their contact."""
    here = or_(in_scope(ShopOrder.store_id, actor), ShopOrder.store_id.is_(None))
    waiting = select(func.count()).where(ShopOrder.contact_id.is_(None), here)
    return session.scalar(waiting) or 0
