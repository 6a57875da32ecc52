"""Why it came to a complaint: found out on the way to its end, and corrected later."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit import service as audit
from crm.complaints.models import Complaint
from crm.complaints.queries import case as queries
from crm.complaints.rules.words import Cause


def set_cause(
    session: Session, complaint: Complaint, cause: Cause | None, *, actor: Actor, now: datetime
) -> None:
    """Keep the cause of a complaint. Raises NoResultFound for one that is not the actor's."""
    complaint = queries.complaint_for_update(session, complaint.id, actor)
    if cause is complaint.cause:
        return
    before = complaint.cause.value if complaint.cause else None
    complaint.cause = cause
    audit.record(
        session,
        "complaint.cause",
        subject=f"complaint:{complaint.id}",
        actor=actor,
        now=now,
        before={"cause": before},
        after={"cause": cause.value if cause else None},
    )
