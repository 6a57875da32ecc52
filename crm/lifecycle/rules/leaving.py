"""Who takes over from somebody who leaves, and what came of each thing that was handed over. Pure.

A store's things go to one person of that store, or in turn to all who keep a book there.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle

from crm.accounts.rules import Actor, Role
from crm.attention.rules import is_theirs, may_change


class Thing(enum.Enum):
    """What can be handed over."""

    CONTACT = "contact"
    FOLLOW_UP = "follow_up"
    TASK = "task"
    COMPLAINT = "complaint"
    GROUP = "group"


class Obstacle(enum.Enum):
    """Why something stayed where it was."""

    NOT_CHOSEN = "not_chosen"
    NOT_HERE = "not_here"


class Way(enum.Enum):
    """How a book is handed over."""

    ONE = "one"
    SPREAD = "spread"


class Back(enum.Enum):
    """What came of taking a hand-over back, for one thing of it."""

    RETURNED = "returned"
    CHANGED = "changed"
    OUT_OF_REACH = "out_of_reach"
    """Its store is not among those of who handed it over, by now."""


class NobodyThere(Exception):
    """Nobody who may take over was chosen."""


class OutOfReach(NobodyThere):
    """Who looked after the contact does not work in her store any more."""


class NotYourAct(Exception):
    """Somebody else handed the contact on; leads and owners may take back any."""


class TooOldAct(Exception):
    """It was more than a day ago."""


class HandedSince(Exception):
    """Somebody else looks after the contact by now, or nobody; she does not come back."""


@dataclass(frozen=True)
class HandedOn:
    """How a contact came to who looks after her."""

    id: int
    handed_at: datetime
    handed_by: int
    by_name: str
    from_name: str | None
    to_id: int
    to_name: str


def may_take_back(last: HandedOn | None, owner_id: int | None, actor: Actor, now: datetime) -> bool:
    """Say whether a contact of this owner may still be given back to who looked after her."""
    if last is None or last.to_id != owner_id:
        return False
    return is_theirs(actor, last.handed_by) and may_change(last.handed_at, now)


@dataclass(frozen=True)
class Wish:
    """Who shall take over: one person for all, or for each store one or everybody in turn.

    A store that is not named is left as it is.
    """

    everything: int | None = None
    by_store: Mapping[int, int | None] = field(default_factory=dict)
    """The person of each store; None for all of them in turn."""

    def people(self) -> set[int]:
        """Return whoever is named."""
        return {one for one in (self.everything, *self.by_store.values()) if one is not None}


@dataclass(frozen=True)
class Rights:
    """What a member of staff may do, and in which stores; a role that sees all needs none."""

    role: Role
    store_ids: frozenset[int]


class Heirs:
    """Who takes over what, one thing after the other."""

    def __init__(
        self, wish: Wish, here: Mapping[int, Sequence[int]], see: Mapping[int, set[int]]
    ) -> None:
        """`here` are the keepers of each store, `see` everybody who may see it."""
        self._wish, self._see = wish, see
        self._turns = {store: cycle(people) for store, people in here.items() if people}

    def of(self, store_id: int) -> int | Obstacle:
        """Return who takes over the next thing of this store, or why nobody does."""
        wanted = self._wish.everything
        if wanted is None:
            if store_id not in self._wish.by_store:
                return Obstacle.NOT_CHOSEN
            wanted = self._wish.by_store[store_id]
        if wanted is None:
            turn = self._turns.get(store_id)
            return Obstacle.NOT_HERE if turn is None else next(turn)
        return wanted if wanted in self._see.get(store_id, ()) else Obstacle.NOT_HERE
