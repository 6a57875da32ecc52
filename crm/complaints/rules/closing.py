"""The steps towards the end of a case, and which of them are done."""

from crm.complaints.rules.projection import Projection
from crm.complaints.rules.words import State

_ENDED = frozenset({State.RESOLVED, State.CLOSED})


def steps_to_close(case: Projection) -> list[tuple[str, bool]]:
    """Answered, offered, confirmed, and in public the outcome posted."""
    is_ended = case.state in _ENDED
    steps = [
        ("answered", is_ended or not case.owes_answer),
        ("offered", is_ended or case.offered_at is not None),
        ("confirmed", is_ended),
    ]
    if case.is_public:
        steps.append(("posted", case.state is State.CLOSED))
    return steps
