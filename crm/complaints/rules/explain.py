"""Why a deadline is when it is: what was counted, what was skipped, where it stood still."""

import enum
from dataclasses import dataclass
from datetime import datetime

from crm.complaints.rules.clocks import Clock


class StretchKind(enum.Enum):
    """What a stretch of time did to a clock."""

    COUNTED = "counted"
    SKIPPED = "skipped"
    PAUSED = "paused"


@dataclass(frozen=True)
class Stretch:
    """A stretch between start and deadline."""

    kind: StretchKind
    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


def explain(clock: Clock) -> tuple[Stretch, ...]:
    """From start to deadline without gaps; unless it was moved, what counts is the target."""
    basis = clock.deadlines[-1].basis
    found: list[Stretch] = []
    runs = clock.running_spans()
    for (start, end), pause in zip(runs, [*clock.pauses, None], strict=True):
        for span in clock.calendars.spans(basis, start, end):
            kind = StretchKind.COUNTED if span.counted else StretchKind.SKIPPED
            found.append(Stretch(kind, span.start, span.end))
        if pause is not None:
            found.append(Stretch(StretchKind.PAUSED, *pause))
    return tuple(found)
