"""A step after a move is said by one tap, where nothing else in the book tells it."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention.rules import is_theirs, may_change
from crm.audit.service import record
from crm.contacts.models import Contact, StepTaken
from crm.contacts.rules import MoveStep
from crm.lifecycle.queries.moves import taps_of
from crm.lifecycle.rules.moves import NotYourTap, TapTooOld


def tap_step(
    session: Session, contact: Contact, step: MoveStep, *, actor: Actor, now: datetime
) -> StepTaken:
    """Remember that she took a step; a second tap finds the first. `contact` is locked."""
    for known in taps_of(session, contact.id):
        if known.step is step:
            return known
    taken = StepTaken(contact_id=contact.id, step=step, taken_at=now, recorded_by=actor.id)
    session.add(taken)
    session.flush()  # the page offers to take it back by its id
    _tell(session, "contact.step_tapped", taken, actor=actor, now=now)
    return taken


def take_step_back(session: Session, taken: StepTaken, *, actor: Actor, now: datetime) -> None:
    """Forget a tap. Raises NotYourTap, TapTooOld."""
    if not is_theirs(actor, taken.recorded_by):
        raise NotYourTap
    if not may_change(taken.taken_at, now):
        raise TapTooOld
    _tell(session, "contact.step_taken_back", taken, actor=actor, now=now)
    session.delete(taken)


def _tell(session: Session, action: str, taken: StepTaken, *, actor: Actor, now: datetime) -> None:
    record(
        session,
        action,
        subject=f"contact:{taken.contact_id}",
        actor=actor,
        now=now,
        after={"step": taken.step.value},
    )
