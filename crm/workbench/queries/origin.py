"""Where somebody came from, which steps followed, and on which grounds she is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.attention.rules import is_theirs, may_change
from crm.contacts.rules import BACK_WITHIN, TAPPED_STEPS, ConsentBasis, MoveStep
from crm.groups.rules import mask_phones
from crm.lifecycle.queries.moves import Step, steps_of
from crm.lifecycle.queries.timeline import Ledger
from crm.workbench.queries.timeline import came_from


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One move, in words."""

    words: str
    detail: str
    at: datetime
    staff_name: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step since: when, or whether one tap may say it."""

    step: MoveStep
    at: datetime | None
    may_tap: bool
    undo_id: int | None


@dataclass(frozen=True, slots=True)
class GroundLine:
    """One ground on which she is or was kept."""

    id: int
    basis: ConsentBasis
    note: str
    given_at: datetime
    staff_name: str
    withdrawn_at: datetime | None
    may_restore: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """The move ledger of one person."""

    moves: list[MoveLine]
    steps: list[StepLine]
    grounds: list[GroundLine]


def origin(session: Session, few: Ledger, actor: Actor, *, now: datetime) -> Origin:
    """Return the ledger of one person, as this member of staff may change it."""
    taps = {row.step: row for row in few.taps}
    return Origin(
        [
            MoveLine(came_from(row), mask_phones(row.detail), row.moved_at, row.staff_name or "")
            for row in few.moves
        ],
        [
            _step(step, taps.get(step.step), actor, now)
            for step in steps_of(session, few.contact_id)
        ],
        [_ground(row, now) for row in few.grounds],
    )


def _step(one: Step, tap: Any, actor: Actor, now: datetime) -> StepLine:
    mine = tap and may_change(tap.taken_at, now) and is_theirs(actor, tap.recorded_by)
    may_tap = one.at is None and one.step in TAPPED_STEPS
    return StepLine(one.step, one.at, may_tap, tap.id if tap and mine else None)


def _ground(row: Any, now: datetime) -> GroundLine:
    ended_at = row.withdrawn_at
    return GroundLine(
        id=row.id,
        basis=row.basis,
        note=mask_phones(row.note),
        given_at=row.given_at,
        staff_name=row.staff_name or "",
        withdrawn_at=ended_at,
        may_restore=ended_at is not None and now - ended_at <= BACK_WITHIN,
    )
