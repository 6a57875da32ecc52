"""Who is left out of lists because of a complaint: the complainer, onlookers, whole groups."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from crm.complaints.models import Complaint, Incident
from crm.complaints.rules.commands import Hold, HoldReason
from crm.complaints.rules.words import COOL_OFF, UNDECIDED, State
from crm.groups.models import GroupMember, GroupMessage

_HELD = (
    Complaint.id,
    Complaint.short_no,
    Complaint.state,
    Complaint.closed_at,
)


def _holding(now: datetime) -> Any:
    return or_(
        Complaint.state.in_(UNDECIDED),
        and_(Complaint.state == State.CLOSED, Complaint.closed_at > now - COOL_OFF),
    )


def holds(session: Session, contact_ids: Iterable[int], *, now: datetime) -> dict[int, Hold]:
    """Return which of these contacts are held by a complaint of their own."""
    wanted = list(set(contact_ids))
    if not wanted:
        return {}
    rows = session.execute(
        select(Complaint.contact_id.label("held_id"), *_HELD).where(
            Complaint.contact_id.in_(wanted), _holding(now)
        )
    )
    return _strongest(rows)


def onlooker_holds(
    session: Session, contact_ids: Iterable[int], *, now: datetime
) -> dict[int, Hold]:
    """Return which of these contacts spoke in the thread of a group complaint that is undecided."""
    wanted = list(set(contact_ids))
    if not wanted:
        return {}
    rows = session.execute(
        select(GroupMember.contact_id.label("held_id"), *_HELD)
        .join(GroupMessage, GroupMessage.member_id == GroupMember.id)
        .join(Complaint, Complaint.group_id == GroupMessage.group_id)
        .where(
            GroupMember.contact_id.in_(wanted),
            GroupMessage.hidden_at.is_(None),
            GroupMessage.sent_at > Complaint.occurred_at,
            GroupMessage.sent_at <= Complaint.thread_until,
            _holding(now),
        )
    )
    return _strongest(rows)


def group_holds(session: Session, group_ids: Iterable[int], *, now: datetime) -> dict[int, Hold]:
    """Return which of these groups are held: an urgent complaint, or doubt that spreads."""
    wanted = list(set(group_ids))
    if not wanted:
        return {}
    rows = session.execute(
        select(Complaint.group_id.label("held_id"), *_HELD)
        .outerjoin(Incident, Incident.id == Complaint.incident_id)
        .where(
            Complaint.group_id.in_(wanted),
            or_(Complaint.severity == 1, Incident.update_at.is_not(None)),
            _holding(now),
        )
    )
    return _strongest(rows)


def _strongest(rows: Iterable[Any]) -> dict[int, Hold]:
    """An open complaint counts before a cool-off, the later end before the earlier one."""
    found: dict[int, Hold] = {}
    for row in rows:
        until = row.closed_at + COOL_OFF if row.state is State.CLOSED else None
        reason = HoldReason.OPEN_COMPLAINT if until is None else HoldReason.COOL_OFF
        known = found.get(row.held_id)
        if known is None or (known.until and (until is None or until > known.until)):
            found[row.held_id] = Hold(reason, until, row.id, row.short_no)
    return found
