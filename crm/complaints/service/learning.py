"""What people teach the scorer: taps on lines, words, and the night that learns from them.

Taps are facts; a model is only ever made of lines that still exist, so a line that is deleted is
out of it the next night. Nothing that was learnt leaves the shop's database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor, Permission, can
from crm.audit import service as audit
from crm.complaints.models import (
    Complaint,
    ComplaintWord,
    DetectionSetting,
    ScorerModel,
    SuspicionTap,
)
from crm.complaints.queries import scoring as queries
from crm.complaints.rules import learning, training
from crm.complaints.rules.learning import WORDS_MAX, Learning, TappedLine, WordKnown, WordUnfit
from crm.complaints.rules.scorer import Layer, Tables, is_scored
from crm.complaints.rules.training import Example, Scored
from crm.complaints.rules.words import EventType
from crm.complaints.service import scoring
from crm.groups.models import GroupMessage
from crm.stores.queries import hold_settings

ACTS = {EventType.ACKNOWLEDGED: True, EventType.VOIDED: False}
"""What a person who takes a complaint, or ends it as none, has said of the line it came from."""


@dataclass(frozen=True)
class Material:
    """What a night learns from, read in one go."""

    lines: tuple[TappedLine, ...]
    last_tap_id: int
    words: tuple[str, ...]
    model_id: int | None
    """What is in use: nothing for the shipped weights."""
    known_until: int
    """The latest tap that what is in use has learnt from."""
    lost: bool
    """Lines that it has learnt from are gone."""
    ask: float
    opening: float


@dataclass(frozen=True)
class Lesson:
    """What came of it; `tables` where the scorer changes to them."""

    outcome: Learning
    precision: float | None = None
    precision_before: float | None = None
    tables: Tables | None = None
    ask: float = 0.0
    opening: float = 1.0


def note_tap(
    session: Session, message: GroupMessage, *, is_complaint: bool, actor: Actor, now: datetime
) -> None:
    """Keep what a person said of a line, beside what the scorer says of it now."""
    scorer = scoring.shop_scorer(session)
    session.add(
        SuspicionTap(
            message_id=message.id,
            is_complaint=is_complaint,
            tapped_at=now,
            tapped_by=actor.id,
            by_lead=can(actor.role, Permission.DECIDE_COMPLAINT),
            model_id=scorer.model_id,
            score=scorer.score(message.text).value,
        )
    )


def note_act(
    session: Session, complaint: Complaint, kind: EventType, *, actor: Actor | None, now: datetime
) -> None:
    """Who takes a complaint that came from a line, or ends it as none, has tapped that line."""
    if actor is None or complaint.message_id is None or kind not in ACTS:
        return
    message = session.get_one(GroupMessage, complaint.message_id)
    note_tap(session, message, is_complaint=ACTS[kind], actor=actor, now=now)


def add_word(session: Session, typed: str, *, actor: Actor, now: datetime) -> ComplaintWord:
    """Add a complaint word; it counts from the next line on. Raises WordUnfit, WordKnown."""
    word = learning.as_word(typed)
    hold_settings(session)
    words = words_in_use(session)
    if word in words:
        raise WordKnown(word)
    if len(words) >= WORDS_MAX:
        raise WordUnfit(word)
    return _change(session, word, is_added=True, actor=actor, now=now)


def remove_word(session: Session, typed: str, *, actor: Actor, now: datetime) -> ComplaintWord:
    """Leave a complaint word out from the next line on. Raises WordUnfit, WordKnown."""
    word = learning.as_word(typed)
    hold_settings(session)
    if word not in words_in_use(session):
        raise WordKnown(word)
    return _change(session, word, is_added=False, actor=actor, now=now)


def put_word(
    session: Session, word_id: int, *, is_in: bool, actor: Actor, now: datetime
) -> ComplaintWord:
    """Take a change of a word back, once: in the list again, or out. Raises NoResultFound."""
    hold_settings(session)
    row = queries.word_change(session, word_id)
    if (row.word in words_in_use(session)) is is_in:
        return row
    return _change(session, row.word, is_added=is_in, actor=actor, now=now)


def words_in_use(session: Session) -> tuple[str, ...]:
    """Return the complaint words of the shop."""
    known = queries.taught(session)
    return learning.words_of_shop(scoring.shipped_words(), known.added, known.left_out)


def _change(
    session: Session, word: str, *, is_added: bool, actor: Actor, now: datetime
) -> ComplaintWord:
    """Go back to what is shipped where the word was changed before; else write the change."""
    current = queries.current_word(session, word)
    if current is not None:
        current.ended_at = now
    else:
        current = ComplaintWord(word=word, is_added=is_added, changed_at=now, changed_by=actor.id)
        session.add(current)
    session.flush()
    act = "added" if is_added else "removed"
    subject, after = f"complaint_word:{current.id}", {"word": word}
    audit.record(
        session, f"complaint_word.{act}", subject=subject, actor=actor, now=now, after=after
    )
    return current


def choose_asks(session: Session, asks_per_day: int, *, actor: Actor, now: datetime) -> None:
    """Set how many lines a store is asked about in a day."""
    hold_settings(session)
    before = queries.asks_per_day(session)
    session.merge(DetectionSetting(id=1, asks_per_day=asks_per_day))
    audit.record(
        session,
        "detection.changed",
        subject="detection",
        actor=actor,
        now=now,
        before={"asks_per_day": before},
        after={"asks_per_day": asks_per_day},
    )


def is_due(session: Session, *, now: datetime, zone: tzinfo) -> bool:
    """Say whether tonight has something new to learn."""
    last = queries.last_learning(session)
    if not learning.is_night(last.learnt_at if last else None, now, zone):
        return False
    if queries.last_tap_id(session) > (last.last_tap_id if last else 0):
        return True
    used = queries.used_model(session)
    return used is not None and _has_lost(session, used)


def gather(session: Session) -> Material:
    """Read what the night learns from."""
    used = queries.used_model(session)
    ask, opening = (used.ask, used.opening) if used else learning.cold_start()
    return Material(
        lines=tuple(_lines(session)),
        last_tap_id=queries.last_tap_id(session),
        words=words_in_use(session),
        model_id=used.id if used else None,
        known_until=used.last_tap_id if used else 0,
        lost=used is not None and _has_lost(session, used),
        ask=ask,
        opening=opening,
    )


def _lines(session: Session) -> list[TappedLine]:
    return [line for line in queries.tapped_lines(session) if is_scored(line.text)]


def _has_lost(session: Session, used: ScorerModel) -> bool:
    """Whether lines are gone that what is in use has learnt from."""
    return queries.count_learnt(session, used.last_tap_id) < used.complaints + used.others


def study(material: Material, zone: tzinfo) -> Lesson:
    """Learn, and compare with what is in use on the same folds. Long arithmetic, no database."""
    written, review = scoring.written_lines(), scoring.review_weights()
    after = max((one.thread for one in written), default=0)
    taught = learning.as_examples(material.lines, zone, after=after)
    labels = [one.label for one in taught]
    if not learning.enough(labels):
        return _kept(material, Learning.TOO_FEW)

    def measured(known: Sequence[Example]) -> list[Scored]:
        every = [*written, *known]
        return training.cross_validated(every, taught, review=review, words=material.words)

    known = [
        one
        for one, line in zip(taught, material.lines, strict=True)
        if line.first_tap_id <= material.known_until
    ]
    scored = measured(taught)
    precision = training.average_precision(scored)
    before = training.average_precision(measured(known))
    if learning.is_worse(precision, before):
        return _kept(material, Learning.WORSE, precision, before)
    ask, opening = material.ask, material.opening
    if learning.may_set_thresholds(labels):
        ask, opening = training.thresholds(scored, otherwise=opening)
    tables = training.learn([*written, *taught], review=review, words=material.words)
    return Lesson(Learning.ACCEPTED, precision, before, tables, ask, opening)


def _kept(
    material: Material,
    outcome: Learning,
    precision: float | None = None,
    before: float | None = None,
) -> Lesson:
    """Nothing is taken over; yet what rests on deleted lines may not stay."""
    if not material.lost:
        return Lesson(outcome, precision, before, None, material.ask, material.opening)
    return Lesson(Learning.FORGOTTEN, precision, before, None, *learning.cold_start())


def keep(
    session: Session, material: Material, lesson: Lesson, *, now: datetime, zone: tzinfo
) -> ScorerModel | None:
    """Write down what came of it; nothing where another worker did, or lines went meanwhile."""
    hold_settings(session)  # one worker at a time
    last = queries.last_learning(session)
    if not learning.is_night(last.learnt_at if last else None, now, zone):
        return None
    if not set(material.lines) <= set(_lines(session)):
        return None
    if lesson.outcome in {Learning.ACCEPTED, Learning.FORGOTTEN}:
        cleared = {"chat": None, "layer": None, "digest": ""}
        session.execute(update(ScorerModel).where(ScorerModel.digest != "").values(cleared))
    complaints = sum(line.is_complaint for line in material.lines)
    model = ScorerModel(
        learnt_at=now,
        outcome=lesson.outcome,
        last_tap_id=material.last_tap_id,
        complaints=complaints,
        others=len(material.lines) - complaints,
        precision=lesson.precision,
        precision_before=lesson.precision_before,
        ask=lesson.ask,
        opening=lesson.opening,
        **_stored(lesson.tables, now),
    )
    session.add(model)
    return model


def _stored(tables: Tables | None, now: datetime) -> dict[str, object]:
    if tables is None:
        return {"chat": None, "layer": None, "digest": ""}
    layer: Layer = tables.layer
    parts = {name: list(values) for name, values in vars(layer).items()}
    content = json.dumps([now.isoformat(), tables.chat, parts])
    digest = hashlib.sha256(content.encode()).hexdigest()
    return {"chat": dict(tables.chat), "layer": parts, "digest": digest}
