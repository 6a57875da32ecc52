"""What a line of a customer file says, and why it could not be read.

Times are naive, as the other program prints them: the zone belongs to the shop.
"""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Problem(enum.StrEnum):
    """Why a line was not taken; the words are `contacts.problem.*`."""

    DIGITS_LOST = "digits_lost"
    BAD_TIME = "bad_time"
    BAD_PHONE = "bad_phone"
    TOO_LONG = "too_long"
    NO_NAME = "no_name"
    EXAMPLE = "example"
    NO_STORE = "no_store"
    UNKNOWN_STORE = "unknown_store"
    TWO_PEOPLE = "two_people"
    CARD_OF_ANOTHER = "card_of_another"
    TAGS_FULL = "tags_full"
    KNOWN_ELSEWHERE = "known_elsewhere"
    FORGOTTEN = "forgotten"
    NUMBER_OF_FORGOTTEN = "number_of_forgotten"
    NOT_KEPT = "not_kept"


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody noted about a customer, with the author and the time of that."""

    text: str
    author: str
    at_local: datetime | None


class ContactRow(NamedTuple):
    """One person as one line tells of her. `phone_hint` is a masked number: never a key."""

    line_no: int
    name: str
    nickname: str = ""
    phone: str = ""
    phone_hint: str = ""
    wechat_id: str = ""
    external_userid: str = ""
    unionid: str = ""
    member_no: str = ""
    tags: tuple[str, ...] = ()
    remark: str = ""
    store: str = ""
    guide: str = ""
    joined_at_local: datetime | None = None
    source: str = ""
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class LineError:
    """One line that was not taken. The cell's own text is left out: it may be personal."""

    line_no: int
    column: str
    problem: Problem
