"""What the shop taught the complaint scorer, and which lines are asked about today."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, func, select, true
from sqlalchemy.orm import Session, undefer

from crm.complaints.models import (
    Complaint,
    ComplaintWord,
    DetectionSetting,
    ScorerModel,
    Suspicion,
    SuspicionTap,
)
from crm.complaints.rules.learning import ASKS, TappedLine, cold_start
from crm.complaints.rules.scorer import is_scored
from crm.complaints.rules.words import SuspicionState
from crm.groups.models import ChatGroup, GroupMessage, UnansweredItem
from crm.groups.rules import ItemState


@dataclass(frozen=True)
class Taught:
    """What a shop's scorer is made of, without the tables: small enough to read for every batch."""

    model_id: int | None
    digest: str
    ask: float | None
    opening: float | None
    added: tuple[str, ...]
    left_out: tuple[str, ...]


class Tapped(NamedTuple):
    """How many lines people said are complaints, and how many are none."""

    complaints: int
    others: int


_USED = (
    select(ScorerModel.id, ScorerModel.digest, ScorerModel.ask, ScorerModel.opening)
    .where(ScorerModel.digest != "")
    .order_by(ScorerModel.id.desc())
    .limit(1)
)
_WORDS = (
    select(ComplaintWord.word, ComplaintWord.is_added)
    .where(ComplaintWord.ended_at.is_(None))
    .order_by(ComplaintWord.id)
)
_WORD_THAT_COUNTS = select(
    SuspicionTap.message_id,
    SuspicionTap.is_complaint,
    func.min(SuspicionTap.id).over(partition_by=SuspicionTap.message_id).label("first_tap_id"),
    func.row_number()
    .over(
        partition_by=SuspicionTap.message_id,
        order_by=(SuspicionTap.by_lead.desc(), SuspicionTap.id.desc()),
    )
    .label("place"),
).subquery()
"""The latest of a lead, else the latest, is in the first place."""
_ASKS = select(DetectionSetting.asks_per_day)
_EXISTS = (GroupMessage.hidden_at.is_(None), GroupMessage.text != "")


def taught(session: Session) -> Taught:
    """Return what the shop's scorer is made of."""
    words = session.execute(_WORDS).all()
    model = session.execute(_USED).one_or_none()
    return Taught(
        model.id if model else None,
        model.digest if model else "",
        model.ask if model else None,
        model.opening if model else None,
        tuple(row.word for row in words if row.is_added),
        tuple(row.word for row in words if not row.is_added),
    )


def model_with_tables(session: Session, model_id: int) -> ScorerModel:
    """Return a model and its tables. Raises NoResultFound."""
    tables = undefer(ScorerModel.chat), undefer(ScorerModel.layer)
    return session.scalars(
        select(ScorerModel).where(ScorerModel.id == model_id).options(*tables)
    ).one()


def used_model(session: Session) -> ScorerModel | None:
    """Return the model that scores, or nothing where the shipped weights do."""
    return session.scalar(select(ScorerModel).where(ScorerModel.digest != ""))


def last_learning(session: Session) -> ScorerModel | None:
    """Return what came of the latest night of learning."""
    return session.scalar(select(ScorerModel).order_by(ScorerModel.id.desc()).limit(1))


def last_tap_id(session: Session) -> int:
    """Return the number of the latest tap, 0 before the first."""
    return session.scalar(select(func.max(SuspicionTap.id))) or 0


def tapped_lines(session: Session) -> list[TappedLine]:
    """Return the lines that were tapped and still exist, each with the word that counts."""
    message, word = GroupMessage, _WORD_THAT_COUNTS.c
    rows = session.execute(
        select(message.id, message.group_id, message.sent_at, message.text)
        .add_columns(word.is_complaint, word.first_tap_id)
        .join(_WORD_THAT_COUNTS, word.message_id == message.id)
        .where(word.place == 1, *_EXISTS)
        .order_by(message.group_id, message.sent_at, message.id)
    )
    return [TappedLine(*row) for row in rows]


