"""The adapters to the outside, built from plain settings by the worker and the application.

They know no table and hold no session: whoever calls them has committed before.
"""

from dataclasses import dataclass
from datetime import datetime

from crm.integrations.gateways.mail import Mail
from crm.integrations.gateways.outside import Outside
from crm.integrations.gateways.robots import Robots
from crm.integrations.gateways.webhook import Webhook
from crm.integrations.rules import ChannelKind, Delivery, Message, Route


@dataclass(frozen=True)
class Gateways:
    """Every way out, and the address under which people open this installation."""

    robots: Robots
    mail: Mail
    webhook: Webhook
    outside: Outside
    allowed_hosts: tuple[str, ...]
    base_url: str

    def send(self, route: Route, message: Message, *, at: datetime) -> Delivery:
        """Try once to deliver; never raises for what the other side does."""
        if route.kind is ChannelKind.EMAIL:
            return self.mail.send(route, message)
        if route.kind is ChannelKind.WEBHOOK:
            return self.webhook.send(route, message)
        return self.robots.send(route, message, at=at)


def build(*, allowed_hosts: tuple[str, ...], base_url: str) -> Gateways:
    """Return the gateways of a process."""
    return Gateways(
        robots=Robots(allowed_hosts),
        mail=Mail(allowed_hosts),
        webhook=Webhook(allowed_hosts),
        outside=Outside(allowed_hosts),
        allowed_hosts=allowed_hosts,
        base_url=base_url,
    )
