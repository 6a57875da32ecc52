"""Encryption and keyed hashes of what must not lie open in the database.

Every purpose has a key of its own, derived from a master key (HKDF-SHA256), so that a phone
number's hash never equals another field's. It does not store or make master keys.

Several master keys
Decision (accepted): the newest key encrypts, every key opens, the oldest makes the hashes.
Context: a key is changed while Shuke runs. Orders that wait for their buyer hold nothing but keyed
hashes, which nobody can make anew; what was sealed a moment before must open.
Consequences: no key is ever thrown away, and a changed key does not change by what is searched.
"""

import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LOOK_AGAIN = 0.5
"""Seconds after which a process that seals something looks whether there is a newer key."""
_NONCE = 12
_keys: tuple[str, ...] = ()
_again: Callable[[], str] | None = None
_looked = 0.0


class WrongKey(Exception):
    """A stored secret was written with another master key."""


def configure(keys: str, again: Callable[[], str] | None = None) -> None:
    """Set the master keys of this process: one a line, the newest first; called at start.

    `again` reads them anew: so a key that another process put in front is found while this one
    runs, within LOOK_AGAIN where something is sealed, at once where nothing opens.
    """
    global _keys, _again
    _keys, _again = tuple(keys.split("\n")) if keys else (), again


def _look() -> bool:
    """Read the keys anew; say whether there are others than before."""
    global _keys, _looked  # noqa: PLW0603
    _looked = time.monotonic()
    before, _keys = _keys, tuple(_again().split("\n")) if _again else _keys
    return _keys != before


def _all() -> tuple[str, ...]:
    if not _keys:
        raise RuntimeError("crypto.configure was not called")
    return _keys


# The key is part of what is cached by: a thread that began before a change keeps nothing for later.
@lru_cache
def _derived(key: str, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(key.encode())


@lru_cache
def _cipher(key: str, purpose: str) -> AESGCM:
    return AESGCM(_derived(key, purpose))


@lru_cache
def _hasher(key: str, purpose: str) -> HMAC:
    return HMAC(_derived(key, f"digest:{purpose}"), SHA256())


def fingerprint(keys: str) -> str:
    """Return a value that only these master keys give and from which no key can be found."""
    newest, *older = keys.split("\n")
    return _hash(_hasher(newest, "backup"), "\n".join(["backup", *older]))


def marks() -> list[str]:
    """Return the fingerprint of the keys of now, then those of the keys before each change."""
    keys = _all()
    return [fingerprint("\n".join(keys[start:])) for start in range(len(keys))]


def opens(keys: str, token: str, *, purpose: str) -> bool:
    """Say whether a stored secret was written with one of these master keys."""
    return any(_opened(key, token, purpose) is not None for key in keys.split("\n"))


def derived_key(purpose: str) -> str:
    """Return a printable key of its own for a purpose, for example session cookies.

    Of the oldest: a form that is open while the key changes can still be sent.
    """
    return _derived(_all()[-1], purpose).hex()


def encrypt(text: str, *, purpose: str) -> str:
    """Return the text encrypted (AES-256-GCM under a nonce of its own), printable."""
    if time.monotonic() - _looked > LOOK_AGAIN:
        _look()
    nonce, cipher = os.urandom(_NONCE), _cipher(_all()[0], purpose)
    return urlsafe_b64encode(nonce + cipher.encrypt(nonce, text.encode(), None)).decode()


def decrypt(token: str, *, purpose: str) -> str:
    """Return the text of `encrypt`. Raises WrongKey."""
    for key in _all():
        if (text := _opened(key, token, purpose)) is not None:
            return text
    if _look():
        return decrypt(token, purpose=purpose)
    raise WrongKey(purpose)


def renewed(token: str, *, purpose: str) -> str | None:
    """Return a stored secret sealed with the newest key, None where it is. Raises WrongKey."""
    if _opened(_all()[0], token, purpose) is not None:
        return None
    return encrypt(decrypt(token, purpose=purpose), purpose=purpose)


def _opened(key: str, token: str, purpose: str) -> str | None:
    try:
        sealed = urlsafe_b64decode(token)
        return _cipher(key, purpose).decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()
    except (InvalidTag, ValueError):  # ValueError: it is no token at all
        return None


def digest(text: str, *, purpose: str) -> str:
    """Return the keyed hash (HMAC-SHA256, 64 hex digits) by which a value is found again."""
    return _hash(_hasher(_all()[-1], purpose), text)


def _hash(hasher: HMAC, text: str) -> str:
    hasher = hasher.copy()
    hasher.update(text.encode())
    return hasher.finalize().hex()
