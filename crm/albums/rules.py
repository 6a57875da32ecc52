"""What an album may hold, and for how long its link opens it."""

import enum
import ipaddress
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

NAME_MAX = 40
CLIENT_KEY_MAX = 64
PHOTOS_MAX = 200
DAYS = 7
DAYS_MAX = 90
UNDO_LIFE = timedelta(hours=24)
KEPT_AFTER_REMOVAL = timedelta(hours=25)
"""Longer than a removal can be taken back, so that what is wiped is never asked for again."""
HOUSE_NAMES = (".local", ".lan", ".home", ".internal", ".localdomain", ".home.arpa")
"""How the names end that only a network of its own knows."""
NAME_LENGTH = 32
TOKEN_MAX = 32
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{1,{TOKEN_MAX}}}")
_FILE = re.compile(rf"([0-9a-f]{{{NAME_LENGTH}}})(?:-small)?\.jpg")


class LinkState(enum.Enum):
    """What somebody finds who opens the link."""

    OPEN = "open"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class AlbumFull(Exception):
    """The album has as many photos as an album may have."""


class LinkWithdrawn(Exception):
    """The link was taken back; only bringing it back opens it."""


class LinkNotWithdrawn(Exception):
    """The link was not taken back; customers have it, so it is not changed for another."""


class TooLate(Exception):
    """The removal was so long ago that the photos are gone."""


@dataclass(frozen=True, slots=True)
class NewAlbum:
    """An album to be made."""

    name: str
    store_id: int
    days: int = DAYS
    client_key: str | None = None


def new_token() -> str:
    """Return what makes a link: 128 random bits, which nobody guesses."""
    return secrets.token_urlsafe(16)


def new_name() -> str:
    """Return the name of a photo's files: random, so that no address tells of another."""
    return secrets.token_hex(NAME_LENGTH // 2)


def link_state(
    *,
    expires_at: datetime,
    withdrawn_at: datetime | None,
    removed_at: datetime | None,
    now: datetime,
) -> LinkState:
    """Return whether the link opens the album at `now`."""
    if withdrawn_at is not None or removed_at is not None:
        return LinkState.WITHDRAWN
    return LinkState.OPEN if now < expires_at else LinkState.EXPIRED


def is_token(text: str) -> bool:
    """Say whether an address may be a link at all; no database takes every text."""
    return _TOKEN.fullmatch(text) is not None


def files_of(name: str) -> tuple[str, str]:
    """Return the names of a photo's large and small file."""
    return f"{name}.jpg", f"{name}-small.jpg"


def photo_of(filename: str) -> str | None:
    """Return the name of the photo that a file belongs to, None for any other file."""
    found = _FILE.fullmatch(filename)
    return found and found[1]


def public_root(base_url: str, asked: str) -> str:
    """Return where customers find the shop: its own address, or else where this page was asked.

    The server takes its own machine for the shop's address when it was told none.
    """
    return asked if not base_url or _is_this_machine(base_url) else base_url


def is_public(root: str) -> bool:
    """Say whether a phone outside the shop's own network can open this address."""
    host = urlsplit(root).hostname or ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(HOUSE_NAMES)


def _is_this_machine(root: str) -> bool:
    host = urlsplit(root).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
