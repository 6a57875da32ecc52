"""What nobody has answered: consecutive lines of one customer are one item.

An item that asks (a question, an @, a complaint score) binds: no later staff line takes it off the
board. Any other item leaves when staff speaks after it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

_QUESTION = re.compile(
    r"[?？]|(?:吗|呢|么|(?<=.)没有?)[啊呀哈~～。!！…\s]*$|多少|几[点号天件个时]|哪|怎么|咋|什么|啥|为啥|如何|能不能|可不可以|可以吗|有没有|是不是|"
    r"行不行|多久|\b(?:how|what|when|where|which|why)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Seen:
    """A stored line as the rule sees it. `speaker` is the same for lines of one person."""

    id: int
    speaker: str
    sent_at: datetime
    is_staff: bool
    binding: bool
    item_id: int | None = None
    settled: bool = False
    system: bool = False


@dataclass
class Run:
    """Consecutive lines of one customer; `item_id` where one of them already has an item."""

    speaker: str
    first_at: datetime
    last_at: datetime
    item_id: int | None = None
    settled: bool = False
    ids: list[int] = field(default_factory=list)
    binding: bool = False
    followed_at: datetime | None = None

    def takes(self, line: Seen) -> bool:
        """Say whether the line belongs here. What is settled takes no new words: they wait anew."""
        if self.speaker != line.speaker or self.settled != line.settled:
            return False
        return self.item_id is None or line.item_id in (None, self.item_id)

    def add(self, line: Seen) -> None:
        self.ids.append(line.id)
        self.last_at = line.sent_at
        self.binding = self.binding or line.binding
        self.item_id = self.item_id or line.item_id


def asks(text: str) -> bool:
    """Say whether a line wants an answer by its form."""
    return "@" in text or bool(_QUESTION.search(text))


def binds(text: str, score: float | None, threshold: float) -> bool:
    """Say whether a line keeps its item on the board until somebody acts."""
    return asks(text) or (score is not None and score >= threshold)


def runs(lines: Sequence[Seen]) -> list[Run]:
    """Cut the chat (oldest first) into items; `followed_at` is the first staff line after each."""
    found: list[Run] = []
    open_runs: list[Run] = []
    last: Run | None = None
    for line in lines:
        if line.system:
            continue
        if line.is_staff:
            for run in open_runs:
                run.followed_at = line.sent_at
            open_runs, last = [], None
            continue
        if last is None or not last.takes(line):
            last = Run(line.speaker, line.sent_at, line.sent_at, settled=line.settled)
            found.append(last)
            open_runs.append(last)
        last.add(line)
    return found