def count_tapped(session: Session) -> Tapped:
    """Return how many of the same lines there are."""
    word = _WORD_THAT_COUNTS.c
    row = session.execute(
        select(func.count().filter(word.is_complaint), func.count().filter(~word.is_complaint))
        .select_from(GroupMessage)
        .join(_WORD_THAT_COUNTS, word.message_id == GroupMessage.id)
        .where(word.place == 1, *_EXISTS)
    ).one()
    return Tapped(*row)


def count_learnt(session: Session, until: int) -> int:
    """Return how many lines with words still exist of those that were tapped until then."""
    unscored = case((func.max(SuspicionTap.score).is_(None), GroupMessage.text))
    lines = (
        select(unscored.label("unscored"))
        .select_from(SuspicionTap)
        .join(GroupMessage, GroupMessage.id == SuspicionTap.message_id)
        .where(SuspicionTap.id <= until, *_EXISTS)
        .group_by(GroupMessage.id)
        .subquery()
    )
    rows = session.execute(select(lines.c.unscored, func.count()).group_by(lines.c.unscored))
    return sum(number for text, number in rows if text is None or is_scored(text))


def current_word(session: Session, word: str) -> ComplaintWord | None:
    """Return and lock what was changed about a word, if it is not as shipped."""
    return session.scalar(
        select(ComplaintWord)
        .where(ComplaintWord.word == word, ComplaintWord.ended_at.is_(None))
        .with_for_update()
    )


def word_change(session: Session, word_id: int) -> ComplaintWord:
    """Return a change of a word. Raises NoResultFound."""
    return session.scalars(select(ComplaintWord).where(ComplaintWord.id == word_id)).one()


def asks_per_day(session: Session) -> int:
    """Return how many lines a store is asked about in a day."""
    found = session.scalar(_ASKS)
    return ASKS if found is None else found


@dataclass(frozen=True)
class Asked:
    """The lines a store is asked about, and from which scores on it is asked and opened."""

    message_ids: frozenset[int] = frozenset()
    ask: float = 0.0
    opening: float = 1.0


def asked_today(session: Session, store_id: int, *, since: datetime) -> Asked:
    """Return what a store is asked about: the highest scores, less what it answered since."""
    answered = (
        select(func.count(func.distinct(SuspicionTap.message_id)))
        .join(GroupMessage, GroupMessage.id == SuspicionTap.message_id)
        .join(ChatGroup, ChatGroup.id == GroupMessage.group_id)
        .where(ChatGroup.store_id == store_id, SuspicionTap.tapped_at >= since)
    )
    left = func.coalesce(_ASKS.scalar_subquery(), ASKS) - answered.scalar_subquery()
    used = _USED.subquery()
    rows = session.execute(
        select(Suspicion.message_id, used.c.ask, used.c.opening)
        .join(ChatGroup, ChatGroup.id == Suspicion.group_id)
        .join(GroupMessage, GroupMessage.id == Suspicion.message_id)
        .join(UnansweredItem, UnansweredItem.id == GroupMessage.item_id)
        .outerjoin(used, true())
        .where(
            ChatGroup.store_id == store_id,
            Suspicion.state == SuspicionState.ASKED,
            UnansweredItem.state == ItemState.WAITING,
        )
        .order_by(Suspicion.score.desc(), Suspicion.id)
        .limit(case((left > 0, left), else_=0))
    ).all()
    if not rows:
        return Asked()
    ask, opening = cold_start() if rows[0].ask is None else (rows[0].ask, rows[0].opening)
    return Asked(frozenset(row.message_id for row in rows), ask, opening)


def unconfirmed(session: Session, complaint: Complaint) -> Suspicion | None:
    """Return why Shuke opened a complaint that nobody has tapped yet."""
    if complaint.logged_by is not None or complaint.message_id is None:
        return None
    return session.scalar(
        select(Suspicion).where(
            Suspicion.message_id == complaint.message_id,
            Suspicion.state == SuspicionState.OPENED,
            Suspicion.decided_by.is_(None),
        )
    )
