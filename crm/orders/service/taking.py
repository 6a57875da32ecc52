"""Takes batches of orders. Rows go in by statements over many, never one object at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete, func, insert
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.contacts.queries import contacts_by_identity, forgotten_of, identity_digest, led_to
from crm.contacts.rules import IdentityKind, PhoneWrong, normalise_identity
from crm.db import upsert_insert
from crm.i18n import fmt
from crm.orders import queries
from crm.orders.models import OrderChange, OrderLine, ShopOrder
from crm.orders.queries import OrderKey
from crm.orders.rules import (
    NewOrder,
    Taken,
    UnknownContact,
    bought_on,
    fingerprint,
    net_fen,
    without_buyer,
)

_LINES = cast("Table", OrderLine.__table__)
_CHANGES = cast("Table", OrderChange.__table__)
_BY_TRUST = (
    (IdentityKind.EXTERNAL_USERID, "external_userid", "external_hash"),
    (IdentityKind.UNIONID, "unionid", "unionid_hash"),
    (IdentityKind.PHONE, "phone", "phone_hash"),
)
"""By what a buyer is found, first the one that cannot belong to somebody else."""


def take_orders(
    session: Session, orders: Sequence[NewOrder], *, actor: Actor | None, now: datetime
) -> Taken:
    """Write what is new or changed. The same batch again changes nothing. Raises UnknownContact."""
    batch = {(order.channel, order.order_no): order for order in orders}
    known = queries.known_orders(session, batch)
    _check_contacts(session, orders, known, actor)
    owners = _owners(session, batch, known, hold=True)
    batch = _forgetting(session, batch, owners)
    prints = {key: fingerprint(order) for key, order in batch.items()}
    # In one order everywhere: two imports that wait for each other's rows would be a deadlock.
    written = sorted(
        key
        for key in batch
        if key not in known or _differs(known[key], prints[key], owners.get(key))
    )
    if written:
        rows = [_row(batch[key], owners.get(key), prints[key], now) for key in written]
        _write(session, rows)
        _replace_lines(session, {key: batch[key] for key in written})
        queue_changes(session, _touched(written, owners, known), now=now)
    return _counts(batch, known, owners, written)


def compare(session: Session, orders: Sequence[NewOrder]) -> Taken:
    """Say what taking these orders would do, without doing it."""
    batch = {(order.channel, order.order_no): order for order in orders}
    known = queries.known_orders(session, batch)
    owners = _owners(session, batch, known, hold=False)
    batch = _forgetting(session, batch, owners)
    changed = [
        key
        for key, order in batch.items()
        if key not in known or _differs(known[key], fingerprint(order), owners.get(key))
    ]
    return _counts(batch, known, owners, changed)


def _counts(
    batch: Mapping[OrderKey, NewOrder],
    known: Mapping[OrderKey, Any],
    owners: Mapping[OrderKey, int],
    written: Sequence[OrderKey],
) -> Taken:
    created = sum(key not in known for key in written)
    return Taken(
        created=created,
        updated=len(written) - created,
        unchanged=len(batch) - len(written),
        unmatched=sum(key not in owners for key in batch),
    )


def _check_contacts(
    session: Session,
    orders: Sequence[NewOrder],
    known: Mapping[OrderKey, Any],
    actor: Actor | None,
) -> None:
    """Who was forgotten gets no new orders; what she had goes on, such as a refund."""
    named = {order.contact_id for order in orders if order.contact_id is not None}
    leads = led_to(session, named, hold=False)
    seen = queries.existing_contacts(session, leads.values(), actor) if named else set()
    gone = forgotten_of(session, seen)
    for index, order in enumerate(orders):
        if order.contact_id is None:
            continue
        owner, before = leads[order.contact_id], known.get((order.channel, order.order_no))
        is_hers = before is not None and before.contact_id == owner
        if owner not in seen or (owner in gone and not is_hers):
            raise UnknownContact(index)


def _forgetting(
    session: Session, batch: Mapping[OrderKey, NewOrder], owners: Mapping[OrderKey, int]
) -> dict[OrderKey, NewOrder]:
    """Take out of orders what says again who somebody is that was forgotten."""
    gone = forgotten_of(session, owners.values())
    return {
        key: without_buyer(order) if owners.get(key) in gone else order
        for key, order in batch.items()
    }


def _owners(
    session: Session,
    batch: Mapping[OrderKey, NewOrder],
    known: Mapping[OrderKey, Any],
    *,
    hold: bool,
) -> dict[OrderKey, int]:
    """Whose each order is: whom it names, else whom it had, else whom an identity leads to."""
    pairs = {
        (kind, value)
        for order in batch.values()
        for kind, field, _column in _BY_TRUST
        if (value := getattr(order, field))
    }
    people = contacts_by_identity(session, pairs) if pairs else {}
    owners: dict[OrderKey, int] = {}
    for key, order in batch.items():
        before = known[key].contact_id if key in known else None
        found = (
            people.get((kind, value))
            for kind, field, _column in _BY_TRUST
            if (value := getattr(order, field))
        )
        owner = order.contact_id or before or next(filter(None, found), None)
        if owner is not None:
            owners[key] = owner
    leads = led_to(session, owners.values(), hold=hold)
    return {key: leads[owner] for key, owner in owners.items()}


def _differs(known: Any, content_hash: str, owner: int | None) -> bool:
    return bool(known.content_hash != content_hash or known.contact_id != owner)


def _row(order: NewOrder, owner: int | None, content_hash: str, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {
        "channel": order.channel,
        "order_no": order.order_no,
        "contact_id": owner,
        "store_id": order.store_id,
        "ordered_at": order.ordered_at,
        "paid_at": order.paid_at,
        "bought_on": bought_on(order, fmt.zone()),
        "status": order.status,
        "status_text": order.status_text,
        "paid_fen": order.paid_fen,
        "refunded_fen": order.refunded_fen,
        "net_fen": net_fen(
            status=order.status, paid_fen=order.paid_fen, refunded_fen=order.refunded_fen
        ),
        "phone_hint": order.phone_hint,
        "content_hash": content_hash,
        "taken_at": now,
    }
    for kind, field, column in _BY_TRUST:
        # Kept only while somebody has to be found by it.
        row[column] = _digest(kind, getattr(order, field)) if owner is None else None
    return row


def _digest(kind: IdentityKind, value: str | None) -> str | None:
    if not value:
        return None
    try:
        return identity_digest(kind, normalise_identity(kind, value))
    except PhoneWrong:
        return None


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    table = ShopOrder.__table__
    statement = upsert_insert(session, table)
    new = statement.excluded
    changed = {name: new[name] for name in rows[0] if name not in {"channel", "order_no"}}
    changed["store_id"] = func.coalesce(new.store_id, table.c.store_id)
    session.execute(
        statement.on_conflict_do_update(index_elements=["channel", "order_no"], set_=changed), rows
    )


def _replace_lines(session: Session, orders: Mapping[OrderKey, NewOrder]) -> None:
    ids = {key: row.id for key, row in queries.known_orders(session, orders).items()}
    # Also for orders that seemed new: another import may have written them a moment ago.
    for start in range(0, len(ids), queries.IN_CHUNK):
        some = sorted(ids.values())[start : start + queries.IN_CHUNK]
        session.execute(delete(OrderLine).where(OrderLine.order_id.in_(some)))
    lines = [
        {
            "order_id": ids[key],
            "product": line.product,
            "category": line.category,
            "quantity": line.quantity,
            "amount_fen": line.amount_fen,
            "refunded_fen": line.refunded_fen,
        }
        for key, order in orders.items()
        for line in order.lines
    ]
    if lines:
        session.execute(insert(_LINES), lines)


def _touched(
    written: Sequence[OrderKey], owners: Mapping[OrderKey, int], known: Mapping[OrderKey, Any]
) -> set[int]:
    before = {known[key].contact_id for key in written if key in known}
    return {owners[key] for key in written if key in owners} | (before - {None})


def queue_changes(session: Session, contact_ids: set[int], *, now: datetime) -> None:
    """Note whose figures have to be counted anew."""
    if contact_ids:
        session.execute(
            insert(_CHANGES),
            [{"contact_id": one, "changed_at": now} for one in sorted(contact_ids)],
        )
