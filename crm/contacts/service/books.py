"""Contacts pass from one book to another."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from crm.contacts.models import Contact
from crm.db import repoint_some


def reassign(
    session: Session, contact_ids: Sequence[int], *, old: int | None, new: int | None
) -> set[int]:
    """Put those of these contacts that are in one book into another; return which those were.

    None is nobody's book.
    """
    return repoint_some(session, Contact.owner_id, contact_ids, old, new)
