"""One person's names go out of what albums are called."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.albums import queries
from crm.albums.rules import NAME_MAX
from crm.albums.service.making import note
from crm.groups.service.forgetting import WORDS_MIN, without


@dataclass(frozen=True, slots=True)
class Known:
    """By what an album may name her; `of_others` says which covers are also other people's."""

    names: Collection[str]
    covers: Collection[str]
    of_others: Callable[[Collection[str]], Collection[str]]


def forget_person(
    session: Session,
    store_ids: Collection[int],
    known: Known,
    pseudonym: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Call her by a pseudonym in the names of her stores' albums, also of removed ones.

    What another store calls its albums is about somebody or something else.
    """
    names = {name for name in known.names if len(name) >= WORDS_MIN}
    albums = queries.albums_that_name(session, names | set(known.covers), store_ids)
    covers = {cover for cover in known.covers if any(cover in album.name for album in albums)}
    names |= covers.difference(known.of_others(covers)) if covers else covers
    for album in albums:
        name = without(album.name, names, pseudonym)[:NAME_MAX]
        if album.name != name:
            album.name = name
            note(session, album, "renamed", actor=actor, now=now)
