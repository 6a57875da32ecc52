"""Single touches and the latest ones of a contact or a member of staff."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.attention import rules
from crm.attention.models import Touch
from crm.contacts.models import Contact
from crm.db import older, reading

_TOUCHES = (
    select(
        Touch.id,
        Touch.kind,
        Touch.topic,
        Touch.seconds,
        Touch.note,
        Touch.happened_at,
        Touch.received_at,
        Touch.staff_id,
        Touch.over_asked_at,
        Touch.over_reason,
        Staff.name.label("staff_name"),
    )
    .join(Staff, Staff.id == Touch.staff_id)
    .where(Touch.contact_id == bindparam("contact_id"), Touch.undone_at.is_(None))
    .order_by(Touch.happened_at.desc(), Touch.id.desc())
    .limit(bindparam("most"))
)
_RECENT = (
    select(Touch.contact_id)
    .where(
        Touch.staff_id == bindparam("staff_id"),
        Touch.happened_at > bindparam("since"),
        Touch.undone_at.is_(None),
    )
    .group_by(Touch.contact_id)
    .order_by(func.max(Touch.happened_at).desc(), Touch.contact_id.desc())
    .limit(bindparam("most"))
)
_UNANSWERED_OVER = (
    select(Touch.id, Touch.contact_id, Contact.name)
    .join(Contact, Contact.id == Touch.contact_id)
    .where(
        Touch.staff_id == bindparam("staff_id"),
        Touch.over_asked_at.is_not(None),
        Touch.over_asked_at > bindparam("since"),
        Touch.over_reason.is_(None),
        Touch.undone_at.is_(None),
    )
    .order_by(Touch.over_asked_at.desc())
)


def wait_for_own_turn(session: Session, staff_id: int) -> None:
    """Let the logs of one member of staff wait for each other until this transaction ends."""
    session.execute(select(Staff.id).where(Staff.id == staff_id).with_for_update(key_share=True))


def touch_by_key(session: Session, staff_id: int, client_key: str) -> Touch | None:
    """Return what this key has logged already."""
    return session.scalar(
        select(Touch).where(Touch.staff_id == staff_id, Touch.client_key == client_key)
    )


def touch_of_key(session: Session, staff_id: int, client_key: str) -> Touch:
    """Return what this key has logged. Raises NoResultFound."""
    return session.scalars(
        select(Touch).where(Touch.staff_id == staff_id, Touch.client_key == client_key)
    ).one()


def visible_touch(session: Session, touch_id: int, actor: Actor | None) -> Touch:
    """Return and lock a touch with a contact of the actor's stores. Raises NoResultFound."""
    return session.scalars(
        select(Touch)
        .join(Contact, Contact.id == Touch.contact_id)
        .where(Touch.id == touch_id, in_scope(Contact.store_id, actor))
        .with_for_update(of=Touch)
    ).one()


def touches_of(
    session: Session, contact_id: int, *, most: int, before: tuple[datetime, int] | None = None
) -> list[Row[Any]]:
    """Return the latest touches with one contact, newest first."""
    wanted = _TOUCHES.where(older(Touch.happened_at, Touch.id, before))
    return list(session.execute(wanted, {"contact_id": contact_id, "most": most}))


def recent_contacts(session: Session, staff_id: int, *, now: datetime, most: int) -> list[int]:
    """Return whom a member of staff has touched last."""
    values = {"staff_id": staff_id, "since": rules.window_start(now), "most": most}
    return list(session.scalars(_RECENT, values))


def unanswered_over(session: Session, staff_id: int, *, now: datetime) -> list[Row[Any]]:
    """Return one's own touches past a limit for which no reason was given yet."""
    values = {"staff_id": staff_id, "since": rules.window_start(now)}
    return list(reading(session).execute(_UNANSWERED_OVER, values))
