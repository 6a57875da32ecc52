"""Periodic work on albums. Each is bounded, and running it twice changes nothing."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from crm.albums import service
from crm.db import transaction


def wipe_removed(factory: sessionmaker[Session], *, folder: Path, now: datetime) -> int:
    """Delete the files of photos that were removed a day ago, and files that no photo names."""
    wiped = 0
    while True:
        with transaction(factory) as session:
            some = service.wipe_removed(session, folder=folder, now=now)
        wiped += some
        if not some:
            break
    with factory() as session:
        return wiped + service.sweep_files(session, folder=folder, now=now)
