"""Add and remove the shop's own words. Undo instead of a question: a removed word comes back."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.claims import queries
from crm.claims.models import ShopWord
from crm.claims.rules import NewWord, WordKnown, normalise


def add_word(session: Session, command: NewWord, *, actor: Actor, now: datetime) -> ShopWord:
    """Adds a word. Raises WordKnown where the same word, in any spelling, is there already."""
    word = ShopWord(
        word=command.word,
        word_read=normalise(command.word).text,
        level=command.level,
        advice=command.advice,
        added_by=actor.id,
        added_at=now,
    )
    _write(session, word)
    record(session, "shop_word.added", subject=f"shop_word:{word.id}", actor=actor, now=now)
    return word


def remove_word(session: Session, word_id: int, *, actor: Actor, now: datetime) -> ShopWord:
    word = queries.shop_word(session, word_id)
    word.removed_at = word.removed_at or now
    record(session, "shop_word.removed", subject=f"shop_word:{word.id}", actor=actor, now=now)
    return word


def restore_word(session: Session, word_id: int, *, actor: Actor, now: datetime) -> ShopWord:
    """Takes a removal back. Raises WordKnown where the word was added anew meanwhile."""
    word = queries.shop_word(session, word_id)
    word.removed_at = None
    _write(session, word)
    record(session, "shop_word.restored", subject=f"shop_word:{word.id}", actor=actor, now=now)
    return word


def _write(session: Session, word: ShopWord) -> None:
    try:
        with session.begin_nested():
            session.add(word)
            session.flush()  # the unique index decides, also between two people
    except IntegrityError as error:
        raise WordKnown(word.word) from error
