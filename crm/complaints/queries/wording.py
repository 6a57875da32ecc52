"""Texts for replies: the shipped ones in the words of the shop where it changed them, and its own.

There are so few of them that searching reads them all.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from crm.complaints.models import ReplyTemplate
from crm.complaints.rules.templates import SHIPPED, ReplyText
from crm.i18n import _


def reply_texts(session: Session) -> list[ReplyText]:
    """Return every text that is offered."""
    rows = session.scalars(
        select(ReplyTemplate).where(ReplyTemplate.removed_at.is_(None)).order_by(ReplyTemplate.id)
    ).all()
    changed = {row.slug: row for row in rows if row.slug is not None}
    shipped = [
        _text(changed[one.slug])
        if one.slug in changed
        else ReplyText(
            None,
            one.slug,
            one.situation,
            one.visibility,
            _(f"complaints.template.{one.slug}_name"),
            _(f"complaints.template.{one.slug}"),
        )
        for one in SHIPPED
    ]
    return [*shipped, *(_text(row) for row in rows if row.slug is None)]


def count_templates(session: Session) -> int:
    """Return how many texts the shop wrote or changed, also those that it removed."""
    return session.scalar(select(func.count()).select_from(ReplyTemplate)) or 0


def template_for_update(session: Session, template_id: int) -> ReplyTemplate:
    """Return and lock a text of the shop, removed or not. Raises NoResultFound."""
    return session.scalars(
        select(ReplyTemplate).where(ReplyTemplate.id == template_id).with_for_update()
    ).one()


def own_template(session: Session, template_id: int) -> ReplyTemplate:
    """Return and lock a text that stands for no shipped one. Raises NoResultFound."""
    row = template_for_update(session, template_id)
    if row.slug is not None:
        raise NoResultFound
    return row


def template_of_slug(session: Session, slug: str) -> ReplyTemplate:
    """Return and lock the shop's words for a shipped text. Raises NoResultFound."""
    return session.scalars(
        select(ReplyTemplate).where(ReplyTemplate.slug == slug).with_for_update()
    ).one()


def _text(row: ReplyTemplate) -> ReplyText:
    return ReplyText(row.id, row.slug, row.situation, row.visibility, row.name, row.text)
