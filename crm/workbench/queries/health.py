"""Whether database and worker are alive."""

from datetime import datetime

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from crm.alerts.queries import last_tick


class DatabaseDown(Exception):
    """The database cannot be reached."""


def tick_age_seconds(session: Session, *, now: datetime) -> float | None:
    """Return how long ago a worker last ticked; None before the first. Raises DatabaseDown."""
    try:
        ticked_at = last_tick(session)
    except OperationalError as error:
        raise DatabaseDown from error
    return None if ticked_at is None else (now - ticked_at).total_seconds()
