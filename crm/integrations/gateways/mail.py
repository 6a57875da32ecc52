"""Sends an alert by e-mail through the shop's own mail server, with the standard library.

The server's address is the channel's url, `smtp://host:port` or `smtps://user@host:port`; its
password is the channel's secret.
"""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

from crm.integrations.gateways.posting import (
    TIMED_OUT,
    TIMEOUT_SECONDS,
    UNREACHABLE,
    refuse_address,
)
from crm.integrations.rules import Delivery, Message, Route, Verdict

_PERMANENT = 500


class Mail:
    """One attempt over SMTP; TLS always where a password is sent."""

    def __init__(self, allowed_hosts: tuple[str, ...]) -> None:
        self._allowed = allowed_hosts

    def send(self, route: Route, message: Message) -> Delivery:
        if refused := refuse_address(route.kind, route.url, allowed=self._allowed):
            return refused
        try:
            return _deliver(route, message)
        except (smtplib.SMTPException, OSError) as error:
            return _failure(error)


def _deliver(route: Route, message: Message) -> Delivery:
    parts = urlsplit(route.url)
    with _connect(parts) as server:
        if route.secret:
            if parts.scheme == "smtp":
                server.starttls(context=ssl.create_default_context())
            server.login(unquote(parts.username or route.address), route.secret)
        # Only when all recipients are refused does this raise; some refused come back as a dict.
        missed = server.send_message(_mail(route, parts, message))
    if missed:
        return Delivery(Verdict.REFUSED, "smtp_partly", f"{len(missed)} refused")
    return Delivery(Verdict.DELIVERED, "250")


def _connect(parts: SplitResult) -> smtplib.SMTP:
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)


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
