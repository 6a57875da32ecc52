"""What one member of staff is still to do for contacts."""

from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from crm.attention.models import FollowUp
from crm.contacts.models import Contact


def _still(staff_id: int) -> tuple[ColumnElement[bool], ...]:
    open_ = (FollowUp.done_at.is_(None), FollowUp.cancelled_at.is_(None))
    return (FollowUp.staff_id == staff_id, *open_)


def open_follow_ups_of(
    session: Session, staff_id: int, contact_id: int | None = None
) -> list[Row[Any]]:
    """Return and lock a person's follow-ups that are not done, of one contact if one is named.

    Each with its contact and store.
    """
    hers = () if contact_id is None else (FollowUp.contact_id == contact_id,)
    statement = (
        select(FollowUp.id, FollowUp.contact_id, FollowUp.dedupe_key, Contact.store_id)
        .join(Contact, Contact.id == FollowUp.contact_id)
        .where(*_still(staff_id), *hers)
        .order_by(FollowUp.id)
        .with_for_update(of=FollowUp)
    )
    return list(session.execute(statement))


def count_open_follow_ups(session: Session, staff_id: int) -> int:
    """Return how many people she is still to contact."""
    return session.scalar(select(func.count(FollowUp.id)).where(*_still(staff_id))) or 0
