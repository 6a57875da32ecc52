"""What one tap on a waiting item, or on a past import, does to complaints of its group.

The store is held before anything of the group is locked: chat lines that come in do it in the same
order, so nobody waits crosswise.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.complaints.models import Complaint
from crm.complaints.queries.matter import hold_matters
from crm.complaints.queries.thread import complaints_of_import
from crm.complaints.rules.commands import TooLate
from crm.complaints.service.lines import dismiss_suspected, open_suspected
from crm.complaints.service.record import undo
from crm.groups import queries as groups
from crm.groups import service as groups_service
from crm.groups.models import ChatGroup


def open_item(
    session: Session, group: ChatGroup, item_id: int, *, actor: Actor, now: datetime
) -> Complaint:
    """Open a complaint from the line that reads most like one. Raises BadEvent, NoResultFound."""
    hold_matters(session, group.store_id)
    lines = groups.lines_of_item(session, group.id, item_id)
    if not lines:  # its import was taken back on another page
        raise NoResultFound
    worst = max(lines, key=lambda line: line.score or 0.0)
    return open_suspected(session, worst.id, actor=actor, now=now)


def dismiss_item(
    session: Session, group: ChatGroup, item_id: int, *, actor: Actor, now: datetime
) -> None:
    """Say that none of its lines is a complaint. Raises TooLate, NoResultFound."""
    hold_matters(session, group.store_id)
    for line in groups.lines_of_item(session, group.id, item_id):
        dismiss_suspected(session, line.id, actor=actor, now=now)


def undo_import(
    session: Session, group: ChatGroup, import_id: int, *, actor: Actor, now: datetime
) -> list[int]:
    """Take an import back, and the complaints that Shuke opened from it.

    Returns the numbers of those that somebody works on: they stay. Raises TooLateToUndo,
    NoResultFound.
    """
    hold_matters(session, group.store_id)
    brought = groups.import_of_group(session, group.id, import_id)
    groups_service.undo_import(session, group, brought, actor=actor, now=now)
    kept = []
    for complaint in complaints_of_import(session, import_id):
        try:
            undo(session, complaint, 1, actor=actor, now=now)
        except TooLate:
            kept.append(complaint.short_no)
    return kept
