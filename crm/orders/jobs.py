"""Periodic work on orders. Each is bounded, and running it twice changes nothing."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from crm import log
from crm.crypto import WrongKey
from crm.db import DATABASE_AWAY, transaction
from crm.integrations import queries as files
from crm.integrations.rules.files import FileFailure
from crm.integrations.service import fail_file
from crm.orders import service
from crm.orders.models import OrderFile

_logger = log.get(__name__)


def has_file(factory: sessionmaker[Session]) -> bool:
    """Say whether a file waits to be taken."""
    with factory() as session:
        return files.next_file(session, OrderFile) is not None


def take_files(factory: sessionmaker[Session], *, now: Callable[[], datetime]) -> int:
    """Take every file that was told to go, batch by batch; returns with how many it is over.

    A file is read once and outside any transaction; after a kill the next run goes on where the
    last committed batch ended. A file that cannot be taken stands aside.
    """
    over = 0
    while True:
        with factory() as session:
            file_id = files.next_file(session, OrderFile)
        if file_id is None:
            return over
        try:
            _take_file(factory, file_id, now=now)
        except DATABASE_AWAY:  # no fault of the file: the next run goes on
            raise
        except Exception as error:  # whatever it is, the files behind this one do not wait for it
            _logger.exception("file not taken", file=file_id)
            lost = isinstance(error, WrongKey)
            with transaction(factory) as session:
                row = files.file_for_update(session, OrderFile, file_id, None)
                fail_file(row, FileFailure.WRONG_KEY if lost else FileFailure.BROKEN)
        over += 1


def _take_file(
    factory: sessionmaker[Session], file_id: int, *, now: Callable[[], datetime]
) -> None:
    with factory() as session:
        row = files.file_for_update(session, OrderFile, file_id, None)
        orders = service.orders_of_file(row)
    done = False
    while not done:
        with transaction(factory) as session:
            row = files.file_for_update(session, OrderFile, file_id, None)
            done = service.take_batch(session, row, orders, now=now())


def match_waiting(factory: sessionmaker[Session], *, now: datetime) -> int:
    """Give waiting orders to contacts who became known."""
    with transaction(factory) as session:
        return service.match_waiting(session, now=now)


def expire_previews(factory: sessionmaker[Session], *, now: datetime) -> int:
    """Let go of files that nobody started within a day, or mended within a month."""
    with transaction(factory) as session:
        return service.expire_previews(session, now=now)
