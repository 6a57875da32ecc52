"""The day's plan: whom each member of staff is to contact, and why."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.queries import staff_of_store
from crm.accounts.rules import Role
from crm.attention import queries, service
from crm.attention.rules import PLAN_A_DAY, FollowUpReason, NewFollowUp
from crm.db import transaction
from crm.i18n import fmt
from crm.orders.queries import LastOrder, last_orders

LOOK_AT = 500
"""Candidates a run; the most valuable come first, so later ones would find no room."""


def plan_day(factory: sessionmaker[Session], *, now: datetime) -> int:
    """Plan who is due or new, up to a few people a member of staff; returns how many are new.

    Runs often and does nothing the second time: today's room is counted from what is planned, and
    one purchase makes at most one plan.
    """
    with transaction(factory) as session:
        room = _Room(session, now=now)
        due = queries.due_buyers(session, now=now, most=LOOK_AT)
        bought = last_orders(session, [row.id for row in due])
        greeted = queries.ungreeted(session, now=now, most=LOOK_AT)
        plan = [
            *(_repurchase(row, bought.get(row.id), staff, now) for row, staff in room.take(due)),
            *(_greeting(row, staff, now) for row, staff in room.take(greeted)),
        ]
        return service.add_follow_ups(session, plan, now=now)


class _Room:
    """Who still has room today, and who looks after whom."""

    def __init__(self, session: Session, *, now: datetime) -> None:
        self.session = session
        self.planned = Counter(queries.planned_counts(session, now=now))
        self.people: dict[int, tuple[set[int], int | None]] = {}

    def take(self, rows: Iterable[Any]) -> Iterable[tuple[Any, int]]:
        for row in rows:
            here, manager = self._of_store(row.store_id)
            # Who has moved to another store would not see her.
            staff_id = row.owner_id if row.owner_id in here else manager
            if staff_id is not None and self.planned[staff_id] < PLAN_A_DAY:
                self.planned[staff_id] += 1
                yield row, staff_id

    def _of_store(self, store_id: int) -> tuple[set[int], int | None]:
        """Return who sees a store, and its first manager."""
        if store_id not in self.people:
            managers = staff_of_store(self.session, store_id, frozenset({Role.MANAGER}))
            here = set(staff_of_store(self.session, store_id))
            self.people[store_id] = here, (managers[0] if managers else None)
        return self.people[store_id]


def _repurchase(row: Any, bought: LastOrder | None, staff_id: int, now: datetime) -> NewFollowUp:
    return NewFollowUp(
        contact_id=row.id,
        staff_id=staff_id,
        due_on=fmt.local(now).date(),
        reason=FollowUpReason.REPURCHASE,
        dedupe_key=f"due:{row.id}:{row.last_on}",
        words={
            "product": bought.product if bought else "",
            "last_on": row.last_on.isoformat(),
            "interval": round(row.median_gap_days or 0),
        },
    )


def _greeting(row: Any, staff_id: int, now: datetime) -> NewFollowUp:
    return NewFollowUp(
        contact_id=row.id,
        staff_id=staff_id,
        due_on=fmt.local(now).date(),
        reason=FollowUpReason.GREETING,
        dedupe_key=f"greet:{row.id}",
        words={"added_on": fmt.local(row.created_at).date().isoformat()},
    )
