"""Groups pass from one member of staff to another."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from crm.db import repoint_some
from crm.groups.models import ChatGroup


def reassign(session: Session, group_ids: Sequence[int], *, old: int, new: int) -> set[int]:
    """Give those of these groups that are one person's to another; return which those were."""
    return repoint_some(session, ChatGroup.owner_id, group_ids, old, new)
