"""What an incident goes back to, and who else bought the same: told before they complain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.complaints.models import Complaint, Incident, IncidentBuyer
from crm.complaints.rules.incidents import Origin
from crm.contacts.models import Contact
from crm.i18n import fmt
from crm.orders.queries import Bought, buyers_of, products_of

SAME_CAUSE_MOST = 50


@dataclass(frozen=True)
class Buyer:
    """A buyer of the same who has not complained; when somebody told her, and who."""

    bought: Bought
    told_at: datetime | None
    told_by: str


@dataclass(frozen=True)
class Buyers:
    """Who else bought these products on these days."""

    products: list[str]
    first: date
    last: date
    people: list[Buyer]

    @property
    def left(self) -> int:
        """How many nobody has told yet."""
        return sum(buyer.told_at is None for buyer in self.people)


def origin_of(incident: Incident) -> Origin:
    """Return what an incident goes back to."""
    return Origin(
        incident.product_ref,
        incident.order_ref,
        incident.batch_ref,
        incident.packer_ref,
        incident.bought_from,
        incident.bought_until,
    )


def buyer_told(session: Session, incident_id: int, contact_id: int) -> IncidentBuyer | None:
    """Return the note that a buyer was told."""
    return session.scalar(
        select(IncidentBuyer).where(
            IncidentBuyer.incident_id == incident_id, IncidentBuyer.contact_id == contact_id
        )
    )


def told_twice(session: Session, contact_id: int, other_id: int) -> list[int]:
    """Return the notes that this contact was told where the other one was told as well."""
    other = select(IncidentBuyer.incident_id).where(IncidentBuyer.contact_id == other_id)
    return list(
        session.scalars(
            select(IncidentBuyer.id).where(
                IncidentBuyer.contact_id == contact_id, IncidentBuyer.incident_id.in_(other)
            )
        )
    )


def other_buyers(
    session: Session, incident: Incident, complaints: Sequence[Complaint], actor: Actor
) -> Buyers:
    """Return who in the actor's stores bought the same and has not complained.

    Those who asked not to be contacted are among them: this is about a fault of what they bought.
    """
    origin = origin_of(incident)
    products = {one.product_ref for one in complaints} | {origin.product_ref}
    orders = {one.order_ref for one in complaints} | {origin.order_ref}
    if products == {""}:
        products |= set(products_of(session, orders - {""}))
    wanted = sorted(products - {""})
    began = min((one.occurred_at for one in complaints), default=incident.opened_at)
    first, last = origin.days(fmt.local(began).date())
    scope = in_scope(Contact.store_id, actor)
    found = buyers_of(session, scope, wanted, first=first, last=last) if wanted else []
    complained = {one.contact_id for one in complaints}
    known = _told(session, incident.id) if found else {}
    return Buyers(
        wanted,
        first,
        last,
        [
            Buyer(one, *known.get(one.contact_id, (None, "")))
            for one in found
            if one.contact_id not in complained
        ],
    )


def _told(session: Session, incident_id: int) -> dict[int, tuple[datetime, str]]:
    rows = session.execute(
        select(IncidentBuyer.contact_id, IncidentBuyer.told_at, Staff.name)
        .join(Staff, Staff.id == IncidentBuyer.told_by)
        .where(IncidentBuyer.incident_id == incident_id)
    )
    return {row.contact_id: (row.told_at, row.name) for row in rows}


def same_cause(session: Session, incident: Incident, actor: Actor) -> list[Complaint]:
    """Return other complaints of the same batch or packer: perhaps more than one parcel."""
    batch, packer = incident.batch_ref, incident.packer_ref
    if not batch and not packer:
        return []
    return list(
        session.scalars(
            select(Complaint)
            .where(
                in_scope(Complaint.store_id, actor),
                Complaint.incident_id.is_distinct_from(incident.id),
                or_(
                    and_(Complaint.batch_ref == batch, Complaint.batch_ref != ""),
                    and_(Complaint.packer_ref == packer, Complaint.packer_ref != ""),
                ),
            )
            .order_by(Complaint.occurred_at.desc(), Complaint.id.desc())
            .limit(SAME_CAUSE_MOST)
        )
    )
