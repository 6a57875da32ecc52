"""Signs that somebody waits, for tests of what happens at the same moment."""

import time

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

PATIENCE = 30
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def until_waiting(factory: sessionmaker[Session], many: int = 1) -> None:
    """Return once so many wait for what others hold, on a database of this test's own.

    On SQLite at once: there everybody waits for the one writer before a row.
    """
    with factory() as session:
        if session.get_bind().dialect.name == "sqlite":
            return
        end = time.monotonic() + PATIENCE
        while (session.scalar(_WAITING) or 0) < many:
            session.rollback()
            assert time.monotonic() < end, "nobody waits"
            time.sleep(0.01)
