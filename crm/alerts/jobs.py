"""The periodic jobs of alerts: deliver what is due, and show that this worker lives."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass
class Hold:
    """Whether a worker waits for ladders that catch up: from when it saw that they do."""

    more_coming: MoreComing
    since: datetime | None = None
    seen: datetime | None = None

    def lasts(self, session: Session, now: datetime) -> bool:
        """Say whether more is being raised, and was not for too long."""
        if not self.more_coming(session, now):
            self.since = None
            return False
        if self.since is None or (self.seen and now - self.seen > STILL_RAISING):
            self.since = now
        self.seen = now
        lately = now - STILL_RAISING
        return now - self.since < HOLD_MOST and queries.raised_since(session, lately, now)


def deliver(
    factory: sessionmaker[Session],
    *,
    now: Callable[[], datetime],
    gateways: Gateways,
    subject_of: SubjectOf,
    hold: Hold,
) -> int:
    """Send what is due, one message at a time, and return how many were handled.

    A channel that somebody is sending on is passed over, here and in every other process: the
    worker starts this job again while an earlier run hangs on a slow robot. While the ladders
    catch up after a downtime nothing leaves for a while, so that all of it becomes one message.
    """
    with factory() as session:
        if not queries.anything_due(session, now()):
            return 0  # an idle tick takes no lock
        if hold.lasts(session, now()):
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


def heartbeat(session: Session, *, worker: str, started_at: datetime, now: datetime) -> None:
    """Note that this worker ticks."""
    service.beat(session, worker=worker, started_at=started_at, now=now)
