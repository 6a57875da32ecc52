"""What was written down about time with a person."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.attention.models import FollowUp


def follow_ups_of_contacts(session: Session, contact_ids: Collection[int]) -> list[FollowUp]:
    """Return everything that was ever planned for these contacts."""
    return list(session.scalars(select(FollowUp).where(FollowUp.contact_id.in_(contact_ids))))
