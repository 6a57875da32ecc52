"""A hand-over is taken back: what nobody has changed since goes back, the rest says why not.

Nothing goes back to somebody who does not see its store any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.accounts.queries import actor_of_staff, hold_active, staff_to_end
from crm.accounts.rules import Actor
from crm.attention.service import reassign as reassign_follow_ups
from crm.audit.service import record
from crm.campaigns.queries import follow_ups_of_tasks
from crm.campaigns.service import reassign as reassign_tasks
from crm.complaints import service as complaints
from crm.contacts.service import reassign as reassign_contacts
from crm.groups.service import reassign as reassign_groups
from crm.lifecycle.models import HandOver, HandOverItem
from crm.lifecycle.queries import leaving as queries
from crm.lifecycle.rules.leaving import Back, NobodyThere, Thing


def take_back(session: Session, hand_over_id: int, *, actor: Actor, now: datetime) -> HandOver:
    """Give back what still is as it was handed over. The same again changes nothing.

    Raises NoResultFound, and NobodyThere while the person has no access.
    """
    queries.book_hand_over(session, hand_over_id)
    act = give_back(session, hand_over_id, actor=actor, now=now)
    if act.undone_at == now:
        record(
            session,
            "staff.hand_over_undone",
            subject=f"staff:{act.from_id}",
            actor=actor,
            now=now,
            after={"hand_over": act.id},
        )
    return act


def give_back(session: Session, hand_over_id: int, *, actor: Actor, now: datetime) -> HandOver:
    """Do so, whatever was handed over; the caller writes it down. Raises as `take_back`."""
    from_id = queries.hand_over(session, hand_over_id).from_id
    if from_id is not None:
        staff_to_end(session, from_id)
    act = queries.hand_over_for_update(session, hand_over_id)
    if act.undone_at is not None:
        return act
    if from_id is not None and not hold_active(session, {from_id}):
        raise NobodyThere
    act.undone_at, act.undone_by = now, actor.id
    if from_id is not None:
        _leave_out_of_reach(session, act.id, from_id)
    for thing, to_id, items in queries.items_by_person(session, act.id):
        ids = [one for _row, one in items]
        if thing is Thing.COMPLAINT and from_id is not None:
            ends = {"old": to_id, "new": from_id}
            back = complaints.hand_back(session, ids, **ends, actor=actor, now=now)
        else:
            back = _RETURN[thing](session, ids, old=to_id, new=from_id)
        _mark(session, [row_id for row_id, one in items if one in back], Back.RETURNED)
        _mark(session, [row_id for row_id, one in items if one not in back], Back.CHANGED)
    return act


def _leave_out_of_reach(session: Session, hand_over_id: int, from_id: int) -> None:
    """What is of a store that she no longer sees stays with who has it."""
    her = actor_of_staff(session, from_id)
    if her is not None and her.store_ids is not None:
        rows = queries.out_of_reach(session, hand_over_id, her.store_ids)
        _mark(session, rows, Back.OUT_OF_REACH)


def _return_tasks(session: Session, member_ids: Sequence[int], *, old: int, new: int) -> set[int]:
    """A task goes with its follow-up: done meanwhile, it stays with who did it."""
    waiting = follow_ups_of_tasks(session, member_ids)
    went = reassign_follow_ups(session, list(waiting.values()), old=old, new=new)
    free = [one for one in member_ids if one not in waiting or waiting[one] in went]
    return reassign_tasks(session, free, old=old, new=new)


_RETURN: Mapping[Thing, Callable[..., set[int]]] = {
    Thing.CONTACT: reassign_contacts,
    Thing.FOLLOW_UP: reassign_follow_ups,
    Thing.TASK: _return_tasks,
    Thing.GROUP: reassign_groups,
}


def _mark(session: Session, row_ids: Sequence[int], back: Back) -> None:
    for start in range(0, len(row_ids), 500):
        some = HandOverItem.id.in_(row_ids[start : start + 500])
        session.execute(
            update(HandOverItem)
            .where(some)
            .values(back=back)
            .execution_options(synchronize_session=False)
        )
