"""One person's complaints pass to another contact, and back."""

from sqlalchemy.orm import Session

from crm.complaints.models import Complaint, IncidentBuyer
from crm.complaints.queries.buyers import told_twice
from crm.db import repoint, repoint_back

HERS = (Complaint.contact_id, IncidentBuyer.contact_id)
Moved = dict[str, list[int]]


def move_person(session: Session, old: int, new: int) -> Moved:
    """Let `new` be who complained and who was told; where both were told, both notes stay."""
    twice = told_twice(session, old, new)
    return repoint(session, HERS[:1], old, new) | repoint(session, HERS[1:], old, new, but=twice)


def return_person(session: Session, moved: Moved, old: int, new: int) -> None:
    """Undo `move_person`; what `new` complained of since stays hers."""
    repoint_back(session, HERS, moved, old, new)
