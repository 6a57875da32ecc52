"""Tasks pass from one member of staff to another."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from crm.campaigns.models import CampaignMember
from crm.db import repoint_some


def reassign(session: Session, member_ids: Sequence[int], *, old: int, new: int) -> set[int]:
    """Give those of these tasks that are one person's to another; return which those were."""
    return repoint_some(session, CampaignMember.assignee_id, member_ids, old, new)
