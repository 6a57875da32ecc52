"""A person asks about her own data: a complaint whose clock counts thirty days, and its end."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.complaints.models import Complaint, PrivacyRequest
from crm.complaints.queries.case import visible_complaint
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.privacy import RequestKind
from crm.complaints.rules.words import Category, Channel, EventType, State
from crm.complaints.service import log_complaint, record_event
from crm.contacts.models import Contact
from crm.contacts.queries.forgetting import family_ids
from crm.i18n import _
from crm.lifecycle.queries import privacy as queries
from crm.lifecycle.rules.privacy import NewRequest, NotDone


def ask(
    session: Session, contact: Contact, command: NewRequest, *, actor: Actor, now: datetime
) -> Complaint:
    """Log what she asks for; the same form again logs nothing new."""
    said = _(f"lifecycle.asks_{command.kind.value}")
    return log_complaint(
        session,
        LogComplaint(
            channel=Channel.PRIVACY_REQUEST,
            text=f"{said}\n{command.words}".strip(),
            occurred_at=now,
            store_id=contact.store_id,
            contact_id=contact.id,
            category=Category.OTHER,
            request_kind=command.kind,
            client_key=command.client_key or None,
        ),
        actor=actor,
        now=now,
    )


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


def end_all(session: Session, contact_ids: Collection[int], *, actor: Actor, now: datetime) -> None:
    """Stop the clocks of all she asked for: she was forgotten in this transaction.

    That fulfils what asked for it; of the rest is said that nothing is left to give or to change.
    """
    for complaint, request in queries.open_requests_for_update(session, contact_ids):
        if request is not None and request.kind is RequestKind.DELETION:
            _fulfilled(session, request, complaint, actor=actor, now=now)
        else:
            _answer(session, complaint, _("lifecycle.nothing_left"), actor=actor, now=now)


def _fulfilled(
    session: Session, request: PrivacyRequest, complaint: Complaint, *, actor: Actor, now: datetime
) -> None:
    request.fulfilled_at, request.fulfilled_by = now, actor.id
    said = _(f"lifecycle.done_{request.kind.value}")
    _answer(session, complaint, said, actor=actor, now=now)


def _answer(
    session: Session, complaint: Complaint, said: str, *, actor: Actor, now: datetime
) -> None:
    def record(kind: EventType, text: str = "") -> None:
        record_event(session, complaint, NewEvent(kind, text=text), actor=actor, now=now)

    record(EventType.PRIVATE_REPLY, said)
    if complaint.state is State.WAITING:  # as of now: a pause may have ended by itself
        record(EventType.RESUMED)
    record(EventType.RESOLUTION_OFFERED, said)
    record(EventType.CUSTOMER_CONFIRMED)
