"""The figures of the morning: what is open, late, due today, and what was closed yesterday."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from crm.complaints.models import Complaint
from crm.complaints.rules.words import UNDECIDED


@dataclass(frozen=True)
class Day:
    """A calendar day of the shop and the moment at which its morning begins."""

    starts: datetime
    ends: datetime
    yesterday: datetime
    morning: datetime


@dataclass(frozen=True)
class DayFigures:
    """How many complaints of the whole shop; those that came after the morning began are not."""

    open: int
    late: int
    due: int
    closed: int


def day_figures(session: Session, day: Day, *, now: datetime) -> DayFigures:
    """Count what lead and owner want to know in the morning."""
    late = or_(Complaint.breached_at.is_not(None), Complaint.next_due_at <= now)
    due = Complaint.next_due_at.between(now, day.ends)
    row = session.execute(
        select(
            func.count(),
            func.count(case((late, 1))),
            func.count(case((due, 1))),
        ).where(Complaint.state.in_(UNDECIDED), Complaint.logged_at < day.morning)
    ).one()
    closed = session.scalar(
        select(func.count()).where(
            Complaint.closed_at >= day.yesterday, Complaint.closed_at < day.starts
        )
    )
    return DayFigures(row[0], row[1], row[2], closed or 0)
