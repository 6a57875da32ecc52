"""All that happened with one contact, newest first, page by page, from every domain."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.rules import Actor
from crm.attention.queries import touches_of
from crm.complaints.queries.listing import complaints_of
from crm.contacts.models import ContactTag, StepTaken
from crm.contacts.queries import moves_of, notes_of
from crm.contacts.queries.ledger import grounds_of
from crm.lifecycle.queries.merging import merges_of
from crm.lifecycle.rules.timeline import Happening, Kind, Position, before_in, newest
from crm.orders.queries import orders_of

_TAGS = (
    select(
        ContactTag.tag,
        ContactTag.tagged_at,
        ContactTag.tagged_by,
        Staff.name.label("staff_name"),
    )
    .outerjoin(Staff, Staff.id == ContactTag.tagged_by)
    .where(ContactTag.contact_id == bindparam("contact_id"))
    .order_by(ContactTag.tagged_at, ContactTag.tag)
)
_STEPS = (
    select(
        StepTaken.id,
        StepTaken.step,
        StepTaken.taken_at,
        StepTaken.recorded_by,
        Staff.name.label("staff_name"),
    )
    .join(Staff, Staff.id == StepTaken.recorded_by)
    .where(StepTaken.contact_id == bindparam("contact_id"))
    .order_by(StepTaken.taken_at.desc(), StepTaken.id.desc())
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The kinds of which one person has a handful: read whole, once for all that shows them."""

    contact_id: int
    moves: list[Row[Any]]
    taps: list[Row[Any]]
    grounds: list[Row[Any]]
    merges: list[Row[Any]]
    tags: list[Row[Any]]
    notes: list[Row[Any]]


def ledger(session: Session, contact_id: int) -> Ledger:
    """Return everything about one contact that is few."""
    return Ledger(
        contact_id,
        moves_of(session, contact_id),
        list(session.execute(_STEPS, {"contact_id": contact_id})),
        grounds_of(session, contact_id),
        merges_of(session, contact_id),
        list(session.execute(_TAGS, {"contact_id": contact_id})),
        notes_of(session, contact_id),
    )


def timeline(
    session: Session,
    few: Ledger,
    actor: Actor,
    *,
    most: int,
    kinds: Collection[Kind] = frozenset(Kind),
    after: Position | None = None,
) -> list[Happening]:
    """Return the newest entries of these kinds that come after a position.

    What another store's complaint says stays there.
    """
    found = list(_entries(few))
    if Kind.TOUCH in kinds:
        before = before_in(Kind.TOUCH, after)
        rows = touches_of(session, few.contact_id, most=most, before=before)
        found += (Happening(row.happened_at, Kind.TOUCH, row.id, row) for row in rows)
    if Kind.ORDER in kinds:
        before = before_in(Kind.ORDER, after)
        orders = orders_of(session, few.contact_id, most=most, before=before)
        found += (Happening(row.ordered_at, Kind.ORDER, row.id, row) for row in orders)
    if Kind.COMPLAINT in kinds:
        before = before_in(Kind.COMPLAINT, after)
        cases = complaints_of(session, few.contact_id, actor, most=most, before=before)
        found += (Happening(row.occurred_at, Kind.COMPLAINT, row.id, row) for row in cases)
    return newest(found, after, kinds, most)


def _entries(few: Ledger) -> Iterator[Happening]:
    for row in few.moves:
        yield Happening(row.moved_at, Kind.MOVE, row.id, row)
    for row in few.taps:
        yield Happening(row.taken_at, Kind.STEP, row.id, row)
    for row in few.grounds:
        yield Happening(row.given_at, Kind.CONSENT, row.id, row)
        if row.withdrawn_at is not None:
            yield Happening(row.withdrawn_at, Kind.CONSENT_END, row.id, row)
    for row in few.merges:
        yield Happening(row.merged_at, Kind.MERGE, row.id, row)
    for row in few.notes:
        yield Happening(row.noted_at, Kind.NOTE, row.id, row)
    for number, row in enumerate(few.tags, start=1):
        yield Happening(row.tagged_at, Kind.TAG, number, row)
