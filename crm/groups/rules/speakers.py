"""Who is behind a name: first what the group knows, then the shop; two people are a question."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass


class MatchState(enum.StrEnum):
    """How sure the match is."""

    KNOWN = "known"
    MATCHED = "matched"
    ASK = "ask"
    NEW = "new"


@dataclass(frozen=True)
class Known:
    """A member as the group knows her; `confirmed` once a person said who she is."""

    member_id: int
    contact_id: int | None = None
    staff_id: int | None = None
    confirmed: bool = False


@dataclass(frozen=True)
class Candidate:
    """Somebody outside the group whose name is this one: a contact or a member of staff."""

    contact_id: int | None = None
    staff_id: int | None = None


@dataclass(frozen=True)
class Match:
    """The finding for one name. ASK carries the candidates, in the order given."""

    state: MatchState
    member_id: int | None = None
    contact_id: int | None = None
    staff_id: int | None = None
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class Pick:
    """The answer of a person to "who is it?". Neither id: a customer without an entry."""

    contact_id: int | None = None
    staff_id: int | None = None
    sure: bool = True
    """A person said so; False where one name fitted and nobody was asked."""


def match(known: Sequence[Known], candidates: Sequence[Candidate]) -> Match:
    """Find who speaks. Twins in the group, and two people of one name outside, are asked for."""
    if len(known) > 1:
        return Match(MatchState.ASK, candidates=tuple(_as_candidate(one) for one in known))
    if known and (known[0].confirmed or known[0].contact_id or known[0].staff_id):
        one = known[0]
        return Match(MatchState.KNOWN, one.member_id, one.contact_id, one.staff_id)
    member_id = known[0].member_id if known else None
    unique = tuple(dict.fromkeys(candidates))
    if len(unique) > 1:
        return Match(MatchState.ASK, member_id, candidates=unique)
    if unique:
        found = unique[0]
        return Match(MatchState.MATCHED, member_id, found.contact_id, found.staff_id)
    return Match(MatchState.NEW, member_id)


def _as_candidate(known: Known) -> Candidate:
    return Candidate(known.contact_id, known.staff_id)
