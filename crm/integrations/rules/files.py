"""The life of an uploaded file, whatever it holds: looked at, told to go, taken or let go."""

import enum
from datetime import timedelta

FILENAME_MAX = 120
PREVIEW_LIFE = timedelta(hours=24)


class FileState(enum.StrEnum):
    """How far an uploaded file has come; the words are `integrations.state.*`."""

    PREVIEW = "preview"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    EXPIRED = "expired"


_ALLOWED = {
    FileState.PREVIEW: {FileState.WAITING, FileState.EXPIRED},
    FileState.WAITING: {FileState.RUNNING},
    FileState.RUNNING: {FileState.DONE},
    FileState.DONE: set(),
    FileState.EXPIRED: set(),
}


class IllegalTransition(Exception):
    """A file cannot be started twice, or after it was let go."""


def check_transition(old: FileState, new: FileState) -> None:
    """Raise IllegalTransition where a file cannot go that way."""
    if new not in _ALLOWED[old]:
        raise IllegalTransition(f"{old} -> {new}")
