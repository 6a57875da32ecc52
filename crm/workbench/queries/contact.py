"""The contact page: four facts, one-on-one time, and a timeline that mixes every domain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention import queries as attention
from crm.attention.models import FollowUp
from crm.attention.rules import Allowance, is_theirs, may_change, whole_minutes
from crm.complaints.models import Complaint
from crm.complaints.queries.board import quote_of
from crm.complaints.rules.words import UNDECIDED
from crm.contacts import queries as contacts
from crm.contacts.models import Consent, Contact
from crm.contacts.rules import IdentityKind, MoveKind
from crm.groups.models import GroupMember
from crm.groups.rules import mask_phones
from crm.i18n import _, fmt
from crm.lifecycle.queries.merging import merges_of
from crm.lifecycle.rules.merging import is_fresh
from crm.loyalty.queries import LoyaltyView, loyalty_of
from crm.loyalty.rules import Tag
from crm.orders.queries import OrderView, orders_of
from crm.stores.models import Store
from crm.workbench.rules import TIMELINE_ENTRIES, Entry, TimelineFilter, merged

_COMPLAINTS = (
    select(
        Complaint.id,
        Complaint.store_id,
        Complaint.short_no,
        Complaint.text,
        Complaint.state,
        Complaint.severity,
        Complaint.occurred_at,
    )
    .where(Complaint.contact_id == bindparam("contact_id"))
    .order_by(Complaint.occurred_at.desc(), Complaint.id.desc())
    .limit(TIMELINE_ENTRIES)
)
_GROUPS = select(func.count(func.distinct(GroupMember.group_id))).where(
    GroupMember.contact_id == bindparam("contact_id"), GroupMember.left_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Buying:
    """The four facts of somebody who has bought."""

    orders_count: int
    net_fen: int
    last: OrderView | None
    expected_on: date | None
    overdue_days: int
    returns: int


@dataclass(frozen=True, slots=True)
class ContactPage:
    """What the page shows."""

    contact: Contact
    store_name: str
    came_from: str
    groups: int
    phone_masked: str
    tags: tuple[str, ...]
    consent: Consent | None
    loyalty: LoyaltyView | None
    loyal_reason: str
    buying: Buying | None
    allowance: Allowance
    margin_fen: int
    cost_fen: int
    in_complaint: bool
    planned: list[FollowUp]
    merges: list[Any]
    timeline: list[Entry]


def contact_page(
    session: Session, contact: Contact, actor: Actor, *, only: TimelineFilter, now: datetime
) -> ContactPage:
    """Return everything that the page of a visible contact shows to this person.

    What another store's complaint says stays there; that there is one is shown, as lists do.
    """
    orders = orders_of(session, contact.id)
    loyalty = loyalty_of(session, contact.id, now=now)
    moves = contacts.moves_of(session, contact.id)
    merges = merges_of(session, contact.id)
    complaints = session.execute(_COMPLAINTS, {"contact_id": contact.id}).all()
    worth = attention.worth(session, contact.id, now=now)
    identities = contacts.masked_identities(session, [contact.id]).get(contact.id, [])
    phones = [masked for kind, masked in identities if kind is IdentityKind.PHONE]
    parts = (
        _touches(session, contact.id, actor, now=now),
        _orders(orders),
        _complaints(row for row in complaints if actor.sees(row.store_id)),
        _moves(moves),
        _merges(merges, now),
    )
    return ContactPage(
        contact=contact,
        store_name=session.get_one(Store, contact.store_id).name,
        came_from=_came_from(moves[-1]) if moves else "",
        groups=session.scalar(_GROUPS, {"contact_id": contact.id}) or 0,
        phone_masked=phones[0] if phones else "",
        tags=contacts.tags_of(session, [contact.id]).get(contact.id, ()),
        consent=next(iter(contacts.consents_of(session, contact.id)), None),
        loyalty=loyalty,
        loyal_reason=_loyal_reason(loyalty),
        buying=_buying(loyalty, orders, today=fmt.local(now).date()),
        allowance=attention.allowance(session, contact.id, now=now),
        margin_fen=worth.margin_fen,
        cost_fen=worth.cost_fen,
        in_complaint=any(row.state in UNDECIDED for row in complaints),
        planned=attention.next_follow_ups(session, contact.id),
        merges=merges,
        timeline=merged(parts, only=only, most=TIMELINE_ENTRIES),
    )


def _loyal_reason(loyalty: LoyaltyView | None) -> str:
    for view in loyalty.tags if loyalty else ():
        if view.tag is Tag.LOYAL:
            return _(view.reason.key, **view.reason.values)
    return ""


def _buying(loyalty: LoyaltyView | None, orders: list[OrderView], *, today: date) -> Buying | None:
    if loyalty is None:
        return None
    gap = loyalty.median_interval_days
    expected = None if gap is None else loyalty.last_on + timedelta(days=int(gap + 0.5))
    return Buying(
        orders_count=loyalty.orders_count,
        net_fen=loyalty.net_spent_fen,
        last=next((o for o in orders if o.bought_on == loyalty.last_on), None),
        expected_on=expected,
        overdue_days=max(0, (today - expected).days) if expected else 0,
        returns=sum(order.refunded_fen > 0 for order in orders),
    )


def _touches(session: Session, contact_id: int, actor: Actor, *, now: datetime) -> Iterator[Entry]:
    for row in attention.touches_of(session, contact_id, most=TIMELINE_ENTRIES):
        yield Entry(
            at=row.happened_at,
            filter=TimelineFilter.TOUCHES,
            title=_(
                "workbench.touch_entry",
                kind=_(f"attention.kind_{row.kind.value}"),
                n=whole_minutes(row.seconds),
            ),
            text=mask_phones(row.note),
            note=row.staff_name,
            touch_id=row.id
            if may_change(row.received_at, now) and is_theirs(actor, row.staff_id)
            else None,
        )


def _orders(orders: list[OrderView]) -> Iterator[Entry]:
    for order in orders:
        products = _("workbench.listed").join(line.product for line in order.lines)
        refunded = (
            _("workbench.refunded", money=fmt.money(order.refunded_fen))
            if order.refunded_fen
            else ""
        )
        yield Entry(
            at=order.ordered_at,
            filter=TimelineFilter.ORDERS,
            title=_("workbench.order_entry", money=fmt.money(order.paid_fen)),
            text=products,
            note=refunded or order.status_text,
            tone="green",
        )


def _complaints(rows: Any) -> Iterator[Entry]:
    for row in rows:
        is_open = row.state in UNDECIDED
        yield Entry(
            at=row.occurred_at,
            filter=TimelineFilter.COMPLAINTS,
            title=_("workbench.complaint_entry", no=row.short_no),
            text=quote_of(row.text),
            note=_("workbench.complaint_open" if is_open else "workbench.complaint_closed"),
            tone="red" if is_open else "",
            href=f"/complaints/{row.id}",
        )


def _moves(rows: list[Any]) -> Iterator[Entry]:
    for row in rows:
        yield Entry(
            at=row.moved_at,
            filter=TimelineFilter.ALL,
            title=_came_from(row),
            text=mask_phones(row.detail),
            note=row.staff_name or "",
            tone="blue",
        )


def _merges(rows: list[Any], now: datetime) -> Iterator[Entry]:
    for row in rows:
        yield Entry(
            at=row.merged_at,
            filter=TimelineFilter.ALL,
            title=_("lifecycle.merge_entry", name=row.other_name),
            note=row.staff_name,
            merge_id=row.id if is_fresh(row.merged_at, now) else None,
        )


def _came_from(row: Any) -> str:
    if row.kind is MoveKind.STORE and row.store_name:
        return _("contacts.moved_from_store", name=row.store_name)
    if row.kind is MoveKind.GROUP and row.group_name:
        return _("contacts.moved_from_group", name=row.group_name)
    return _(f"contacts.moved_{row.kind.value}")
