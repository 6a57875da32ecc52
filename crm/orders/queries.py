"""Every select about orders and the files they came in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, undefer

from crm.accounts.models import Staff
from crm.accounts.rules import Actor
from crm.contacts.models import Contact, ContactIdentity
from crm.contacts.rules import IdentityKind
from crm.db import int_sum
from crm.orders.models import OrderChange, OrderFile, OrderLine, OrderMatchMark, ShopOrder
from crm.orders.rules import FileState, OrderChannel, OrderStatus

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
_PURCHASES = (
    select(ShopOrder.contact_id, ShopOrder.bought_on, ShopOrder.net_fen)
    .where(ShopOrder.contact_id.in_(bindparam("ids", expanding=True)), ShopOrder.net_fen > 0)
    .order_by(ShopOrder.contact_id, ShopOrder.bought_on)
)
_LATEST = (
    select(
        ShopOrder.contact_id,
        func.row_number()
        .over(
            partition_by=ShopOrder.contact_id,
            order_by=(ShopOrder.bought_on.desc(), ShopOrder.id.desc()),
        )
        .label("place"),
        ShopOrder.id,
        ShopOrder.bought_on,
        ShopOrder.paid_fen,
    )
    .where(ShopOrder.contact_id.in_(bindparam("ids", expanding=True)), ShopOrder.net_fen > 0)
    .subquery()
)
_LAST_ORDERS = select(_LATEST).where(_LATEST.c.place == 1)
_LINES = (
    select(
        OrderLine.order_id,
        OrderLine.product,
        OrderLine.category,
        OrderLine.quantity,
        OrderLine.amount_fen,
        OrderLine.refunded_fen,
    )
    .where(OrderLine.order_id.in_(bindparam("ids", expanding=True)))
    .order_by(OrderLine.order_id, OrderLine.id)
)
_ORDERS_OF = (
    select(
        ShopOrder.id,
        ShopOrder.channel,
        ShopOrder.order_no,
        ShopOrder.ordered_at,
        ShopOrder.bought_on,
        ShopOrder.status,
        ShopOrder.status_text,
        ShopOrder.paid_fen,
        ShopOrder.refunded_fen,
    )
    .where(ShopOrder.contact_id == bindparam("contact_id"))
    .order_by(ShopOrder.ordered_at.desc(), ShopOrder.id.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class LastOrder:
    """The last purchase of a contact, in a few words."""

    order_id: int
    bought_on: date
    paid_fen: int
    product: str


@dataclass(frozen=True, slots=True)
class LineView:
    """One product of an order."""

    product: str
    category: str
    quantity: int
    amount_fen: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as pages show it."""

    id: int
    channel: OrderChannel
    order_no: str
    ordered_at: datetime
    bought_on: date
    status: OrderStatus
    status_text: str
    paid_fen: int
    refunded_fen: int
    lines: tuple[LineView, ...]


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
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
        for chunk in _chunks(numbers[channel])
        for row in session.execute(_KNOWN, {"channel": channel, "numbers": chunk})
    }


def existing_contacts(
    session: Session, contact_ids: Iterable[int], actor: Actor | None
) -> set[int]:
    """Return which of these contacts the actor sees."""
    found: set[int] = set()
    for chunk in _chunks(sorted(set(contact_ids))):
        rows = session.execute(select(Contact.id, Contact.store_id).where(Contact.id.in_(chunk)))
        found.update(row.id for row in rows if actor is None or actor.sees(row.store_id))
    return found


def last_orders(session: Session, contact_ids: Iterable[int]) -> dict[int, LastOrder]:
    """Return the last purchase of each of these contacts, named by its first product."""
    rows = session.execute(_LAST_ORDERS, {"ids": sorted(set(contact_ids))}).all()
    lines = _lines_of(session, [row.id for row in rows])
    return {
        row.contact_id: LastOrder(
            row.id, row.bought_on, row.paid_fen, lines[row.id][0].product if row.id in lines else ""
        )
        for row in rows
    }


def orders_of(session: Session, contact_id: int, *, most: int = 50) -> list[OrderView]:
    """Return the orders of a contact, newest first, whatever became of them."""
    rows = session.execute(_ORDERS_OF, {"contact_id": contact_id, "most": most}).all()
    lines = _lines_of(session, [row.id for row in rows])
    return [OrderView(*row, tuple(lines.get(row.id, ()))) for row in rows]


