"""What was said in the group around a complaint, and lines that read like one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.complaints.models import Complaint, ComplaintEvent, Suspicion
from crm.complaints.rules.onlookers import is_me_too
from crm.complaints.rules.words import UNDECIDED, EventType, State, SuspicionState
from crm.groups.models import GroupMember, GroupMessage
from crm.groups.rules import MessageKind, mask_phones

THREAD_MAX = 120
_LINES = (
    select(
        GroupMessage.id,
        GroupMessage.sender,
        GroupMessage.sent_at,
        GroupMessage.text,
        GroupMessage.is_staff,
        GroupMessage.member_id,
        GroupMember.contact_id,
    )
    .outerjoin(GroupMember, GroupMember.id == GroupMessage.member_id)
    .where(GroupMessage.kind == MessageKind.MESSAGE, GroupMessage.hidden_at.is_(None))
    .order_by(GroupMessage.sent_at, GroupMessage.id)
    .limit(THREAD_MAX)
)


@dataclass(frozen=True)
class Line:
    """A line of the thread and what its speaker is to the complaint."""

    id: int
    sender: str
    at: datetime
    text: str
    contact_id: int | None
    role: str
    """complainer, staff, onlooker or me_too."""


def thread(session: Session, complaint: Complaint) -> list[Line]:
    """Return what was said in the group from the complaint on, phone numbers covered."""
    if complaint.group_id is None:
        return []
    rows = session.execute(
        _LINES.where(
            GroupMessage.group_id == complaint.group_id,
            GroupMessage.sent_at >= complaint.occurred_at,
            GroupMessage.sent_at <= complaint.thread_until,
        )
    )
    return [_line(row, complaint) for row in rows]


def onlookers(lines: Iterable[Line]) -> dict[Any, list[str]]:
    """Return the names of each onlooker, by contact where known, in the order of speaking."""
    found: dict[Any, list[str]] = {}
    for line in lines:
        if line.role in {"onlooker", "me_too"}:
            found.setdefault(line.contact_id or line.sender, []).append(line.sender)
    return found


def _line(row: Any, complaint: Complaint) -> Line:
    return Line(
        row.id,
        mask_phones(row.sender),
        row.sent_at,
        mask_phones(row.text),
        row.contact_id,
        _role(row, complaint),
    )


def _role(row: Any, complaint: Complaint) -> str:
    if row.is_staff:
        return "staff"
    is_same = row.contact_id is not None and row.contact_id == complaint.contact_id
    if is_same or row.id == complaint.message_id or row.sender == complaint.reporter_alias:
        return "complainer"
    return "me_too" if is_me_too(row.text) else "onlooker"


def undecided_of_group(session: Session, group_id: int) -> list[Complaint]:
    """Return and lock the complaints of a group that are not closed, oldest first."""
    return list(
        session.scalars(
            select(Complaint)
            .where(Complaint.group_id == group_id, Complaint.state.in_(UNDECIDED))
            .order_by(Complaint.id)
            .with_for_update()
        )
    )


def closed_since(session: Session, group_id: int, since: datetime) -> list[Complaint]:
    """Return and lock the complaints of a group that were closed since then, newest first."""
    return list(
        session.scalars(
            select(Complaint)
            .where(
                Complaint.group_id == group_id,
                Complaint.state == State.CLOSED,
                Complaint.closed_at >= since,
            )
            .order_by(Complaint.closed_at.desc())
            .with_for_update()
        )
    )


def said_in(session: Session, complaint_ids: Collection[int]) -> dict[int, list[str]]:
    """Return what the complainers wrote, by complaint: the first words and the later ones."""
    found = session.execute(
        select(Complaint.id, Complaint.text).where(Complaint.id.in_(complaint_ids))
    )
    said = {row.id: [row.text] for row in found}
    later = session.execute(
        select(ComplaintEvent.complaint_id, ComplaintEvent.text).where(
            ComplaintEvent.complaint_id.in_(complaint_ids),
            ComplaintEvent.type == EventType.CUSTOMER_MESSAGE,
        )
    )
    for row in later:
        said[row.complaint_id].append(row.text)
    return said


def complaints_of_group(session: Session, group_id: int) -> list[tuple[int, int, str]]:
    """Return id, number and words of the complaints of a group that are not closed."""
    rows = session.execute(
        select(Complaint.id, Complaint.short_no, Complaint.text)
        .where(Complaint.group_id == group_id, Complaint.state.in_(UNDECIDED))
        .order_by(Complaint.next_due_at.nulls_last(), Complaint.id)
    )
    return [(row.id, row.short_no, mask_phones(row.text)) for row in rows]


def complaints_of_import(session: Session, import_id: int) -> list[Complaint]:
    """Return the complaints that are not closed and were opened from lines of one import."""
    return list(
        session.scalars(
            select(Complaint)
            .join(GroupMessage, GroupMessage.id == Complaint.message_id)
            .where(GroupMessage.import_id == import_id, Complaint.state.in_(UNDECIDED))
            .order_by(Complaint.id)
        )
    )


def complaints_of_messages(session: Session, message_ids: Iterable[int]) -> dict[int, int]:
    """Return which of these chat lines opened which complaint."""
    rows = session.execute(
        select(Suspicion.message_id, Suspicion.complaint_id).where(
            Suspicion.message_id.in_(list(message_ids)), Suspicion.complaint_id.is_not(None)
        )
    )
    return {row.message_id: row.complaint_id for row in rows}


def suspicion_of(session: Session, message_id: int) -> Suspicion | None:
    """Return what was thought of a chat line; who asks about one line waits for the other."""
    # The line is locked, not the thought: of most lines there is none yet.
    session.execute(
        select(GroupMessage.id).where(GroupMessage.id == message_id).with_for_update(key_share=True)
    )
    return session.scalar(select(Suspicion).where(Suspicion.message_id == message_id))


def suspicions(session: Session, group_ids: Iterable[int]) -> dict[int, Suspicion]:
    """Return the lines of these groups that wait for a tap: is it a complaint? By message."""
    rows = session.scalars(
        select(Suspicion)
        .where(Suspicion.group_id.in_(list(group_ids)), Suspicion.state == SuspicionState.ASKED)
        .order_by(Suspicion.id)
    )
    return {row.message_id: row for row in rows}
