"""A ground is given, and ends when she says so. With none left, lists and tasks leave her out."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.contacts.models import Consent, Contact
from crm.contacts.queries.ledger import stands_on_something
from crm.contacts.queries.people import consents_of
from crm.contacts.rules import BACK_WITHIN, SECOND_TAP, WithdrawnLongAgo
from crm.contacts.rules import Consent as Given
from crm.contacts.service.ledger import record_consent
from crm.contacts.service.people import allow_contact, do_not_contact


def give_consent(
    session: Session, contact: Contact, given: Given, *, actor: Actor, now: datetime
) -> None:
    """Write a ground down; a second tap finds the first. `contact` is locked.

    Who was left alone because she had withdrawn the last one may be contacted again.
    """
    grounds = consents_of(session, contact.id)
    if any(_is_same(one, given, actor, now) for one in grounds):
        return
    record_consent(session, contact, given, actor=actor, now=now)
    session.flush()  # the page shows it
    record(
        session,
        "contact.consent_recorded",
        subject=f"contact:{contact.id}",
        actor=actor,
        now=now,
        after={"basis": given.basis.value},
    )
    if contact.do_not_contact_at in {one.withdrawn_at for one in grounds} - {None}:
        allow_contact(session, contact, actor=actor, now=now)


def _is_same(one: Consent, given: Given, actor: Actor, now: datetime) -> bool:
    return (one.basis, one.note, one.recorded_by) == (given.basis, given.note, actor.id) and (
        one.withdrawn_at is None and one.recorded_at > now - SECOND_TAP
    )


def withdraw_consent(
    session: Session, contact: Contact, consent: Consent, *, actor: Actor, now: datetime
) -> None:
    """End a ground; a second tap changes nothing. `contact` is locked."""
    if consent.withdrawn_at is not None:
        return
    consent.withdrawn_at = max(now, consent.given_at)
    session.flush()  # the next select asks what is left
    _tell(session, "contact.consent_withdrawn", consent, actor=actor, now=now)
    if not stands_on_something(session, contact.id):
        do_not_contact(session, contact, actor=actor, now=consent.withdrawn_at)


def restore_consent(
    session: Session, contact: Contact, consent: Consent, *, actor: Actor, now: datetime
) -> None:
    """Undo `withdraw_consent`; who was left alone for another reason still is.

    Raises WithdrawnLongAgo.
    """
    ended_at = consent.withdrawn_at
    if ended_at is None:
        return
    if now - ended_at > BACK_WITHIN:
        raise WithdrawnLongAgo
    consent.withdrawn_at = None
    _tell(session, "contact.consent_restored", consent, actor=actor, now=now)
    if contact.do_not_contact_at == ended_at:
        allow_contact(session, contact, actor=actor, now=now)


def _tell(session: Session, action: str, consent: Consent, *, actor: Actor, now: datetime) -> None:
    record(
        session,
        action,
        subject=f"contact:{consent.contact_id}",
        actor=actor,
        now=now,
        after={"consent": consent.id, "basis": consent.basis.value},
    )
