"""Why two contacts may be one person. A reason is shown, never acted on by itself. Pure."""

import enum
import unicodedata
from dataclasses import dataclass

from crm.contacts.rules import fold

COMMON = 5
"""What more people than this share says nothing about any two of them."""
HINT_DIGITS = 7
"""Digits that a masked number must show before it says anything."""


class Likeness(enum.StrEnum):
    """In the order in which they are named; the first says most."""

    NUMBER = "number"
    NICKNAME = "nickname"
    RECIPIENT = "recipient"
    NAME_TAIL = "name_tail"
    NAME_STORE = "name_store"


Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Alike:
    """Two contacts who look like one person, and why."""

    first_id: int
    second_id: int
    reasons: tuple[Likeness, ...]


def spellings(name: str) -> set[str]:
    """Return how else a name may have been typed, so that an exact index finds it."""
    plain = unicodedata.normalize("NFKC", name)
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in plain)
    typed = {plain, wide, fold(name), plain.upper(), plain.lower(), plain.title()}
    return {one for one in typed if one and one != name and fold(one) == fold(name)}


def says_enough(hint: str | None) -> bool:
    """Say whether a masked number shows enough digits to point at one person."""
    return sum(letter.isdigit() for letter in hint or "") >= HINT_DIGITS
