"""How each robot wants its text: body, signature, and at most so many bytes."""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote_plus

from crm.integrations.rules.channels import ChannelKind, Route

# WeCom's limit is 2048 bytes of UTF-8; the other two robots take about 20,000.
TEXT_BYTES = dict.fromkeys(ChannelKind, 18_000) | {ChannelKind.WECOM_ROBOT: 2048}
_NUMBER_BYTES = len("(99/99)\n")


def robot_request(route: Route, text: str, *, at: datetime) -> tuple[str, dict[str, object]]:
    """Return address and JSON body for one part of a text, signed for this moment."""
    if route.kind is ChannelKind.WECOM_ROBOT:
        return route.url, {"msgtype": "text", "text": {"content": text}}
    if route.kind is ChannelKind.DINGTALK_ROBOT:
        body: dict[str, object] = {"msgtype": "text", "text": {"content": text}}
        return _dingtalk_url(route, at), body
    body = {"msg_type": "text", "content": {"text": text}}
    if route.secret:
        stamp = str(int(at.timestamp()))
        body = {"timestamp": stamp, "sign": feishu_signature(stamp, route.secret), **body}
    return route.url, body


def _dingtalk_url(route: Route, at: datetime) -> str:
    if not route.secret:
        return route.url
    stamp = str(int(at.timestamp() * 1000))
    sign = quote_plus(dingtalk_signature(stamp, route.secret))
    return f"{route.url}{'&' if '?' in route.url else '?'}timestamp={stamp}&sign={sign}"


def dingtalk_signature(stamp_ms: str, secret: str) -> str:
    """Base64 of HMAC-SHA256, key the secret; not yet encoded for a URL."""
    return _hmac64(secret, f"{stamp_ms}\n{secret}")


def feishu_signature(stamp: str, secret: str) -> str:
    """Key and message the other way round than DingTalk, and seconds."""
    return _hmac64(f"{stamp}\n{secret}", "")


def webhook_signature(body: bytes, secret: str) -> str:
    """Return the value of X-Shuke-Signature."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def split_text(text: str, *, limit: int) -> list[str]:
    """Cut a text into numbered parts of at most `limit` bytes, on line ends where there are any."""
    if len(text.encode()) <= limit:
        return [text]
    room, parts = limit - _NUMBER_BYTES, [""]
    for piece in _pieces(text, room):
        if len((parts[-1] + piece).encode()) > room:
            parts.append("")
        parts[-1] += piece
    return [f"({number}/{len(parts)})\n{part}" for number, part in enumerate(parts, start=1)]


def _pieces(text: str, room: int) -> list[str]:
    """Return lines with their ends; a line that is too long falls into single characters."""
    return [
        piece
        for line in text.splitlines(keepends=True)
        for piece in ([line] if len(line.encode()) <= room else line)
    ]


def _hmac64(key: str, message: str) -> str:
    return base64.b64encode(
        hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()
    ).decode()
