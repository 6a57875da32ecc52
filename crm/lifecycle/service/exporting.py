"""All that is kept of one person, as a file for herself; that it was taken is written down."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.contacts.queries import visible_contact
from crm.contacts.queries.forgetting import family_ids
from crm.lifecycle.queries.person import everything_about


def export(session: Session, contact_id: int, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return everything about a person and whoever was merged into her. Raises NoResultFound."""
    contact = visible_contact(session, contact_id, actor)
    record(session, "contact.exported", subject=f"contact:{contact.id}", actor=actor, now=now)
    session.flush()  # what she is told includes that it was taken
    about = everything_about(session, family_ids(session, contact.id))
    return {"contact_id": contact.id, "exported_at": now.isoformat(), **about}
