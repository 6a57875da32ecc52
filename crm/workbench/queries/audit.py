"""The audit log as the owner reads it: who did what to whom, newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.audit.models import AuditEntry

PAGE_ROWS = 50
_ENTRIES = (
    select(AuditEntry.id, AuditEntry.at, AuditEntry.action, AuditEntry.subject, Staff.name)
    .outerjoin(Staff, Staff.id == AuditEntry.actor_id)
    .order_by(AuditEntry.id.desc())
    .limit(PAGE_ROWS + 1)
)
_OLDER = _ENTRIES.where(AuditEntry.id < bindparam("before"))
_PATHS = {
    "contact": "/contacts/{}",
    "complaint": "/complaints/{}",
    "incident": "/incidents/{}",
    "group": "/groups/{}",
    "album": "/albums/{}",
    "campaign": "/campaigns/{}",
    "order_file": "/imports/{}",
    "contact_file": "/imports/contacts/{}",
    "staff": "/settings/team",
    "store": "/settings/stores",
    "channel": "/settings/alerts",
}


@dataclass(frozen=True)
class Line:
    """One entry. `who` is None where Shuke itself acted, `path` empty where no page shows it."""

    id: int
    at: datetime
    action: str
    kind: str
    number: str
    path: str
    who: str | None


def audit_lines(session: Session, *, before: int | None) -> list[Line]:
    """Return a page of entries older than `before`, and one more if there is one."""
    rows = session.execute(_ENTRIES if before is None else _OLDER, {"before": before})
    return [_line(*row) for row in rows]


def _line(row_id: int, at: datetime, action: str, subject: str, who: str | None) -> Line:
    kind, _colon, number = subject.partition(":")
    path = _PATHS.get(kind, "").format(number)
    return Line(row_id, at, action.replace(".", "_"), kind, number, path, who)
