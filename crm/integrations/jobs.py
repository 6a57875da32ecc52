"""Periodic work of integrations: the sign of life that goes outside, secrets that are over."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from crm.db import transaction
from crm.integrations import queries, service
from crm.integrations.gateways import Gateways


def ping_outside(
    factory: sessionmaker[Session], *, now: Callable[[], datetime], gateways: Gateways
) -> None:
    """Call the address outside, if the shop has one, and keep what it answered."""
    with factory() as session:
        url = service.ping_address(queries.outside_ping(session))
    if not url:
        return
    outcome = gateways.outside.ping(url)
    with transaction(factory) as session:
        service.note_ping(session, outcome, now=now())


def wipe_removed(factory: sessionmaker[Session], *, now: datetime) -> int:
    """Forget the secrets of channels that were removed a day ago."""
    with transaction(factory) as session:
        return service.wipe_removed(session, now=now)
