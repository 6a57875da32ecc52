"""The contact page: four facts, one-on-one time, where she came from and what happened since."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.albums.models import Album
from crm.albums.queries import open_albums
from crm.attention import queries as attention
from crm.attention.models import FollowUp
from crm.attention.rules import Allowance, State
from crm.complaints.models import Complaint
from crm.complaints.rules.words import UNDECIDED
from crm.contacts import queries as contacts
from crm.contacts.models import Contact
from crm.contacts.rules import IdentityKind
from crm.groups.models import GroupMember
from crm.i18n import _, fmt
from crm.lifecycle.models import HandOverItem
from crm.lifecycle.queries.leaving import SINGLE, handed_on
from crm.lifecycle.queries.timeline import ledger
from crm.lifecycle.rules.leaving import HandedOn, may_take_back
from crm.lifecycle.rules.timeline import Position
from crm.loyalty.queries import LoyaltyView, loyalty_of
from crm.loyalty.rules import Tag
from crm.orders.queries import OrderView, orders_of
from crm.stores.models import Store
from crm.workbench.queries.origin import Origin, origin
from crm.workbench.queries.timeline import Timeline, came_from, timeline
from crm.workbench.rules import TimelineFilter

ALBUMS_SHOWN = 3
_STANDING = select(
    select(func.count(func.distinct(GroupMember.group_id)))
    .where(GroupMember.contact_id == bindparam("contact_id"), GroupMember.left_at.is_(None))
    .scalar_subquery()
    .label("groups"),
    select(func.count(Complaint.id))
    .where(Complaint.contact_id == bindparam("contact_id"), Complaint.state.in_(UNDECIDED))
    .scalar_subquery()
    .label("open_complaints"),
    select(exists().where(*SINGLE, HandOverItem.subject_id == bindparam("contact_id")))
    .scalar_subquery()
    .label("was_handed_on"),
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
    loyalty: LoyaltyView | None
    loyal_reason: str
    buying: Buying | None
    allowance: Allowance
    albums: list[Album]
    """What to send instead of photos one by one, near the limit."""
    margin_fen: int
    cost_fen: int
    in_complaint: bool
    planned: list[FollowUp]
    merges: list[Any]
    handed_on: HandedOn | None
    may_take_back: bool
    origin: Origin
    timeline: Timeline


def contact_page(
    session: Session,
    contact: Contact,
    actor: Actor,
    *,
    only: TimelineFilter,
    after: Position | None,
    now: datetime,
) -> ContactPage:
    """Return everything that the page of a visible contact shows to this person.

    What another store's complaint says stays there; that there is one is shown, as lists do.
    """
    allowance = attention.allowance(session, contact.id, now=now)
    orders = orders_of(session, contact.id)
    loyalty = loyalty_of(session, contact.id, now=now)
    few = ledger(session, contact.id)
    standing = session.execute(_STANDING, {"contact_id": contact.id}).one()
    last = handed_on(session, contact.id) if standing.was_handed_on else None
    worth = attention.worth(session, contact.id, now=now)
    identities = contacts.masked_identities(session, [contact.id]).get(contact.id, [])
    phones = [masked for kind, masked in identities if kind is IdentityKind.PHONE]
    return ContactPage(
        contact=contact,
        store_name=session.get_one(Store, contact.store_id).name,
        came_from=came_from(few.moves[-1]) if few.moves else "",
        groups=standing.groups,
        phone_masked=phones[0] if phones else "",
        tags=tuple(row.tag for row in few.tags),
        loyalty=loyalty,
        loyal_reason=_loyal_reason(loyalty),
        buying=_buying(loyalty, orders, today=fmt.local(now).date()),
        allowance=allowance,
        albums=_albums(session, contact, allowance, now=now),
        margin_fen=worth.margin_fen,
        cost_fen=worth.cost_fen,
        in_complaint=standing.open_complaints > 0,
        planned=attention.next_follow_ups(session, contact.id),
        merges=few.merges,
        handed_on=last,
        may_take_back=may_take_back(last, contact.owner_id, actor, now),
        origin=origin(session, few, actor, now=now),
        timeline=timeline(session, few, actor, only=only, after=after, now=now),
    )


def _albums(
    session: Session, contact: Contact, allowance: Allowance, *, now: datetime
) -> list[Album]:
    if allowance.state is State.OK:
        return []
    return open_albums(session, contact.store_id, now=now, most=ALBUMS_SHOWN)


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
