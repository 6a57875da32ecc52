"""What somebody who leaves has to do with complaints that are not over."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.alerts.models import Alert
from crm.alerts.rules import COMPLAINT_KINDS, AlertKind
from crm.complaints.models import Complaint, ComplaintEvent
from crm.complaints.rules.words import LIVE, UNDECIDED, EventType

_TOLD = exists().where(
    Alert.kind.in_(COMPLAINT_KINDS - {AlertKind.RECAP}), Alert.subject_id == Complaint.id
)


def live_complaints_of(session: Session, staff_id: int) -> list[Complaint]:
    """Return and lock the live complaints that this person answers for."""
    mine = select(Complaint).where(Complaint.assignee_id == staff_id, Complaint.state.in_(LIVE))
    locked = mine.order_by(Complaint.id).with_for_update()
    return list(session.scalars(locked.execution_options(populate_existing=True)))


def known_to_nobody_else(session: Session, staff_id: int) -> list[Complaint]:
    """Return the complaints that are not over and of which nobody who is here was ever told."""
    here = select(Staff.id).where(Staff.disabled_at.is_(None))
    return list(
        session.scalars(
            select(Complaint)
            .where(
                Complaint.state.in_(UNDECIDED),
                _TOLD.where(Alert.staff_id == staff_id),
                ~_TOLD.where(Alert.staff_id.in_(here)),
            )
            .order_by(Complaint.id)
        )
    )


def acted_since_handed(session: Session, complaint_id: int) -> bool:
    """Say whether anybody did something with it since it was last handed over."""
    mine = select(ComplaintEvent.seq, ComplaintEvent.type, ComplaintEvent.actor_id)
    rows = session.execute(
        mine.where(ComplaintEvent.complaint_id == complaint_id).order_by(ComplaintEvent.seq.desc())
    )
    for row in rows:
        if row.type is EventType.HANDED_OVER:
            return False
        if row.actor_id is not None:
            return True
    return True
