"""Sends an alert by e-mail through the shop's own mail server, with the standard library.

The server's address is the channel's url, `smtp://host:port` or `smtps://user@host:port`; its
password is the channel's secret.
"""

import contextlib
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from email.message import EmailMessage
from threading import Timer
from urllib.parse import SplitResult, unquote, urlsplit

from crm.integrations.gateways.posting import (
    TIMED_OUT,
    TIMEOUT_SECONDS,
    UNREACHABLE,
    refuse_address,
)
from crm.integrations.rules import Delivery, Message, Route, Verdict

MAIL_SECONDS = 15
"""Everything, from the question for the address on; the other limit is for each answer."""
_PERMANENT = 500
_NOT_ASCII = Delivery(Verdict.REFUSED, "smtp_not_ascii")


class Mail:
    """One attempt over SMTP; TLS always where a password is sent."""

    def __init__(self, allowed_hosts: tuple[str, ...]) -> None:
        self._allowed = allowed_hosts

    def send(self, route: Route, message: Message) -> Delivery:
        deadline = time.monotonic() + MAIL_SECONDS
        if refused := refuse_address(route.kind, route.url, allowed=self._allowed):
            return refused
        if route.secret and not (_user(route) + route.secret).isascii():
            return _NOT_ASCII  # the library cannot say them
        try:
            return _deliver(route, message, deadline)
        except (smtplib.SMTPException, OSError) as error:
            return TIMED_OUT if time.monotonic() >= deadline else _failure(error)


def _deliver(route: Route, message: Message, deadline: float) -> Delivery:
    parts = urlsplit(route.url)
    server = _connect(parts)
    try:
        with _cut_off(server, deadline):
            missed = _converse(server, route, parts, message)
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()  # the mail is theirs, whatever they say to that
    finally:
        server.close()
    if missed:
        return Delivery(Verdict.REFUSED, "smtp_partly", f"{len(missed)} refused")
    return Delivery(Verdict.DELIVERED, "250")


def _converse(
    server: smtplib.SMTP, route: Route, parts: SplitResult, message: Message
) -> dict[str, tuple[int, bytes]]:
    if route.secret:
        if parts.scheme == "smtp":
            server.starttls(context=ssl.create_default_context())
        server.login(_user(route), route.secret)
    # Only when all recipients are refused does this raise; some refused come back as a dict.
    return server.send_message(_mail(route, parts, message))


def _user(route: Route) -> str:
    return unquote(urlsplit(route.url).username or route.address)


def _connect(parts: SplitResult) -> smtplib.SMTP:
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)


@contextlib.contextmanager
def _cut_off(server: smtplib.SMTP, deadline: float) -> Iterator[None]:
    """End a conversation that goes on for too long, whatever it waits for."""
    left = deadline - time.monotonic()
    if left <= 0 or server.sock is None:
        raise TimeoutError
    with socket.fromfd(server.sock.fileno(), socket.AF_INET, socket.SOCK_STREAM) as line:
        timer = Timer(left, _hang_up, [line])  # a second handle: TLS changes the first
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _mail(route: Route, parts: SplitResult, message: Message) -> EmailMessage:
    user = unquote(parts.username or "")
    mail = EmailMessage()
    mail["From"] = user if "@" in user else route.address.split(",")[0].strip()
    mail["To"] = route.address
    mail["Subject"] = message.title
    mail["X-Shuke-Delivery"] = message.delivery_id
    mail.set_content(message.text)
    return mail


def _failure(error: smtplib.SMTPException | OSError) -> Delivery:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _refused(max(code for code, _ in error.recipients.values()))
    if isinstance(error, smtplib.SMTPResponseException):
        return _refused(error.smtp_code)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Delivery(Verdict.REFUSED, "smtp_no_tls")
    return TIMED_OUT if isinstance(error, TimeoutError) else UNREACHABLE


def _refused(code: int) -> Delivery:
    verdict = Verdict.REFUSED if code >= _PERMANENT else Verdict.TEMPORARY
    return Delivery(verdict, f"smtp_{code}")
