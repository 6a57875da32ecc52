"""Somebody leaves, or passes her book on: everything she has in hand, in one transaction.

Complaints never wait for a successor, contacts may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from crm.accounts import service as accounts
from crm.accounts.queries import hold_active, staff_to_end
from crm.accounts.rules import Actor
from crm.attention import queries as attention
from crm.attention.service import reassign as reassign_follow_ups
from crm.audit.service import record
from crm.campaigns import queries as campaigns
from crm.campaigns.service import reassign as reassign_tasks
from crm.complaints import service as complaints
from crm.complaints.queries.leaving import stores_out_of_reach
from crm.contacts import queries as contacts
from crm.contacts.service import reassign as reassign_contacts
from crm.groups import queries as groups
from crm.groups.service import reassign as reassign_groups
from crm.lifecycle.models import HandOver, HandOverItem
from crm.lifecycle.queries import leaving as queries
from crm.lifecycle.rules.leaving import Heirs, NobodyThere, Obstacle, Rights, Thing, Wish
from crm.stores import service as stores

Outcome = int | Obstacle
_INSERT = 2_000


def end_access(
    session: Session, staff_id: int, wish: Wish | None, *, actor: Actor, now: datetime
) -> HandOver:
    """End a person's access; complaints find new owners at once, her book waits without a wish.

    The same again returns the first. Raises NoResultFound, LastOwner, OwnSelf, NobodyThere.
    """
    staff = staff_to_end(session, staff_id)
    if staff.disabled_at is not None:
        return queries.last_leaving(session, staff_id)
    accounts.disable(session, staff, actor=actor, now=now)
    session.flush()  # from here on nobody finds her among those who are here
    stores.leave_plan(session, staff_id, actor=actor, now=now)
    act = begin(session, staff_id, is_leaving=True, actor=actor, now=now)
    heirs = None if wish is None else _heirs(session, staff_id, wish)

    def successor(store_id: int) -> int:
        found = Obstacle.NOT_CHOSEN if heirs is None else heirs.of(store_id)
        if isinstance(found, Obstacle):
            return complaints.on_duty(session, store_id, now=now)
        return found

    _pass_complaints(session, act, staff_id, successor, actor=actor, now=now)
    complaints.tell_others(session, staff_id, now=now)
    if heirs is not None:
        _pass_book(session, act, staff_id, heirs)
    return act


def let_in_again(session: Session, staff_id: int, *, actor: Actor, now: datetime) -> None:
    """Give a person access again; her shifts come back, what others took over stays theirs."""
    staff = staff_to_end(session, staff_id)
    if staff.disabled_at is not None:
        stores.return_to_plan(session, staff_id, staff.disabled_at, actor=actor, now=now)
        accounts.enable(session, staff, actor=actor, now=now)


def hand_over(
    session: Session, staff_id: int, wish: Wish, *, actor: Actor, now: datetime
) -> HandOver:
    """Pass a person's book on: contacts, follow-ups, tasks, complaints, groups.

    With nothing left to pass on it returns her last hand-over. Raises NoResultFound, NobodyThere.
    """
    staff_to_end(session, staff_id)
    heirs = _heirs(session, staff_id, wish)
    act = begin(session, staff_id, actor=actor, now=now)

    def successor(store_id: int) -> int | None:
        found = heirs.of(store_id)
        return None if isinstance(found, Obstacle) else found

    _pass_complaints(session, act, staff_id, successor, actor=actor, now=now)
    _pass_book(session, act, staff_id, heirs)
    return act


def _heirs(session: Session, staff_id: int, wish: Wish) -> Heirs:
    """Return who takes over; whoever is named is here and stays so until this is written."""
    stores_here = queries.stores_with_people(session, without=staff_id)
    keepers = {store_id: people.keepers for store_id, people in stores_here.items()}
    everybody = set[int]().union(*keepers.values(), wish.people())
    here = hold_active(session, everybody - {staff_id})
    if not wish.people() <= here:
        raise NobodyThere
    return Heirs(
        wish,
        {store_id: [one for one in people if one in here] for store_id, people in keepers.items()},
        {store_id: people.all for store_id, people in stores_here.items()},
    )


def change_rights(
    session: Session, staff_id: int, wish: Rights, *, actor: Actor, now: datetime
) -> HandOver | None:
    """Give a person a role and her stores; complaints she no longer sees find somebody at once.

    Returns what came of them, None where there were none. Raises NoResultFound, LastOwner.
    """
    staff = staff_to_end(session, staff_id)
    accounts.change_role(session, staff, wish.role, wish.store_ids, actor=actor, now=now)
    session.flush()  # from here on nobody finds her in the stores she had
    complaints.tell_others(session, staff_id, now=now)
    lost = stores_out_of_reach(session, staff_id)
    if not lost:
        return None
    act = begin(session, staff_id, actor=actor, now=now)

    def successor(store_id: int) -> int | None:
        return complaints.on_duty(session, store_id, now=now) if store_id in lost else None

    passed = complaints.hand_over_all(session, staff_id, successor, actor=actor, now=now)
    note(session, act, Thing.COMPLAINT, {one: to for one, to in passed.items() if to is not None})
    return act


def begin(
    session: Session, staff_id: int, *, is_leaving: bool = False, actor: Actor, now: datetime
) -> HandOver:
    """Open a hand-over of a person's book."""
    act = HandOver(from_id=staff_id, is_leaving=is_leaving, handed_at=now, handed_by=actor.id)
    session.add(act)
    session.flush()  # its things name it by id
    record(
        session,
        "staff.handed_over",
        subject=f"staff:{staff_id}",
        actor=actor,
        now=now,
        after={"hand_over": act.id},
    )
    return act


