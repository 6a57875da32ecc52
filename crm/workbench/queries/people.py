"""The list of contacts: one keyset page, then one batch a column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, bindparam, exists, select, tuple_
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention import queries as attention
from crm.attention.models import FollowUp
from crm.attention.rules import Allowance
from crm.complaints.models import Complaint
from crm.complaints.rules.words import UNDECIDED
from crm.contacts import queries as contacts
from crm.contacts.models import Contact
from crm.db import UtcDateTime
from crm.i18n import fmt
from crm.loyalty import queries as loyalty
from crm.loyalty.models import LoyaltyStat, RuleTag
from crm.loyalty.rules import Tag
from crm.orders.queries import LastOrder, last_orders
from crm.stores.models import Store
from crm.workbench.rules import PAGE_ROWS, ListFilter

Position = tuple[datetime, int]
"""Where a row stands in the list: when she was last active, and her id."""

_POSITION: Any = (bindparam("at", type_=UtcDateTime()), bindparam("id"))
_ROW = select(
    Contact.id,
    Contact.name,
    Contact.nickname,
    Contact.active_at,
    Contact.do_not_contact_at,
    Store.name.label("store_name"),
).join(Store, Store.id == Contact.store_id)
_DUE = exists().where(
    FollowUp.contact_id == Contact.id,
    FollowUp.due_on <= bindparam("today"),
    FollowUp.done_at.is_(None),
    FollowUp.cancelled_at.is_(None),
)
_CONDITIONS = {
    ListFilter.LOYAL: exists().where(RuleTag.contact_id == Contact.id, RuleTag.tag == Tag.LOYAL),
    ListFilter.DUE: _DUE,
    ListFilter.COMPLAINT: exists().where(
        Complaint.contact_id == Contact.id, Complaint.state.in_(UNDECIDED)
    ),
    ListFilter.NEVER_BOUGHT: ~exists().where(LoyaltyStat.contact_id == Contact.id),
}


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One line of the list."""

    id: int
    name: str
    nickname: str
    store_name: str
    do_not_contact: bool
    loyal_orders: int
    last_order: LastOrder | None
    allowance: Allowance


@dataclass(frozen=True, slots=True)
class Slice:
    """A page of the list, with the positions from which the pages beside it begin."""

    rows: list[ContactRow]
    previous: Position | None = None
    next: Position | None = None


@lru_cache(maxsize=64)
def _statement(only: ListFilter, direction: str, *, scoped: bool) -> Any:
    """Build each shape of the page once: the same text every time, so that it is parsed once."""
    statement = _ROW
    if scoped:
        statement = statement.where(Contact.store_id.in_(bindparam("stores", expanding=True)))
    if only in _CONDITIONS:
        statement = statement.where(_CONDITIONS[only])
    position = tuple_(Contact.active_at, Contact.id)
    if direction == "after":
        statement = statement.where(position < tuple_(*_POSITION))
    if direction == "before":
        statement = statement.where(position > tuple_(*_POSITION))
        return statement.order_by(Contact.active_at, Contact.id).limit(PAGE_ROWS + 1)
    return statement.order_by(Contact.active_at.desc(), Contact.id.desc()).limit(PAGE_ROWS + 1)


def contact_page(
    session: Session,
    actor: Actor,
    only: ListFilter,
    *,
    after: Position | None = None,
    before: Position | None = None,
    now: datetime,
) -> Slice:
    """Return one page of the actor's contacts, latest active first."""
    direction = "before" if before else "after" if after else ""
    values: dict[str, Any] = {"today": fmt.local(now).date()} if only is ListFilter.DUE else {}
    if actor.store_ids is not None:
        values["stores"] = sorted(actor.store_ids)
    if position := before or after:
        values |= {"at": position[0], "id": position[1]}
    statement = _statement(only, direction, scoped=actor.store_ids is not None)
    found = list(session.execute(statement, values))
    more, found = len(found) > PAGE_ROWS, found[:PAGE_ROWS]
    if before:
        found.reverse()
    return Slice(
        _with_columns(session, found, now=now),
        previous=_position(found, 0) if after or (before and more) else None,
        next=_position(found, -1) if before or more else None,
    )


def _position(rows: Sequence[Row[Any]], index: int) -> Position | None:
    return (rows[index].active_at, rows[index].id) if rows else None


def contact_search(session: Session, actor: Actor, q: str, *, now: datetime) -> list[ContactRow]:
    """Return what a search finds, as lines of the list."""
    ids = [hit.id for hit in contacts.search_contacts(session, q, actor, limit=PAGE_ROWS)]
    found = session.execute(_ROW.where(Contact.id.in_(ids))).all() if ids else []
    rows: dict[int, Any] = {row.id: row for row in found}
    return _with_columns(session, [rows[i] for i in ids], now=now)


def _with_columns(session: Session, rows: Sequence[Row[Any]], *, now: datetime) -> list[ContactRow]:
    ids = [row.id for row in rows]
    if not ids:
        return []
    standing = attention.allowances(session, ids, now=now)
    bought, loyal = last_orders(session, ids), loyalty.loyal_orders(session, ids)
    return [
        ContactRow(
            row.id,
            row.name,
            row.nickname,
            row.store_name,
            row.do_not_contact_at is not None,
            loyal.get(row.id, 0),
            bought.get(row.id),
            standing[row.id],
        )
        for row in rows
    ]
