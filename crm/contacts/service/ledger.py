"""Where a contact came from and on which ground she is kept: entries are only added."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.contacts.models import Consent, Contact, ContactMove
from crm.contacts.rules import Consent as ConsentGiven
from crm.contacts.rules import MovedFrom


def record_move(
    session: Session, contact: Contact, moved: MovedFrom, *, actor: Actor | None, now: datetime
) -> None:
    """Write where she came from into the move ledger."""
    session.add(
        ContactMove(
            contact_id=contact.id,
            kind=moved.kind,
            from_store_id=moved.store_id,
            from_group_id=moved.group_id,
            detail=moved.detail,
            moved_at=moved.at or now,
            moved_by=None if actor is None else actor.id,
            recorded_at=now,
        )
    )


def record_consent(
    session: Session, contact: Contact, given: ConsentGiven, *, actor: Actor | None, now: datetime
) -> None:
    """Write on which ground she is kept."""
    session.add(
        Consent(
            contact_id=contact.id,
            basis=given.basis,
            given_at=given.at or now,
            note=given.note,
            recorded_by=None if actor is None else actor.id,
            recorded_at=now,
        )
    )
