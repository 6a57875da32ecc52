"""One person's orders pass to another contact, and back."""

from sqlalchemy.orm import Session

from crm.db import repoint, repoint_back
from crm.orders.models import OrderChange, ShopOrder

HERS = (ShopOrder.contact_id, OrderChange.contact_id)
Moved = dict[str, list[int]]


def move_person(session: Session, old: int, new: int) -> Moved:
    """Let the orders of `old` be those of `new`, with the marks that they are to be counted."""
    return repoint(session, HERS, old, new)


def return_person(session: Session, moved: Moved, old: int, new: int) -> bool:
    """Undo `move_person`; say whether the marks still stood, so that nothing was counted since."""
    repoint_back(session, HERS[:1], moved, old, new)
    return repoint_back(session, HERS[1:], moved, old, new) == 0
