"""The life of an uploaded file, whatever it holds: looked at, told to go, taken or let go.

A file that cannot be taken to its end stands aside with the reason until somebody lets it go
on: those behind it do not wait.
"""

import enum
from datetime import timedelta

FILENAME_MAX = 120
PREVIEW_LIFE = timedelta(hours=24)
FAILED_LIFE = timedelta(days=30)
"""So long somebody may take to mend what stopped a file, which names people."""


class FileState(enum.StrEnum):
    """How far an uploaded file has come; the words are `integrations.state.*`."""

    PREVIEW = "preview"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    EXPIRED = "expired"
    FAILED = "failed"


class FileFailure(enum.StrEnum):
    """What stopped a file; the words are `integrations.failure.*`."""

    WRONG_KEY = "wrong_key"
    """Its content was sealed with another master key."""
    BROKEN = "broken"
    """Too many of its lines cannot be kept, or its content is damaged."""


OVER = {FileState.DONE, FileState.EXPIRED, FileState.FAILED}
"""Nothing happens to the file any more until somebody acts."""
_ALLOWED = {
    FileState.PREVIEW: {FileState.WAITING, FileState.EXPIRED},
    FileState.WAITING: {FileState.RUNNING, FileState.FAILED},
    FileState.RUNNING: {FileState.DONE, FileState.FAILED},
    FileState.FAILED: {FileState.RUNNING},
    FileState.DONE: set(),
    FileState.EXPIRED: set(),
}


class IllegalTransition(Exception):
    """A file cannot be started twice, or after it was let go; only what failed is tried again."""


def check_transition(old: FileState, new: FileState) -> None:
    """Raise IllegalTransition where a file cannot go that way."""
    if new not in _ALLOWED[old]:
        raise IllegalTransition(f"{old} -> {new}")
