"""One contact passes to a colleague, with what is to be done for her, and back within a day."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.queries import hold_active, staff_of_store, staff_to_end
from crm.accounts.rules import Actor
from crm.attention import queries as attention
from crm.attention.rules import is_theirs, may_change
from crm.audit.service import record
from crm.campaigns import queries as campaigns
from crm.contacts.models import Contact
from crm.contacts.queries import contact_for_update, led_to
from crm.contacts.queries.forgetting import family_ids
from crm.lifecycle.models import HandOver
from crm.lifecycle.queries.leaving import hand_over_for_update, handed_on, single_hand_over
from crm.lifecycle.rules.leaving import (
    HandedSince,
    NobodyThere,
    NotYourAct,
    OutOfReach,
    Thing,
    TooOldAct,
)
from crm.lifecycle.service.leaving import give, give_work
from crm.lifecycle.service.returning import give_back


def hand_on(
    session: Session, contact_id: int, to_id: int, *, actor: Actor, now: datetime
) -> HandOver | None:
    """Let a colleague of her store look after a contact; what is planned for her goes along.

    People are locked before her, as where access ends. None where that one does already. Raises
    NoResultFound, Forgotten, NobodyThere.
    """
    here = hold_active(session, {to_id})
    contact = contact_for_update(session, contact_id, actor)
    if to_id not in here & set(staff_of_store(session, contact.store_id)):
        raise NobodyThere
    old = contact.owner_id
    if old == to_id:
        return None
    act = HandOver(from_id=old, is_single=True, handed_at=now, handed_by=actor.id)
    session.add(act)
    session.flush()  # its things name it by id
    give(session, act, Thing.CONTACT, {contact.id: to_id})
    if old is not None:
        tasks = campaigns.open_tasks_of(session, old, contact.id)
        planned = attention.open_follow_ups_of(session, old, contact.id)
        give_work(session, act, tasks, planned, lambda _row: to_id)
    subject, after = f"contact:{contact.id}", {"hand_over": act.id, "to": to_id}
    record(session, "contact.handed_on", subject=subject, actor=actor, now=now, after=after)
    session.refresh(contact)
    return act


def take_back(
    session: Session, contact_id: int, hand_over_id: int | None, *, actor: Actor, now: datetime
) -> bool:
    """Give a contact back to who looked after her; without a number, the latest act.

    Says whether she came back now: the same again changes nothing. Who was merged into another one
    since stays with her. People are locked before her, as where access ends. Raises NoResultFound,
    Forgotten, NobodyThere, OutOfReach, NotYourAct, TooOldAct, HandedSince.
    """
    standing = led_to(session, [contact_id], hold=False)[contact_id]
    found = single_hand_over(session, family_ids(session, standing), hand_over_id)
    giver = None if found.from_id is None else staff_to_end(session, found.from_id)
    contact = contact_for_update(session, contact_id, actor)
    act = hand_over_for_update(session, found.id)
    if not is_theirs(actor, act.handed_by):
        raise NotYourAct
    if act.undone_at is not None:
        return False
    if not may_change(act.handed_at, now):
        raise TooOldAct
    last = handed_on(session, contact.id)
    if last is None or last.id != act.id or contact.owner_id != last.to_id:
        raise HandedSince
    if giver is not None and giver.disabled_at is None and not _sees(session, giver, contact):
        raise OutOfReach
    give_back(session, act.id, actor=actor, now=now)
    subject, after = f"contact:{contact.id}", {"hand_over": act.id}
    record(session, "contact.hand_on_undone", subject=subject, actor=actor, now=now, after=after)
    return True


def _sees(session: Session, staff: Staff, contact: Contact) -> bool:
    return staff.id in staff_of_store(session, contact.store_id)