def _pass_complaints(
    session: Session,
    act: HandOver,
    staff_id: int,
    successor: Callable[[int], int | None],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    passed = complaints.hand_over_all(session, staff_id, successor, actor=actor, now=now)
    note(
        session,
        act,
        Thing.COMPLAINT,
        {one: Obstacle.NOT_CHOSEN if to is None else to for one, to in passed.items()},
    )


def _pass_book(session: Session, act: HandOver, staff_id: int, heirs: Heirs) -> None:
    """Contacts first: what is to be done for one of them goes where she goes."""
    book = contacts.book_of(session, staff_id)
    people = {one: heirs.of(store_id) for one, store_id in book.items()}
    give(session, act, Thing.CONTACT, people)

    def of(row: Any) -> Outcome:
        return people[row.contact_id] if row.contact_id in people else heirs.of(row.store_id)

    tasks = campaigns.open_tasks_of(session, staff_id)
    waiting = attention.open_follow_ups_of(session, staff_id)
    give_work(session, act, tasks, waiting, of)
    owned = groups.groups_owned_by(session, staff_id)
    give(session, act, Thing.GROUP, {one: heirs.of(store) for one, store in owned.items()})


def give_work(
    session: Session,
    act: HandOver,
    tasks: Sequence[Any],
    waiting: Iterable[Any],
    of: Callable[[Any], Outcome],
) -> None:
    """Pass tasks of lists on with their follow-ups, and follow-ups that stand alone."""
    with_task = {task.follow_up_id for task in tasks}
    given = {task.id: of(task) for task in tasks}
    give(session, act, Thing.TASK, given)
    if act.from_id is not None:
        _give_follow_ups_of_tasks(session, act.from_id, tasks, given)
    alone = {row.id: of(row) for row in waiting if row.id not in with_task}
    give(session, act, Thing.FOLLOW_UP, alone)


_REASSIGN: Mapping[Thing, Callable[..., set[int]]] = {
    Thing.CONTACT: reassign_contacts,
    Thing.TASK: reassign_tasks,
    Thing.FOLLOW_UP: reassign_follow_ups,
    Thing.GROUP: reassign_groups,
}


def give(session: Session, act: HandOver, thing: Thing, outcomes: Mapping[int, Outcome]) -> None:
    """Reassign what somebody takes over, and note what came of each."""
    for to_id, some in by_person(outcomes).items():
        _REASSIGN[thing](session, some, old=act.from_id, new=to_id)
    note(session, act, thing, outcomes)


def _give_follow_ups_of_tasks(
    session: Session, from_id: int, tasks: Iterable[Any], outcomes: Mapping[int, Outcome]
) -> None:
    given = {task.follow_up_id: outcomes[task.id] for task in tasks if task.follow_up_id}
    for to_id, some in by_person(given).items():
        reassign_follow_ups(session, some, old=from_id, new=to_id)


def by_person(outcomes: Mapping[int, Outcome]) -> dict[int, Sequence[int]]:
    """Return what each person takes over."""
    found: dict[int, list[int]] = {}
    for subject_id, outcome in outcomes.items():
        if not isinstance(outcome, Obstacle):
            found.setdefault(outcome, []).append(subject_id)
    return dict(found)


def note(session: Session, act: HandOver, thing: Thing, outcomes: Mapping[int, Outcome]) -> None:
    """Write down what came of each thing of a hand-over."""
    rows = [
        {
            "hand_over_id": act.id,
            "thing": thing,
            "subject_id": subject_id,
            "to_id": None if isinstance(outcome, Obstacle) else outcome,
            "obstacle": outcome if isinstance(outcome, Obstacle) else None,
            "back": None,
        }
        for subject_id, outcome in outcomes.items()
    ]
    for start in range(0, len(rows), _INSERT):
        session.execute(insert(HandOverItem), rows[start : start + _INSERT])
