"""One careful HTTP POST: allowed hosts only, no redirects, 5 seconds, no proxy, a small answer.

Exceptions of the HTTP library carry the address, and with it a robot's key: they end here and
become codes.
"""

import logging
import socket
import time
from urllib.parse import urlsplit

import requests

from crm.integrations.rules import (
    REST,
    ChannelKind,
    Delivery,
    Route,
    Verdict,
    check_address,
    is_allowed,
    is_public,
    read_answer,
)

TIMEOUT_SECONDS = 5
TIMED_OUT = Delivery(Verdict.TEMPORARY, "timeout", wait=REST)
UNREACHABLE = Delivery(Verdict.TEMPORARY, "unreachable", wait=REST)
_ANSWER_BYTES = 65_536

# At DEBUG the library writes whole addresses, keys included, whatever level the operator chose.
logging.getLogger("urllib3").setLevel(logging.ERROR)


def post(
    route: Route, url: str, body: bytes, *, headers: dict[str, str], allowed: tuple[str, ...]
) -> Delivery:
    """Post and return what the answer means."""
    if refused := refuse_address(route.kind, url, allowed=allowed):
        return refused
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", **headers}
    try:
        return _post(route, url, body, headers)
    except requests.Timeout:
        return TIMED_OUT
    except requests.RequestException:
        return UNREACHABLE


def refuse_address(kind: ChannelKind, url: str, *, allowed: tuple[str, ...]) -> Delivery | None:
    """Return a failure when the host is not allowed, unknown, or inside a private network."""
    if problem := check_address(kind, url, allowed=allowed):
        return Delivery(Verdict.REFUSED, f"address_{problem}")
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    if is_allowed(host, port, allowed=allowed):
        return None
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return UNREACHABLE
    if all(is_public(str(address[0])) for *_, address in found):
        return None
    return Delivery(Verdict.REFUSED, "address_private")


def _post(route: Route, url: str, body: bytes, headers: dict[str, str]) -> Delivery:
    with requests.Session() as http:
        http.trust_env = False  # no proxy and no .netrc decide where an alert goes
        deadline = time.monotonic() + TIMEOUT_SECONDS
        with http.post(
            url,
            data=body,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            stream=True,
        ) as answer:
            content = _read(answer, deadline)
            retry_after = answer.headers.get("Retry-After")
            return read_answer(route.kind, answer.status_code, content, retry_after=retry_after)


def _read(answer: requests.Response, deadline: float) -> bytes:
    """Read the answer piece by piece, so that a drip of bytes cannot hold the sender."""
    content = b""
    while len(content) < _ANSWER_BYTES:
        try:
            piece = answer.raw.read1(_ANSWER_BYTES)
        except OSError as error:
            raise requests.Timeout from error
        except Exception as error:  # the library below has its own family of errors
            raise requests.ConnectionError from error
        if not piece:
            break
        content += piece
        if time.monotonic() > deadline and answer.raw.length_remaining != 0:
            raise requests.Timeout
    return content
