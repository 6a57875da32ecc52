"""The steps towards the end of a case, and which of them are done."""

from dataclasses import dataclass

from crm.complaints.rules.clocks import Clock
from crm.complaints.rules.projection import Projection
from crm.complaints.rules.words import ClockKind, State

_ENDED = frozenset({State.RESOLVED, State.CLOSED})


@dataclass(frozen=True)
class Step:
    """One box of the list; `done` of `of` where it is counted."""

    key: str
    is_done: bool
    done: int = 0
    of: int = 0


@dataclass(frozen=True)
class Telling:
    """How many of the onlookers who are told one by one were told."""

    done: int = 0
    of: int = 0


def steps_to_close(case: Projection, telling: Telling, *, has_cause: bool) -> list[Step]:
    """Answered, done, confirmed; in public the outcome posted and loyal onlookers told; the cause.

    The first ones close the case; who was told and the cause may follow after it.
    """
    is_ended = case.state in _ENDED
    is_done = (is_ended or case.offered_at is not None) and not open_tasks(case)
    steps = [
        Step("answered", is_ended or not case.owes_answer),
        Step("done", is_done),
        Step("confirmed", is_ended),
    ]
    if case.is_public:
        steps.append(Step("posted", case.state is State.CLOSED))
    if telling.of:
        steps.append(Step("told", telling.done >= telling.of, telling.done, telling.of))
    return [*steps, Step("cause", has_cause)]


def open_tasks(case: Projection) -> list[Clock]:
    """What was promised to the customer with a date and is not done yet, due first."""
    tasks = (c for c in case.clocks if c.kind is ClockKind.PROMISE and c.held_before is None)
    return sorted((c for c in tasks if c.is_unmet), key=lambda clock: clock.due_at)
