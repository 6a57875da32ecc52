"""Write the audit log, in the transaction of the act itself."""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from crm.audit.models import AuditEntry


class Actor(Protocol):
    """Whoever acts; the full type lives above, in accounts."""

    @property
    def id(self) -> int: ...


def record(  # noqa: PLR0913  an entry has these parts
    session: Session,
    action: str,
    *,
    subject: str,
    actor: Actor | None,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Add one entry. `before` and `after` hold ids, states and numbers, never personal data."""
    session.add(
        AuditEntry(
            at=now,
            actor_id=None if actor is None else actor.id,
            action=action,
            subject=subject,
            before=before,
            after=after,
        )
    )
