"""What became of the people who were moved: all, and by store, member of staff or list."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.contacts.models import Contact
from crm.lifecycle.queries.moves import funnel
from crm.lifecycle.rules.moves import FunnelBy, FunnelLine, gathered, longest
from crm.reports.queries.orders import in_stores


@dataclass(frozen=True, slots=True)
class MovesReport:
    """Everybody together, then line by line; the lines sum to the whole."""

    total: FunnelLine
    lines: list[FunnelLine]


def moves(
    session: Session,
    actor: Actor,
    store_id: int | None,
    by: FunnelBy,
    *,
    days: int | None,
    now: datetime,
) -> MovesReport:
    """Return the funnel of those who belong to the actor's stores now."""
    since = None if days is None else now - timedelta(days=days)
    found = funnel(session, in_stores(Contact.store_id, actor, store_id), by, since=since)
    return MovesReport(gathered(found), longest(found))
