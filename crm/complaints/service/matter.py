"""What a complaint or an incident goes back to, and who else has to hear of it.

Naming the order or product decides whose doubts count together; it moves no clock by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit import service as audit
from crm.complaints.models import Complaint, Incident, IncidentBuyer
from crm.complaints.queries import case as cases
from crm.complaints.queries.buyers import buyer_told
from crm.complaints.queries.incidents import complaints_of_incident
from crm.complaints.queries.matter import hold_matters, incident_that_fits
from crm.complaints.rules.incidents import Origin
from crm.complaints.rules.words import REF_MAX, BadEvent
from crm.complaints.service import incidents, telling
from crm.complaints.service.book import open_book
from crm.complaints.service.effects import write
from crm.contacts.queries import contact_to_name, led_to, visible_contact
from crm.db import upsert_insert
from crm.groups.rules import SameCover, uncover

ORIGIN_REFS = ("order_ref", "product_ref", "batch_ref", "packer_ref")
REFS = (*ORIGIN_REFS, "parcel_ref")


def name_matter(
    session: Session, complaint: Complaint, refs: Mapping[str, str], *, actor: Actor, now: datetime
) -> None:
    """Say which order, product, parcel, batch and packer a complaint is about.

    It leaves the incident that it does not belong to then, and joins the one that it does.
    A number that is shown covered stays as it was. Raises BadEvent, and NoResultFound for a
    complaint that is not the actor's.
    """
    hold_matters(session, complaint.store_id)
    complaint = cases.complaint_for_update(session, complaint.id, actor)
    before = _matter(complaint)
    _name(complaint, refs, REFS)
    subject = f"complaint:{complaint.id}"
    audit.record(session, "complaint.matter_named", subject=subject, actor=actor, now=now)
    if _matter(complaint) == before:
        return
    left, complaint.incident_id = complaint.incident_id, None
    session.flush()  # whose matter it is now is asked of the tables
    if left is not None:
        _without_it(session, left, now)
    book = open_book(session, complaint)
    telling.catch_up(session, book, now=now)
    complaint.incident_id = incident_that_fits(session, complaint)
    incidents.follow(session, book, now=now)
    write(session, book, now=now)


def set_origin(
    session: Session, incident: Incident, origin: Origin, *, actor: Actor, now: datetime
) -> None:
    """Say what the incident goes back to, and on which days others bought the same.

    A number that is shown covered stays as it was. Raises BadEvent.
    """
    _name(incident, vars(origin), ORIGIN_REFS)
    incident.bought_from, incident.bought_until = origin.bought_from, origin.bought_until
    subject = f"incident:{incident.id}"
    audit.record(session, "incident.origin_set", subject=subject, actor=actor, now=now)


def tell_buyer(
    session: Session, incident: Incident, contact_id: int, *, actor: Actor, now: datetime
) -> None:
    """Note that a buyer was told; a second tap changes nothing. Raises NoResultFound, Forgotten."""
    contact = contact_to_name(session, contact_id, actor)
    buyer_id = led_to(session, [contact.id])[contact.id]
    told = upsert_insert(session, IncidentBuyer).values(
        incident_id=incident.id, contact_id=buyer_id, told_at=now, told_by=actor.id
    )
    session.execute(told.on_conflict_do_nothing(index_elements=["incident_id", "contact_id"]))


def take_telling_back(
    session: Session, incident: Incident, contact_id: int, *, actor: Actor
) -> None:
    """Take back that a buyer was told. Raises NoResultFound."""
    contact = visible_contact(session, contact_id, actor)
    told = buyer_told(session, incident.id, contact.id)
    if told is not None:
        session.delete(told)


def _name(subject: Complaint | Incident, typed: Mapping[str, str], names: Iterable[str]) -> None:
    for name in names:
        try:
            ref = uncover(typed[name], getattr(subject, name))
        except SameCover as error:
            raise BadEvent(name, "complaints.error.same_cover") from error
        if len(ref) > REF_MAX:
            raise BadEvent(name, "complaints.error.too_long", limit=REF_MAX)
        setattr(subject, name, ref)


def _matter(complaint: Complaint) -> tuple[str, str]:
    return complaint.order_ref, complaint.product_ref


def _without_it(session: Session, incident_id: int, now: datetime) -> None:
    """What stays behind is counted without the one that left."""
    others = complaints_of_incident(session, incident_id)
    if not others:
        session.get_one(Incident, incident_id).reached_at = None
        return
    book = open_book(session, cases.complaint_for_update(session, others[0].id))
    telling.catch_up(session, book, now=now)
    incidents.follow(session, book, now=now)
    write(session, book, now=now)
