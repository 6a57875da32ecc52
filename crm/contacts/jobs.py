"""Periodic work on customer files. Bounded, and running it twice changes nothing."""

import gc
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session, sessionmaker

from crm import log
from crm.accounts.queries import actor_of_staff
from crm.contacts.models import ContactFile
from crm.contacts.service import files as service
from crm.contacts.service.files import PartReady
from crm.contacts.service.planning import Origin
from crm.contacts.service.taking import patiently, write
from crm.crypto import WrongKey
from crm.db import DATABASE_AWAY, transaction
from crm.integrations import queries as uploads
from crm.integrations.formats.contact_files import Line
from crm.integrations.rules.files import FileFailure, FileState
from crm.integrations.service import fail_file

_logger = log.get(__name__)


def has_file(factory: sessionmaker[Session]) -> bool:
    """Say whether a file waits to be taken."""
    with factory() as session:
        return uploads.next_file(session, ContactFile) is not None


def take_files(factory: sessionmaker[Session], *, now: Callable[[], datetime]) -> int:
    """Take every file that was told to go, part by part; returns with how many it is over.

    A part is read, matched and encrypted outside any transaction; after a kill the next run goes on
    behind the last part that was committed. A file that cannot be taken stands aside.
    """
    over = 0
    while True:
        with factory() as session:
            file_id = uploads.next_file(session, ContactFile)
        if file_id is None:
            return over
        gc.disable()  # a part goes with its last reference: looking for cycles costs a tenth
        try:
            while _take_part(factory, file_id, now=now):
                pass
        finally:
            gc.enable()
        over += 1


def _take_part(
    factory: sessionmaker[Session], file_id: int, *, now: Callable[[], datetime]
) -> bool:
    """Take the next part, line by line where it must be; True when there is more."""
    try:
        try:
            return patiently(partial(_take_together, factory, file_id, now=now))
        except (WrongKey, *DATABASE_AWAY):
            raise
        except Exception:
            _logger.exception("part taken line by line", file=file_id)
            return _take_singly(factory, file_id, now=now)
    except DATABASE_AWAY:  # no fault of the file: the next run of the job goes on with it
        raise
    except WrongKey:
        failure = FileFailure.WRONG_KEY
    except Exception:  # whatever it is, the files behind this one do not wait for it
        _logger.exception("file not taken", file=file_id)
        failure = FileFailure.BROKEN
    with transaction(factory) as session:
        fail_file(uploads.file_for_update(session, ContactFile, file_id, None), failure)
    return False


def _take_together(
    factory: sessionmaker[Session], file_id: int, *, now: Callable[[], datetime]
) -> bool:
    at = now()
    with factory() as session:
        row = session.get_one(ContactFile, file_id)
        actor, number = actor_of_staff(session, row.uploaded_by), row.done_parts
        part = None if actor is None else service.prepare_part(session, row, actor, now=at)
    with transaction(factory) as session:
        row = uploads.file_for_update(session, ContactFile, file_id, None)
        if actor is None:  # whoever sent it may do nothing here any more
            service.let_go(session, row)
        elif part is None:
            if row.done_parts == number < row.parts_count:  # nobody took it, and it is not there
                raise LookupError(file_id)
            service.finish_file(row, now=at)
        else:
            service.take_part(session, row, part, now=at)
        return row.state in {FileState.WAITING, FileState.RUNNING}


def _take_singly(
    factory: sessionmaker[Session], file_id: int, *, now: Callable[[], datetime]
) -> bool:
    """Each line commits alone; the part counts as taken when all were: a kill changes nothing."""
    with factory() as session:
        row = session.get_one(ContactFile, file_id)
        actor = actor_of_staff(session, row.uploaded_by)
        number, lines = row.done_parts, service.lines_of_part(session, row)
    if actor is None or lines is None:
        raise LookupError(file_id)
    origin = service.origin_of(row, actor)
    take = partial(_take_lines, factory, tuple(row.header), origin, now=now)
    parts = service.singly(take, lines)
    with transaction(factory) as session:
        row = uploads.file_for_update(session, ContactFile, file_id, None)
        service.take_part(session, row, service.written(parts, number), now=now())
        return row.state in {FileState.WAITING, FileState.RUNNING}


def _take_lines(
    factory: sessionmaker[Session],
    header: tuple[str, ...],
    origin: Origin,
    lines: list[Line],
    *,
    now: Callable[[], datetime],
) -> PartReady:
    with factory() as session:
        part = service.prepare_lines(session, lines, header, origin, now=now())
    with transaction(factory) as session:
        write(session, part.ready)
    return part


def expire_previews(factory: sessionmaker[Session], *, now: datetime) -> int:
    """Let go of files that nobody started within a day, or mended within a month."""
    with transaction(factory) as session:
        return service.expire_previews(session, now=now)
