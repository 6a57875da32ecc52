"""One person's places on lists pass to another contact, and back.

Where both are on a list, the row of the merged-away one stays with her and counts no more: what
the other one's row said before is kept, so that it can be said again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, update
from sqlalchemy.orm import Session

from crm.attention.service import cancel_follow_ups, reopen_follow_ups
from crm.campaigns import queries
from crm.campaigns.models import CampaignMember
from crm.campaigns.rules import Reason, Seat, seat_of
from crm.db import plain, repoint, repoint_back, typed

HERS = (CampaignMember.contact_id,)
_MEMBERS = cast("Table", CampaignMember.__table__)
_PLACE = ("arm", "reason", "reason_until", "assignee_id", "planned_on", "window_ends_on")
_NOWHERE: dict[str, Any] = dict.fromkeys(_PLACE) | {"reason": Reason.IN_BOTH_ARMS, "task_key": None}


def move_person(session: Session, old: int, new: int, *, now: datetime) -> dict[str, Any]:
    """Let `new` stand on the lists of `old`, once on each; one task a list is left."""
    twice = queries.on_list_twice(session, old, new)
    before = [_take_place(session, own, other) for own, other in twice]
    moved = repoint(session, HERS, old, new, but=[other.id for _own, other in twice])
    return {
        **moved,
        "before": [row for rows in before for row in rows],
        "cancelled": cancel_follow_ups(session, _spare_tasks(twice), now=now),
    }


def return_person(
    session: Session, moved: dict[str, Any], old: int, new: int, *, merged_at: datetime
) -> None:
    """Undo `move_person`; lists that `new` came onto since stay hers."""
    repoint_back(session, HERS, moved, old, new)
    rows = [typed(_MEMBERS, row) for row in moved["before"]]
    # A task's key is unique: first nobody has it.
    _write(session, [{"id": row["id"], "task_key": None} for row in rows])
    _write(session, rows)
    reopen_follow_ups(session, moved["cancelled"], cancelled_at=merged_at)


def _take_place(session: Session, own: Any, other: Any) -> list[dict[str, Any]]:
    """Write the one place of both into the own row; return what both rows said before."""
    seat = seat_of(own.arm, other.arm)
    if seat is Seat.OWN:
        return []
    taken = {name: getattr(other, name) for name in _PLACE}
    if seat is Seat.NEITHER:
        taken = _NOWHERE | {"assignee_id": own.assignee_id}
    else:
        _write(session, [{"id": other.id, "task_key": None}])
        taken["task_key"] = other.task_key
    _write(session, [{"id": own.id, **taken}])
    said = ("id", *_PLACE, "task_key")
    return [plain(_MEMBERS, {name: getattr(row, name) for name in said}) for row in (own, other)]


def _spare_tasks(twice: Sequence[tuple[Any, Any]]) -> list[str]:
    """Return the tasks that nobody is to do any more."""
    spare = []
    for own, other in twice:
        seat = seat_of(own.arm, other.arm)
        if seat is not Seat.OTHER:
            spare.append(other.task_key)
        if seat is not Seat.OWN:
            spare.append(own.task_key)
    return [key for key in spare if key is not None]


def _write(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        values = {name: value for name, value in row.items() if name != "id"}
        session.execute(update(_MEMBERS).where(_MEMBERS.c.id == row["id"]).values(**values))
