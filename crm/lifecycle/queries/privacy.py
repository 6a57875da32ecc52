"""What a person asked for about her own data, and whether it was done."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session

from crm.audit.models import AuditEntry
from crm.complaints.models import Complaint, PrivacyRequest
from crm.complaints.rules.words import LIVE, Channel
from crm.lifecycle.rules.privacy import FULFILLED_BY

_ABOUT_DATA = Complaint.channel == Channel.PRIVACY_REQUEST


def requests_of(session: Session, contact_ids: Collection[int]) -> list[Row[Any]]:
    """Return what she asked for, newest first, with the complaint that counts its days."""
    statement = (
        select(
            PrivacyRequest.id,
            PrivacyRequest.kind,
            PrivacyRequest.fulfilled_at,
            Complaint.id.label("complaint_id"),
            Complaint.short_no,
            Complaint.occurred_at.label("asked_at"),
            Complaint.state.in_(LIVE).label("is_open"),
            Complaint.resolution_due_at,
        )
        .select_from(Complaint)
        .outerjoin(PrivacyRequest, Complaint.id == PrivacyRequest.complaint_id)
        .where(_ABOUT_DATA, Complaint.contact_id.in_(contact_ids))
        .order_by(Complaint.id.desc())
    )
    return list(session.execute(statement))


def open_requests_for_update(
    session: Session, contact_ids: Collection[int]
) -> list[tuple[Complaint, PrivacyRequest | None]]:
    """Return and lock what she asked for and nobody has done; None where nobody said what."""
    rows = session.execute(
        select(Complaint, PrivacyRequest)
        .outerjoin(PrivacyRequest, Complaint.id == PrivacyRequest.complaint_id)
        .where(_ABOUT_DATA, Complaint.contact_id.in_(contact_ids), Complaint.state.in_(LIVE))
        .order_by(Complaint.id)
        .with_for_update(of=Complaint)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1]) for row in rows]


def request_for_update(session: Session, request_id: int) -> PrivacyRequest:
    """Return and lock a request. Raises NoResultFound."""
    wanted = select(PrivacyRequest).where(PrivacyRequest.id == request_id)
    return session.scalars(wanted.with_for_update()).one()


def was_done(session: Session, request: PrivacyRequest, contact_ids: Collection[int]) -> bool:
    """Say whether the audit log holds an act since she asked that fulfils the request."""
    subjects = [f"contact:{one}" for one in contact_ids]
    done = exists().where(
        AuditEntry.subject.in_(subjects),
        AuditEntry.action.in_(FULFILLED_BY[request.kind]),
        AuditEntry.at >= request.asked_at,
    )
    return bool(session.scalar(select(done)))
