"""Pasting again: which lines are new.

The longest common run decides, not single lines: 「好的」 repeats legally.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from crm.groups.rules.terms import NewMessage

# Without a time, one short line proves nothing; two in a row, or one this long, do.
TELLING_RUN = 2
TELLING_TEXT = 8


@dataclass(frozen=True)
class OldLine:
    """What of a stored message decides whether a pasted one is the same."""

    sender: str
    sent_at: datetime
    text: str
    placed: bool = False


Line = OldLine | NewMessage


def new_positions(stored: Sequence[OldLine], pasted: Sequence[NewMessage]) -> list[int]:
    """Positions in `pasted` that are not in `stored`; both in the order of the chat."""
    left, fresh = _unmatched(
        list(range(len(stored))), stored, list(range(len(pasted))), pasted, _timed, _any_run
    )
    all_count = any(line.placed for line in pasted)
    old = [i for i in left if all_count or stored[i].placed]
    return _unmatched(old, stored, fresh, pasted, _untimed, _telling)[1] if old else fresh


def _unmatched(
    old: list[int],
    stored: Sequence[OldLine],
    new: list[int],
    pasted: Sequence[NewMessage],
    key: Callable[[Line], Hashable],
    counts: Callable[[Sequence[NewMessage]], bool],
) -> tuple[list[int], list[int]]:
    """Both sides without the runs that they have in common."""
    matcher = SequenceMatcher(
        None, [key(stored[i]) for i in old], [key(pasted[i]) for i in new], autojunk=False
    )
    gone_old: set[int] = set()
    gone_new: set[int] = set()
    for a, b, size in matcher.get_matching_blocks():
        if size and counts([pasted[i] for i in new[b : b + size]]):
            gone_old.update(old[a : a + size])
            gone_new.update(new[b : b + size])
    return [i for i in old if i not in gone_old], [i for i in new if i not in gone_new]


def _timed(line: Line) -> Hashable:
    minute = line.sent_at.replace(second=0, microsecond=0)
    # A line that a person placed has no minute of its own: it never equals a timed one here.
    return line.sender, None if line.placed else minute, _words(line.text), line.placed and minute


def _untimed(line: Line) -> Hashable:
    return line.sender, _words(line.text)


def _words(text: str) -> str:
    return "".join(text.split())


def _any_run(run: Sequence[NewMessage]) -> bool:  # noqa: ARG001  the timed key is proof enough
    return True


def _telling(run: Sequence[NewMessage]) -> bool:
    return len(run) >= TELLING_RUN or len(_words(run[0].text)) >= TELLING_TEXT
