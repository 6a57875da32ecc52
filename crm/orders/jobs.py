"""Periodic work on orders. Each is bounded, and running it twice changes nothing."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from crm.db import transaction
from crm.integrations import queries as files
from crm.orders import service
from crm.orders.models import OrderFile


def has_file(factory: sessionmaker[Session]) -> bool:
    """Say whether a file waits to be taken."""
    with factory() as session:
        return files.next_file(session, OrderFile) is not None


def take_files(factory: sessionmaker[Session], *, now: Callable[[], datetime]) -> int:
    """Take every file that was told to go, batch by batch; returns how many were finished.

    A file is read once and outside any transaction; after a kill the next run goes on where the
    last committed batch ended.
    """
    finished = 0
    while True:
        with factory() as session:
            file_id = files.next_file(session, OrderFile)
            if file_id is None:
                return finished
            orders = service.orders_of_file(
                files.file_for_update(session, OrderFile, file_id, None)
            )
        done = False
        while not done:
            with transaction(factory) as session:
                row = files.file_for_update(session, OrderFile, file_id, None)
                done = service.take_batch(session, row, orders, now=now())
        finished += 1


def match_waiting(factory: sessionmaker[Session], *, now: datetime) -> int:
    """Give waiting orders to contacts who became known."""
    with transaction(factory) as session:
        return service.match_waiting(session, now=now)


def expire_previews(factory: sessionmaker[Session], *, now: datetime) -> int:
    """Let go of files that nobody started within a day."""
    with transaction(factory) as session:
        return service.expire_previews(session, now=now)
