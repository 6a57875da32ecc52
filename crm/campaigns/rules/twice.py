"""A person who is on one list twice, because she was two contacts when it was drawn up.

By intention to treat everybody counts once, in the arm of her draw. Who was drawn into both arms
was written to and held out at once: she is evidence for neither, and is left out of both.
"""

import enum

from crm.campaigns.rules.plan import Arm


class Seat(enum.Enum):
    """Which of her two places she keeps."""

    OWN = "own"
    OTHER = "other"
    NEITHER = "neither"


def seat_of(own: Arm | None, other: Arm | None) -> Seat:
    """Return her place from both draws; None is somebody who was left out before the draw."""
    if own is None and other is not None:
        return Seat.OTHER
    return Seat.OWN if other in {None, own} else Seat.NEITHER
