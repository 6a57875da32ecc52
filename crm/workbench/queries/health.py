"""Whether database and worker are alive, and the counts that a monitor watches."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.alerts.models import Alert
from crm.alerts.queries import last_tick
from crm.alerts.rules import AlertState
from crm.complaints.models import Complaint
from crm.complaints.rules.words import State
from crm.contacts.models import Contact
from crm.groups.queries import unanswered_in_scope

Count = tuple[str, dict[str, str], float]
"""The name of a figure, its labels, its value."""


class DatabaseDown(Exception):
    """The database cannot be reached."""


def tick_age_seconds(session: Session, *, now: datetime) -> float | None:
    """Return how long ago a worker last ticked; None before the first. Raises DatabaseDown."""
    try:
        ticked_at = last_tick(session)
    except OperationalError as error:
        raise DatabaseDown from error
    return None if ticked_at is None else (now - ticked_at).total_seconds()


def counts(session: Session, actor: Actor, *, now: datetime) -> Iterator[Count]:
    """Yield what a monitor watches, of the actor's stores; alerts are the whole shop's."""
    age = tick_age_seconds(session, now=now)
    if age is not None:
        yield "shuke_worker_tick_age_seconds", {}, age
    states = select(Alert.state, func.count()).group_by(Alert.state)
    alerts = dict(session.execute(states).all())
    for state in AlertState:
        yield "shuke_alerts", {"state": state.value}, alerts.get(state, 0)
    own = in_scope(Complaint.store_id, actor)
    kinds = select(Complaint.state, func.count()).where(own).group_by(Complaint.state)
    complaints = dict(session.execute(kinds).all())
    for kind in State:
        yield "shuke_complaints", {"state": kind.value}, complaints.get(kind, 0)
    people = select(func.count()).where(
        in_scope(Contact.store_id, actor), Contact.merged_into_id.is_(None)
    )
    yield "shuke_contacts", {}, session.scalar(people) or 0
    yield "shuke_unanswered_items", {}, len(unanswered_in_scope(session, actor))
