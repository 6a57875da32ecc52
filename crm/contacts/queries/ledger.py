"""On which grounds a contact is kept, and who wrote them down."""

from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.contacts.models import Consent

_GROUNDS = (
    select(
        Consent.id,
        Consent.basis,
        Consent.given_at,
        Consent.withdrawn_at,
        Consent.note,
        Consent.recorded_at,
        Staff.name.label("staff_name"),
    )
    .outerjoin(Staff, Staff.id == Consent.recorded_by)
    .where(Consent.contact_id == bindparam("contact_id"))
    .order_by(Consent.given_at.desc(), Consent.id.desc())
)


def grounds_of(session: Session, contact_id: int) -> list[Row[Any]]:
    """Return the grounds on which she is or was kept, newest first, with who recorded each."""
    return list(session.execute(_GROUNDS, {"contact_id": contact_id}))


def consent_for_update(session: Session, contact_id: int, consent_id: int) -> Consent:
    """Return and lock one ground of a contact. Raises NoResultFound."""
    return session.scalars(
        select(Consent)
        .where(Consent.id == consent_id, Consent.contact_id == contact_id)
        .with_for_update()
    ).one()


def stands_on_something(session: Session, contact_id: int) -> bool:
    """Whether a ground is left that was not withdrawn."""
    left = select(Consent.id).where(
        Consent.contact_id == contact_id, Consent.withdrawn_at.is_(None)
    )
    return session.scalar(left.limit(1)) is not None