def _lines_of(session: Session, order_ids: Sequence[int]) -> Mapping[int, list[LineView]]:
    lines: dict[int, list[LineView]] = {}
    for chunk in _chunks(order_ids):
        for row in session.execute(_LINES, {"ids": chunk}):
            lines.setdefault(row.order_id, []).append(LineView(*row[1:]))
    return lines


def purchases(session: Session, contact_ids: Sequence[int]) -> Iterator[Any]:
    """Return day and value of everything that these contacts bought, contact by contact."""
    for chunk in _chunks(sorted(contact_ids)):
        yield from session.execute(_PURCHASES, {"ids": chunk})


def purchase_days(session: Session) -> Iterator[Any]:
    """Return every contact's purchase days in order, as a stream."""
    return iter(
        session.execute(
            select(ShopOrder.contact_id, ShopOrder.bought_on)
            .where(ShopOrder.contact_id.is_not(None), ShopOrder.net_fen > 0)
            .order_by(ShopOrder.contact_id, ShopOrder.bought_on)
            .distinct(),
            execution_options={"yield_per": 10_000},
        )
    )


def buyer_ids_after(session: Session, contact_id: int, *, most: int) -> list[int]:
    """Return contacts who have orders, in order of id, after this one."""
    return [
        row.contact_id
        for row in session.execute(
            select(ShopOrder.contact_id)
            .where(ShopOrder.contact_id > contact_id)
            .group_by(ShopOrder.contact_id)
            .order_by(ShopOrder.contact_id)
            .limit(most)
        )
    ]


def changes(session: Session, *, most: int) -> list[Row[Any]]:
    """Return the oldest marks of contacts whose orders changed."""
    return list(
        session.execute(
            select(OrderChange.id, OrderChange.contact_id)
            .order_by(OrderChange.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
    )


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


def waiting_count(session: Session) -> int:
    """Return how many orders wait for their contact."""
    waiting = select(func.count()).where(ShopOrder.contact_id.is_(None))
    return session.scalar(waiting) or 0


def _own_files(actor: Actor) -> Any:
    """A file may hold the orders of all stores, so it is shown to whoever sees all, or sent it."""
    return True if actor.store_ids is None else OrderFile.uploaded_by == actor.id


def files(session: Session, actor: Actor, *, before: int | None, most: int) -> list[Row[Any]]:
    """Return the actor's files, newest first, without their content."""
    older = () if before is None else (OrderFile.id < before,)
    return list(
        session.execute(
            select(
                OrderFile.id,
                OrderFile.filename,
                OrderFile.uploaded_at,
                OrderFile.state,
                OrderFile.orders_count,
                OrderFile.done_count,
                OrderFile.errors_count,
                Staff.name.label("staff_name"),
            )
            .join(Staff, Staff.id == OrderFile.uploaded_by)
            .where(_own_files(actor), *older)
            .order_by(OrderFile.id.desc())
            .limit(most)
        )
    )


def visible_file(session: Session, file_id: int, actor: Actor) -> OrderFile:
    """Return a file of the actor. Raises NoResultFound."""
    return session.scalars(
        select(OrderFile).where(OrderFile.id == file_id, _own_files(actor))
    ).one()


def file_for_update(session: Session, file_id: int, actor: Actor | None) -> OrderFile:
    """Return a file with its content, locked. Raises NoResultFound."""
    mine = () if actor is None else (_own_files(actor),)
    return session.scalars(
        select(OrderFile)
        .where(OrderFile.id == file_id, *mine)
        .options(undefer(OrderFile.content))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def next_file(session: Session) -> int | None:
    """Return the oldest file that was told to go and is not finished."""
    return session.scalar(
        select(OrderFile.id)
        .where(OrderFile.state.in_([FileState.WAITING, FileState.RUNNING]))
        .order_by(OrderFile.id)
        .limit(1)
    )


def old_previews(session: Session, *, before: datetime) -> list[OrderFile]:
    """Return files that nobody told to go."""
    return list(
        session.scalars(
            select(OrderFile)
            .where(OrderFile.state == FileState.PREVIEW, OrderFile.uploaded_at < before)
            .with_for_update()
        )
    )


def net_spent_since(session: Session, contact_id: int, since: date) -> int:
    """Return what a contact's orders from a day on left, net of refunds, in fen."""
    return session.scalars(
        select(int_sum(ShopOrder.net_fen)).where(
            ShopOrder.contact_id == contact_id, ShopOrder.bought_on >= since
        )
    ).one()
