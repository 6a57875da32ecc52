"""Limits, states and the shapes in which lines come in and go out."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

GROUP_NAME_MAX = 60
SENDER_MAX = 64
MEMBERS_MAX = 5000
PASTE_MAX = 50_000
TEXT_MAX = PASTE_MAX
EXTERNAL_ID_MAX = 100
FORMAT_MAX = 16
UNANSWERED_AFTER = timedelta(minutes=15)
UNDO_WITHIN = timedelta(hours=24)
# Phones and servers disagree a little; more than this is a wrong date.
FUTURE_SLACK = timedelta(minutes=5)


class Detection(enum.StrEnum):
    """What Shuke may do with a line that reads like a complaint."""

    OFF = "off"
    SUGGEST = "suggest"
    OPEN = "open"


class MessageKind(enum.StrEnum):
    """Words of a person, or a notice of the chat program."""

    MESSAGE = "message"
    SYSTEM = "system"


class ImportSource(enum.StrEnum):
    """The door through which lines came."""

    PASTE = "paste"
    FILE = "file"
    API = "api"


class ItemState(enum.StrEnum):
    """An unanswered item waits until one of the others is true."""

    WAITING = "waiting"
    FOLLOWED = "followed"
    ANSWERED = "answered"
    NOT_NEEDED = "not_needed"
    COMPLAINT = "complaint"
    STAFF = "staff"
    UNDONE = "undone"


class FutureLine(ValueError):
    """A line dated after now: no clock may start there."""

    def __init__(self, position: int, sent_at: datetime) -> None:
        super().__init__(position)
        self.position = position
        self.sent_at = sent_at


class UndatedLine(ValueError):
    """A line that cannot be placed in time; ask for a day."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class ChatKnown(Exception):
    """Another group has this chat already."""


class TooLateToUndo(Exception):
    """An import is undone within a day or not at all."""


@dataclass(frozen=True)
class NewGroup:
    """A group chat to add."""

    name: str
    store_id: int
    owner_id: int | None = None
    external_chat_id: str | None = None
    member_count: int | None = None
    complaint_detection: Detection = Detection.OPEN


@dataclass(frozen=True)
class NewMessage:
    """A line on its way in. `placed` marks a time that a person gave, not the chat.

    `contact_id` and `staff_id` say who speaks where the caller knows (the preview asked, or the
    API was told); otherwise the names known in the group decide. `score` is the complaint score,
    None where nothing was scored.
    """

    sender: str
    sent_at: datetime
    text: str
    quote: str = ""
    kind: MessageKind = MessageKind.MESSAGE
    placed: bool = False
    external_id: str | None = None
    contact_id: int | None = None
    staff_id: int | None = None
    is_staff: bool = False
    asked: bool = False
    score: float | None = None


@dataclass(frozen=True)
class Origin:
    """How lines came in, and from which score on a line asks for an answer."""

    source: ImportSource = ImportSource.PASTE
    format: str = ""
    threshold_ask: float = 0.3


PASTED = Origin()


@dataclass(frozen=True)
class StoredMessage:
    """A line that was new, with who was found to speak. `position` is its place in what came in."""

    id: int
    position: int
    sender: str
    sent_at: datetime
    text: str
    quote: str
    kind: MessageKind
    member_id: int | None
    contact_id: int | None
    is_staff: bool
    score: float | None
    item_id: int | None


@dataclass(frozen=True)
class Stored:
    """What an import did. Without a new line there is no import to undo."""

    import_id: int | None
    messages: tuple[StoredMessage, ...]
    duplicates: int
