"""The periodic jobs of alerts: deliver what is due, and show that this worker lives."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from crm import log
from crm.alerts import queries, service
from crm.alerts.service.delivery import SubjectOf
from crm.db import transaction
from crm.integrations.gateways import Gateways

BATCH = 200
STILL_RAISING = timedelta(seconds=10)
"""A ladder that has raised nothing for so long is stuck: then what there is leaves."""
HOLD_MOST = timedelta(seconds=30)
"""However long the ladders catch up: what is urgent is among what waits."""
MoreComing = Callable[[Session, datetime], bool]
_logger = log.get(__name__)


def deliver(
    factory: sessionmaker[Session],
    *,
    now: Callable[[], datetime],
    gateways: Gateways,
    subject_of: SubjectOf,
    more_coming: MoreComing = lambda _session, _now: False,
) -> int:
    """Send what is due, one message at a time, and return how many were handled.

    A channel that somebody is sending on is passed over, here and in every other process: the
    worker starts this job again while an earlier run hangs on a slow robot. While the ladders
    catch up after a downtime nothing leaves for a while, so that all of it becomes one message.
    """
    with factory() as session:
        if not queries.anything_due(session, now()):
            return 0  # an idle tick takes no lock
        if more_coming(session, now()) and _still_raising(session, now()):
            return 0
    owner = uuid.uuid4().hex
    for handled in range(BATCH):
        with transaction(factory) as session:
            parcel = service.claim(
                session,
                owner=owner,
                subject_of=subject_of,
                base_url=gateways.base_url,
                now=now(),  # after BEGIN IMMEDIATE has waited for its lock
            )
        if parcel is None:
            return handled
        if parcel.route is not None and parcel.message is not None:
            outcome = gateways.send(parcel.route, parcel.message, at=now())
            with transaction(factory) as session:
                service.mark(session, parcel.attempts, outcome, owner=owner, now=now())
            _logger.info("alerts sent", alert_ids=parcel.alert_ids, code=outcome.code)
    return BATCH


def _still_raising(session: Session, now: datetime) -> bool:
    """Whether what waits has only begun to grow, and grows."""
    raised = queries.first_and_last_raised(session, now)
    if raised is None:
        return False
    first, last = raised
    return now - first < HOLD_MOST and now - last < STILL_RAISING


def heartbeat(session: Session, *, worker: str, started_at: datetime, now: datetime) -> None:
    """Note that this worker ticks."""
    service.beat(session, worker=worker, started_at=started_at, now=now)
