"""What somebody who leaves has to do with complaints that are not over."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff, StaffStore
from crm.accounts.rules import ALL_STORES
from crm.alerts.models import Alert
from crm.alerts.rules import COMPLAINT_KINDS, AlertKind
from crm.complaints.models import Complaint, ComplaintEvent
from crm.complaints.rules.words import LIVE, UNDECIDED, EventType

_TOLD = exists().where(
    Alert.kind.in_(COMPLAINT_KINDS - {AlertKind.RECAP}), Alert.subject_id == Complaint.id
)
_WORKS_THERE = exists().where(
    StaffStore.staff_id == Staff.id, StaffStore.store_id == Complaint.store_id
)
_SEES = Staff.role.in_(ALL_STORES) | _WORKS_THERE.correlate(Staff, Complaint)


def live_complaints_of(session: Session, staff_id: int) -> list[Complaint]:
    """Return and lock the live complaints that this person answers for."""
    mine = select(Complaint).where(Complaint.assignee_id == staff_id, Complaint.state.in_(LIVE))
    locked = mine.order_by(Complaint.id).with_for_update()
    return list(session.scalars(locked.execution_options(populate_existing=True)))


def stores_out_of_reach(session: Session, staff_id: int) -> set[int]:
    """Return the stores of live complaints that this person answers for and does not see."""
    seen = select(Staff.id).where(Staff.id == staff_id, _SEES).correlate(Complaint).exists()
    mine = Complaint.assignee_id == staff_id, Complaint.state.in_(LIVE)
    return set(session.scalars(select(Complaint.store_id).where(*mine, ~seen).distinct()))


def known_to_nobody_else(session: Session, staff_id: int) -> list[Complaint]:
    """Return the complaints that are not over and of which nobody who sees them was ever told."""
    here = select(Staff.id).where(Staff.disabled_at.is_(None), _SEES).correlate(Complaint)
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
