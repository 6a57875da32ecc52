"""Texts for replies: written, changed, and given back their shipped words.

Undo instead of a question: what was removed or reset comes back.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit import service as audit
from crm.complaints.models import ReplyTemplate
from crm.complaints.queries import wording as queries
from crm.complaints.rules.templates import OWN_KEY, SHIPPED, TEXTS_MAX, NewText
from crm.complaints.rules.words import BadEvent
from crm.db import upsert_insert

_SLUGS = frozenset(one.slug for one in SHIPPED)


def save_text(session: Session, new: NewText, *, actor: Actor, now: datetime) -> ReplyTemplate:
    """Keep a text: a new one, or new words for a known one. Raises BadEvent, NoResultFound."""
    row = _row_of(session, new.key, new, actor=actor, now=now)
    row.situation, row.visibility = new.situation, new.visibility
    row.name, row.text = new.name, new.text
    row.changed_at, row.changed_by, row.removed_at = now, actor.id, None
    session.flush()  # the audit log names a new one by id
    _note(session, "saved", row, actor=actor, now=now)
    return row


def remove_text(
    session: Session, template_id: int, *, actor: Actor, now: datetime
) -> ReplyTemplate:
    """Take the shop's words away: a shipped text gets its own back, another is gone."""
    row = queries.template_for_update(session, template_id)
    row.removed_at = row.removed_at or now
    _note(session, "removed", row, actor=actor, now=now)
    return row


def restore_text(
    session: Session, template_id: int, *, actor: Actor, now: datetime
) -> ReplyTemplate:
    """Take a removal back."""
    row = queries.template_for_update(session, template_id)
    row.removed_at = None
    _note(session, "restored", row, actor=actor, now=now)
    return row


def _row_of(
    session: Session, key: str, new: NewText, *, actor: Actor, now: datetime
) -> ReplyTemplate:
    if key in _SLUGS:
        return _row_of_shipped(session, key, new, actor=actor, now=now)
    own = OWN_KEY.fullmatch(key)
    if own:
        return queries.own_template(session, int(own[1]))
    if key:
        raise NoResultFound(key)
    if queries.count_templates(session) >= TEXTS_MAX:
        raise BadEvent("text", "complaints.error.texts_enough", limit=TEXTS_MAX)
    row = ReplyTemplate(slug=None)
    session.add(row)
    return row


def _row_of_shipped(
    session: Session, slug: str, new: NewText, *, actor: Actor, now: datetime
) -> ReplyTemplate:
    """Two people may change a shipped text for the first time at once: one row all the same."""
    first = {"slug": slug, "situation": new.situation, "name": new.name, "text": new.text}
    first |= {"changed_at": now, "changed_by": actor.id}
    insert = upsert_insert(session, ReplyTemplate).values(first)
    session.execute(insert.on_conflict_do_nothing(index_elements=["slug"]))
    return queries.template_of_slug(session, slug)


def _note(session: Session, what: str, row: ReplyTemplate, *, actor: Actor, now: datetime) -> None:
    subject, after = f"reply_text:{row.id}", {"situation": row.situation.value}
    audit.record(session, f"reply_text.{what}", subject=subject, actor=actor, now=now, after=after)
