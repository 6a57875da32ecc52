"""Periodic work on customer files. Bounded, and running it twice changes nothing."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session, sessionmaker

from crm.accounts.queries import actor_of_staff
from crm.contacts.models import ContactFile
from crm.contacts.service import files as service
from crm.contacts.service.taking import patiently
from crm.db import transaction
from crm.integrations import queries as uploads
from crm.integrations.rules.files import FileState


def has_file(factory: sessionmaker[Session]) -> bool:
    """Say whether a file waits to be taken."""
    with factory() as session:
        return uploads.next_file(session, ContactFile) is not None


def take_files(factory: sessionmaker[Session], *, now: Callable[[], datetime]) -> int:
    """Take every file that was told to go, part by part; returns how many were finished.

    A part is read, matched and encrypted outside any transaction; after a kill the next run goes on
    behind the last part that was committed.
    """
    finished = 0
    while True:
        with factory() as session:
            file_id = uploads.next_file(session, ContactFile)
        if file_id is None:
            return finished
        going = True
        while going:
            going = patiently(partial(_take_next_part, factory, file_id, now=now))
        finished += 1


def _take_next_part(
    factory: sessionmaker[Session], file_id: int, *, now: Callable[[], datetime]
) -> bool:
    at = now()
    with factory() as session:
        row = session.get_one(ContactFile, file_id)
        actor = actor_of_staff(session, row.uploaded_by)
        part = None if actor is None else service.prepare_part(session, row, actor, now=at)
    with transaction(factory) as session:
        row = uploads.file_for_update(session, ContactFile, file_id, None)
        if actor is None:  # whoever sent it may do nothing here any more
            service.let_go(session, row)
        elif part is None:
            service.finish_file(row, now=at)
        else:
            service.take_part(session, row, part, now=at)
        return row.state in {FileState.WAITING, FileState.RUNNING}


def expire_previews(factory: sessionmaker[Session], *, now: datetime) -> int:
    """Let go of files that nobody started within a day."""
    with transaction(factory) as session:
        return service.expire_previews(session, now=now)
