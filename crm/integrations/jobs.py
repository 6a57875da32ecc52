"""Periodic work of integrations: the sign of life that goes outside."""

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
