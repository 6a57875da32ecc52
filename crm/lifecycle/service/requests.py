"""A person asks about her own data: a complaint whose clock counts thirty days, and its end."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.complaints.models import Complaint
from crm.complaints.queries.case import visible_complaint
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.words import Category, Channel, EventType, State
from crm.complaints.service import log_complaint, record_event
from crm.contacts.models import Contact
from crm.contacts.queries.forgetting import family_ids
from crm.i18n import _
from crm.lifecycle.models import PrivacyRequest
from crm.lifecycle.queries import privacy as queries
from crm.lifecycle.rules.privacy import NewRequest, NotDone, RequestKind


def ask(
    session: Session, contact: Contact, command: NewRequest, *, actor: Actor, now: datetime
) -> Complaint:
    """Log what she asks for; the same form again logs nothing new."""
    said = _(f"lifecycle.asks_{command.kind.value}")
    complaint = log_complaint(
        session,
        LogComplaint(
            channel=Channel.PRIVACY_REQUEST,
            text=f"{said}\n{command.words}".strip(),
            occurred_at=now,
            store_id=contact.store_id,
            contact_id=contact.id,
            category=Category.OTHER,
            client_key=command.client_key or None,
        ),
        actor=actor,
        now=now,
    )
    session.flush()  # the request names the complaint
    if queries.request_of_complaint(session, complaint.id) is None:
        session.add(PrivacyRequest(complaint_id=complaint.id, kind=command.kind, asked_at=now))
    return complaint


def end(session: Session, contact_id: int, request_id: int, *, actor: Actor, now: datetime) -> None:
    """Stop the clock of a request that was fulfilled. Raises NoResultFound, NotDone."""
    request = queries.request_for_update(session, request_id)
    complaint = visible_complaint(session, request.complaint_id, actor)
    family = family_ids(session, contact_id)
    if complaint.contact_id not in family:
        raise NoResultFound
    if not queries.was_done(session, request, family):
        raise NotDone
    if request.fulfilled_at is None:
        _fulfilled(session, request, complaint, actor=actor, now=now)


def fulfil(
    session: Session,
    contact_ids: Collection[int],
    kinds: Collection[RequestKind],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Stop the clocks of everything she asked for that the caller does in this transaction."""
    for request, complaint in queries.open_requests_for_update(session, contact_ids, kinds):
        _fulfilled(session, request, complaint, actor=actor, now=now)


def _fulfilled(
    session: Session, request: PrivacyRequest, complaint: Complaint, *, actor: Actor, now: datetime
) -> None:
    request.fulfilled_at, request.fulfilled_by = now, actor.id
    if complaint.state is State.WAITING:
        record_event(session, complaint, NewEvent(EventType.RESUMED), actor=actor, now=now)
    said = _(f"lifecycle.done_{request.kind.value}")
    for kind in (EventType.PRIVATE_REPLY, EventType.RESOLUTION_OFFERED):
        record_event(session, complaint, NewEvent(kind, text=said), actor=actor, now=now)
    confirmed = NewEvent(EventType.CUSTOMER_CONFIRMED)
    record_event(session, complaint, confirmed, actor=actor, now=now)
