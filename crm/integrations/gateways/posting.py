"""One careful HTTP request: allowed hosts only, no redirects, 5 seconds, no proxy, a small answer.

Exceptions of the HTTP library carry the address, and with it a robot's key: they end here and
become codes.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
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
T = TypeVar("T")

# At DEBUG the library writes whole addresses, keys included, whatever level the operator chose.
logging.getLogger("urllib3").setLevel(logging.ERROR)


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what a call returns, or raise TimeoutError: a question to the DNS has no time limit.

    A call that is left behind goes on in its own thread, and keeps no process from ending.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            future.set_exception(error)

    threading.Thread(target=run, name="send", daemon=True).start()
    return future.result(seconds)


def post(
    route: Route, url: str, body: bytes, *, headers: dict[str, str], allowed: tuple[str, ...]
) -> Delivery:
    """Post and return what the answer means."""
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", **headers}
    request = requests.Request("POST", url, data=body, headers=headers)
    return _answer_to(request, route.kind, allowed)


def ask(url: str, *, allowed: tuple[str, ...]) -> Delivery:
    """Get an address and return whether it answered well."""
    return _answer_to(requests.Request("GET", url), ChannelKind.WEBHOOK, allowed)


def _answer_to(request: requests.Request, kind: ChannelKind, allowed: tuple[str, ...]) -> Delivery:
    if refused := refuse_address(kind, request.url or "", allowed=allowed):
        return refused
    try:
        return _exchange(request, kind)
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
        found = within(
            TIMEOUT_SECONDS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
    except TimeoutError:
        return TIMED_OUT
    except (OSError, UnicodeError):
        return UNREACHABLE
    if all(is_public(str(address[0])) for *_, address in found):
        return None
    return Delivery(Verdict.REFUSED, "address_private")


def _exchange(request: requests.Request, kind: ChannelKind) -> Delivery:
    with requests.Session() as http:
        http.trust_env = False  # no proxy and no .netrc decide where an alert goes
        deadline = time.monotonic() + TIMEOUT_SECONDS
        prepared = http.prepare_request(request)
        with http.send(
            prepared, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
        ) as answer:
            content = _read(answer, deadline)
            retry_after = answer.headers.get("Retry-After")
            outcome = read_answer(kind, answer.status_code, content, retry_after=retry_after)
            return replace(outcome, their_time=_moment(answer.headers.get("Date", "")))


def _moment(text: str) -> datetime | None:
    """Return the time of a Date header, or None where it is not one."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else None


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
