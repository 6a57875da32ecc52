"""One person's names and words go out of every chat; who else spoke, and when, stays."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from crm.groups.queries import forgetting as queries

WORDS_MIN = 2
"""A name of one sign is part of too many words to be looked for in them."""
QUOTED_MIN = 6
"""What is shorter everybody says: only a quote of the very same words is one of hers."""


@dataclass(frozen=True)
class Spoken:
    """What went: her names and words in each group, and the lines that were hers."""

    names: dict[int, set[str]] = field(default_factory=dict)
    words: dict[int, set[str]] = field(default_factory=dict)
    message_ids: set[int] = field(default_factory=set)


def forget_person(
    session: Session, contact_ids: Collection[int], called: Collection[str], pseudonym: str
) -> Spoken:
    """Call her by a pseudonym in every group; empty what she said and where others quote it."""
    spoken = Spoken()
    members = queries.members_of_contacts(session, contact_ids)
    for member in members:
        spoken.names.setdefault(member.group_id, set(called)).add(member.nickname)
    hers = queries.lines_of(session, members)
    for line in hers:
        spoken.words.setdefault(line.group_id, set()).add(line.text)
        spoken.message_ids.add(line.id)
        line.sender, line.text, line.quote = pseudonym, "", ""
    for member in members:
        member.nickname = pseudonym
    for group_id, names in spoken.names.items():
        _in_others_lines(session, group_id, names, spoken.words.get(group_id, set()), pseudonym)
    return spoken


def _in_others_lines(
    session: Session, group_id: int, names: Iterable[str], words: Collection[str], pseudonym: str
) -> None:
    long_names = {name for name in names if len(name) >= WORDS_MIN}
    for line in queries.lines_that_name(session, group_id, long_names):
        line.text = without(line.text, long_names, pseudonym)
        line.quote = without(line.quote, long_names, pseudonym)
    said = {one for one in words if len(one) >= WORDS_MIN}
    for line in queries.quoting_lines(session, group_id) if said else ():
        if _is_of(line.quote, said):
            line.quote = ""


def _is_of(quote: str, said: Iterable[str]) -> bool:
    """Say whether a quote, whole or cut short, is of something she said."""
    begun = quote.rstrip("…. ")
    return any(
        one == quote
        or (len(one) >= QUOTED_MIN and one in quote)
        or (len(begun) >= QUOTED_MIN and begun in one)
        for one in said
    )


def without(text: str, names: Iterable[str], pseudonym: str) -> str:
    """Return a text with a pseudonym in the place of these names, long ones first."""
    for name in sorted(names, key=len, reverse=True):
        if len(name) >= WORDS_MIN:
            text = text.replace(name, pseudonym)
    return text
