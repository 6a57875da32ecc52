"""One person's names go out of what albums are called."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.albums import queries
from crm.albums.rules import NAME_MAX
from crm.albums.service.making import note
from crm.groups.service.forgetting import WORDS_MIN, without


def forget_person(
    session: Session,
    store_ids: Collection[int],
    called: Collection[str],
    pseudonym: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Call her by a pseudonym in the names of her stores' albums, also of removed ones.

    `called` are her names and her covered numbers. What another store calls its albums is about
    somebody or something else.
    """
    names = {name for name in called if len(name) >= WORDS_MIN}
    for album in queries.albums_that_name(session, names, store_ids):
        name = without(album.name, names, pseudonym)[:NAME_MAX]
        if album.name != name:
            album.name = name
            note(session, album, "renamed", actor=actor, now=now)
