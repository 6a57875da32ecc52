"""What a person asked for about her own data, and whether it was done."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session

from crm.audit.models import AuditEntry
from crm.complaints.models import Complaint
from crm.complaints.rules.words import UNDECIDED
from crm.lifecycle.models import PrivacyRequest
from crm.lifecycle.rules.privacy import FULFILLED_BY, RequestKind


def requests_of(session: Session, contact_ids: Collection[int]) -> list[Row[Any]]:
    """Return what she asked for, newest first, with the complaint that counts its days."""
    statement = (
        select(
            PrivacyRequest.id,
            PrivacyRequest.kind,
            PrivacyRequest.asked_at,
            PrivacyRequest.fulfilled_at,
            Complaint.id.label("complaint_id"),
            Complaint.short_no,
            Complaint.state,
            Complaint.resolution_due_at,
        )
        .join(Complaint, Complaint.id == PrivacyRequest.complaint_id)
        .where(Complaint.contact_id.in_(contact_ids))
        .order_by(PrivacyRequest.id.desc())
    )
    return list(session.execute(statement))


def open_requests_for_update(
    session: Session, contact_ids: Collection[int], kinds: Collection[RequestKind]
) -> list[tuple[PrivacyRequest, Complaint]]:
    """Return and lock what she asked for of these kinds and nobody has done."""
    rows = session.execute(
        select(PrivacyRequest, Complaint)
        .join(Complaint, Complaint.id == PrivacyRequest.complaint_id)
        .where(
            Complaint.contact_id.in_(contact_ids),
            Complaint.state.in_(UNDECIDED),
            PrivacyRequest.kind.in_(kinds),
            PrivacyRequest.fulfilled_at.is_(None),
        )
        .order_by(PrivacyRequest.id)
        .with_for_update(of=PrivacyRequest)
    )
    return [(row[0], row[1]) for row in rows]


def request_of_complaint(session: Session, complaint_id: int) -> PrivacyRequest | None:
    """Return what a complaint asks for."""
    wanted = select(PrivacyRequest).where(PrivacyRequest.complaint_id == complaint_id)
    return session.scalar(wanted)


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
