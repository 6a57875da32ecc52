"""Encryption and keyed hashes of what must not lie open in the database.

Every purpose has a key of its own, derived from the master key (HKDF-SHA256), so that a phone
number's hash never equals another field's. It does not store or rotate the master key.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_master = b""


class WrongKey(Exception):
    """A stored secret was written with another master key."""


def configure(master_key: str) -> None:
    """Set the master key of this process; called once at start."""
    global _master  # noqa: PLW0603  one process has one key
    _master = master_key.encode()
    _derived.cache_clear()
    _cipher.cache_clear()


@lru_cache
def _derived(purpose: str) -> bytes:
    if not _master:
        raise RuntimeError("crypto.configure was not called")
    return _from(_master, purpose)


def _from(master: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(master)


@lru_cache
def _cipher(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived(purpose)))


def fingerprint(master_key: str) -> str:
    """Return a value that only this master key gives and from which no key can be found."""
    key = _from(master_key.encode(), "digest:backup")
    return hmac.new(key, b"backup", hashlib.sha256).hexdigest()


def opens(master_key: str, token: str, *, purpose: str) -> bool:
    """Say whether a stored secret was written with this master key."""
    try:
        Fernet(base64.urlsafe_b64encode(_from(master_key.encode(), purpose))).decrypt(token)
    except InvalidToken:
        return False
    return True


def derived_key(purpose: str) -> str:
    """Return a printable key of its own for a purpose, for example session cookies."""
    return _derived(purpose).hex()


def encrypt(text: str, *, purpose: str) -> str:
    """Return the text encrypted (Fernet: AES-128-CBC with HMAC), printable."""
    return _cipher(purpose).encrypt(text.encode()).decode()


def decrypt(token: str, *, purpose: str) -> str:
    """Return the text of `encrypt`. Raises WrongKey."""
    try:
        return _cipher(purpose).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise WrongKey(purpose) from error


def digest(text: str, *, purpose: str) -> str:
    """Return the keyed hash (HMAC-SHA256, 64 hex digits) by which a value is found again."""
    return hmac.new(_derived(f"digest:{purpose}"), text.encode(), hashlib.sha256).hexdigest()
