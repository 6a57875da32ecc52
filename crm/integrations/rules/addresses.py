"""Where a channel may lead: the vendors' own hosts, and hosts that the operator has allowed.

Without this list a settings page could make the server call into its own network. It resolves no
names; the gateway resolves and asks `is_public` about every answer.
"""

from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from crm.integrations.rules.channels import ChannelKind

OFFICIAL_HOSTS = {
    ChannelKind.WECOM_ROBOT: ("qyapi.weixin.qq.com",),
    ChannelKind.DINGTALK_ROBOT: ("oapi.dingtalk.com",),
    ChannelKind.FEISHU_ROBOT: ("open.feishu.cn", "open.larksuite.com"),
    ChannelKind.WEBHOOK: (),
    ChannelKind.EMAIL: (),
}
_MAIL_PORTS = {"smtp": 25, "smtps": 465}


class AddressProblem(StrEnum):
    """Why an address cannot be used; the value is the end of a message key."""

    EMPTY = "empty"
    SHAPE = "shape"
    SCHEME = "scheme"
    HOST = "host"


def check_address(
    kind: ChannelKind, url: str, *, allowed: tuple[str, ...]
) -> AddressProblem | None:
    """Return what is wrong with a channel's address, or None."""
    if not url:
        return AddressProblem.EMPTY
    parts = _split(url)
    if parts is None or parts.password or parts.fragment:
        return AddressProblem.SHAPE
    if kind is ChannelKind.EMAIL:
        return _check_mail(parts, allowed)
    if parts.username:
        return AddressProblem.SHAPE
    return _check_web(kind, parts, allowed)


def _check_web(
    kind: ChannelKind, parts: SplitResult, allowed: tuple[str, ...]
) -> AddressProblem | None:
    if parts.scheme not in {"http", "https"}:
        return AddressProblem.SCHEME
    if is_allowed(parts.hostname or "", _port(parts), allowed=allowed):
        return None
    if parts.hostname not in OFFICIAL_HOSTS[kind] or parts.port not in {None, 443}:
        return AddressProblem.HOST
    # TLS is what proves the official host: a forged name server cannot lead us inside.
    return None if parts.scheme == "https" else AddressProblem.SCHEME


def is_allowed(host: str, port: int, *, allowed: tuple[str, ...]) -> bool:
    """Whether the operator listed this host, with or without its port."""
    name = f"[{host}]" if ":" in host else host
    return host in allowed or f"{name}:{port}" in allowed


def is_public(address: str) -> bool:
    """Whether an IP address lies outside every private, local or reserved range."""
    ip = ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not ip.is_multicast


def _check_mail(parts: SplitResult, allowed: tuple[str, ...]) -> AddressProblem | None:
    if parts.scheme not in _MAIL_PORTS:
        return AddressProblem.SCHEME
    host = parts.hostname or ""
    try:
        literal = is_public(host)
    except ValueError:
        literal = "." in host  # a name; what it resolves to is asked when sending
    if literal or is_allowed(host, _port(parts), allowed=allowed):
        return None
    return AddressProblem.HOST


def _split(url: str) -> SplitResult | None:
    """Return the parts of an address, or None where it has no host or a port that is none."""
    if any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _port(parts: SplitResult) -> int:
    return parts.port or (_MAIL_PORTS | {"http": 80, "https": 443}).get(parts.scheme, 0)
