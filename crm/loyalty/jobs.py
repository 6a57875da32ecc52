"""Periodic work on loyalty: what orders changed, what time changed, the shop's rhythm."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from crm.db import transaction
from crm.i18n import fmt
from crm.loyalty import queries, service
from crm.orders import queries as orders
from crm.orders.service import forget_changes

CHANGES = 1_000
MODEL_LIFE = timedelta(days=30)
GROWTH = 1.25
"""A shop that grew by a quarter since its rhythm was read is another shop."""


def recompute_changed(factory: sessionmaker[Session], *, now: datetime) -> int:
    """Recompute the next ones whose orders changed; returns how many marks were taken off."""
    with transaction(factory) as session:
        marks = orders.changes(session, most=CHANGES)
        if marks:
            service.recompute(session, {row.contact_id for row in marks}, now=now)
            forget_changes(session, [row.id for row in marks])
        return len(marks)


def recompute_due(factory: sessionmaker[Session], *, now: datetime) -> int:
    """Recompute the next ones whom time alone moved over a border; returns how many."""
    with transaction(factory) as session:
        due = queries.due_by_time(session, now=now, most=CHANGES)
        service.recompute(session, due, now=now)
        return len(due)


def refit_when_old(factory: sessionmaker[Session], *, now: datetime) -> int:
    """Read the shop's rhythm anew once a month or after much growth; returns who was recomputed.

    Figures name the rhythm that decided them, so a run that was killed is finished by the next.
    """
    with transaction(factory) as session:
        model = queries.newest_model(session)
        if model is None:
            return 0
        if _is_old(session, model.fitted_at, model.occasions, now):
            model = service.refit(session, now=now)
    recomputed = 0
    while True:
        with transaction(factory) as session:
            older = queries.decided_with_older(session, model.id, most=CHANGES)
            service.recompute(session, older, now=now)
        recomputed += len(older)
        if len(older) < CHANGES:
            return recomputed


def _is_old(session: Session, fitted_at: datetime, occasions: int, now: datetime) -> bool:
    last_fit, today = fmt.local(fitted_at).date(), fmt.local(now).date()
    if today - last_fit >= MODEL_LIFE:
        return True
    return queries.occasions_now(session) > GROWTH * max(occasions, 1)
