"""Who of the onlookers was told what came of it: one row for each tap, the last one counts."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.complaints.models import Complaint, OnlookerTold
from crm.complaints.queries import case as queries
from crm.complaints.queries.onlookers import last_told
from crm.complaints.rules.words import ALIAS_MAX, BadEvent


def tell_onlooker(
    session: Session,
    complaint: Complaint,
    name: str,
    *,
    is_told: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Note that an onlooker was told, or take it back; a second tap notes nothing.

    Raises BadEvent, and NoResultFound for a complaint that is not the actor's.
    """
    complaint = queries.complaint_for_update(session, complaint.id, actor)
    if not 0 < len(name) <= ALIAS_MAX:
        raise BadEvent("name", "complaints.error.choose")
    if last_told(session, complaint.id, name) is is_told:
        return
    session.add(
        OnlookerTold(
            complaint_id=complaint.id, name=name, is_told=is_told, at=now, actor_id=actor.id
        )
    )
