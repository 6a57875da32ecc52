"""Who may do what, and what a login, a password and a link must look like.

The matrix is data; routes name a permission, tests are generated from both.
"""

import enum
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

NAME_MAX = 40
LOGIN_MAX = 32
LOGIN_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]*")
PASSWORD_MIN = 10
PASSWORD_MAX = 128
TOKEN_NAME_MAX = 60
SESSION_LIFE = timedelta(days=30)
LINK_LIFE = timedelta(hours=48)
IDEMPOTENCY_LIFE = timedelta(hours=24)
THROTTLE_WINDOW = timedelta(minutes=15)
THROTTLE_FAILURES = 8


class Role(enum.Enum):
    """店主, 值班, 店长, 客服."""

    OWNER = "owner"
    LEAD = "lead"
    MANAGER = "manager"
    ASSISTANT = "assistant"


class Scope(enum.Enum):
    """What an API token may do."""

    READ = "read"
    WRITE = "write"


class TextSize(enum.Enum):
    """Size of the letters, chosen by each person."""

    STANDARD = "standard"
    LARGE = "l"
    EXTRA_LARGE = "xl"


class Permission(enum.Enum):
    """One row of the table of rights each."""

    SEE = "see"
    RECORD = "record"
    DISMISS_SUSPECTED = "dismiss_suspected"
    DECIDE_COMPLAINT = "decide_complaint"
    HANDLE_COMPLAINT = "handle_complaint"
    REVEAL_PHONE = "reveal_phone"
    MERGE_CONTACTS = "merge_contacts"
    HAND_ON = "hand_on"
    TAG = "tag"
    IMPORT_FILES = "import_files"
    ADMINISTER = "administer"
    BUILD_LIST = "build_list"
    WORK_TASKS = "work_tasks"
    APPROVE_LIST = "approve_list"
    RELEASE_COPY = "release_copy"
    OVERRULE_LIMIT = "overrule_limit"
    SETTINGS = "settings"
    ROSTER_TEMPLATES = "roster_templates"
    SEE_RESULTS = "see_results"
    SEE_STATUS = "see_status"


_ALL = frozenset(Role)
_NOT_ASSISTANT = frozenset({Role.OWNER, Role.LEAD, Role.MANAGER})
_LEADERS = frozenset({Role.OWNER, Role.LEAD})
_OWNER = frozenset({Role.OWNER})

MATRIX: dict[Permission, frozenset[Role]] = {
    Permission.SEE: _ALL,
    Permission.RECORD: _ALL,
    Permission.DISMISS_SUSPECTED: _ALL,
    Permission.DECIDE_COMPLAINT: _LEADERS,
    Permission.HANDLE_COMPLAINT: _ALL,
    Permission.REVEAL_PHONE: _NOT_ASSISTANT,
    Permission.MERGE_CONTACTS: _NOT_ASSISTANT,
    Permission.HAND_ON: _NOT_ASSISTANT,
    Permission.TAG: _ALL,
    Permission.IMPORT_FILES: _NOT_ASSISTANT,
    Permission.ADMINISTER: _OWNER,
    Permission.BUILD_LIST: _NOT_ASSISTANT,
    Permission.WORK_TASKS: _ALL,
    Permission.APPROVE_LIST: _LEADERS,
    Permission.RELEASE_COPY: _LEADERS,
    Permission.OVERRULE_LIMIT: _NOT_ASSISTANT,
    Permission.SETTINGS: _OWNER,
    Permission.ROSTER_TEMPLATES: _LEADERS,
    Permission.SEE_RESULTS: _NOT_ASSISTANT,
    Permission.SEE_STATUS: _LEADERS,
}
ALL_STORES = _LEADERS
"""Roles that see every store; the others see the stores they work in."""


class Forbidden(Exception):
    """The role may not do this."""


class WrongPassword(Exception):
    """User name and password do not fit together."""


class Throttled(Exception):
    """Too many failed sign-ins; try again after `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class LoginTaken(Exception):
    """Somebody has this user name already."""


class LinkSpent(Exception):
    """The sign-in link was used, replaced, or is too old."""


class KeyTaken(Exception):
    """Another request with this idempotency key was answered first."""


class LastOwner(Exception):
    """The shop would be left without an owner."""


class OwnSelf(Exception):
    """Nobody ends her own access."""


@dataclass(frozen=True)
class Actor:
    """The signed-in person. `store_ids` is None for who sees all stores."""

    id: int
    login: str
    name: str
    role: Role
    store_ids: frozenset[int] | None
    locale: str = ""
    text_size: TextSize = TextSize.STANDARD
    single_keys: bool = True
    session_id: int | None = None

    def sees(self, store_id: int) -> bool:
        """Say whether the store is in this person's scope."""
        return self.store_ids is None or store_id in self.store_ids


def can(role: Role, permission: Permission) -> bool:
    """Say whether the role has the permission (inside the person's stores)."""
    return role in MATRIX[permission]


def fold_login(text: str) -> str:
    """Return the login as it is stored: without spaces around, lower case."""
    return text.strip().lower()


def token_digest(token: str) -> str:
    """Return the form in which a random token is stored. 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def throttled_until(failures: list[datetime], now: datetime) -> datetime | None:
    """Return until when sign-in waits: 15 minutes from the 8th last failure in a window of 15.

    `failures` holds the times of failed attempts in any order.
    """
    recent = sorted(at for at in failures if at > now - THROTTLE_WINDOW)
    if len(recent) < THROTTLE_FAILURES:
        return None
    return recent[-THROTTLE_FAILURES] + THROTTLE_WINDOW
