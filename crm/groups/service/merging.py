"""One person's names in groups pass to another contact, and back."""

from sqlalchemy.orm import Session

from crm.db import repoint, repoint_back
from crm.groups.models import GroupMember

HERS = (GroupMember.contact_id,)
Moved = dict[str, list[int]]


def move_person(session: Session, old: int, new: int) -> Moved:
    """Let `new` stand behind the names of `old`; a person may have two names in one group."""
    return repoint(session, HERS, old, new)


def return_person(session: Session, moved: Moved, old: int, new: int) -> None:
    """Undo `move_person`; names given to `new` since stay hers."""
    repoint_back(session, HERS, moved, old, new)
