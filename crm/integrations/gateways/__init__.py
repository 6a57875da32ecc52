"""The adapters to the outside, built from plain settings by the worker and the application.

They know no table and hold no session: whoever calls them has committed before.
"""

from dataclasses import dataclass
from datetime import datetime

from crm import log
from crm.integrations.gateways.mail import Mail
from crm.integrations.gateways.outside import Outside
from crm.integrations.gateways.posting import TIMED_OUT, within
from crm.integrations.gateways.robots import Robots
from crm.integrations.gateways.webhook import Webhook
from crm.integrations.rules import REST, ChannelKind, Delivery, Message, Route, Verdict

SEND_SECONDS = 20
"""One attempt with everything in it: shorter than the lease of an alert, with room to note it."""
_SEND_ERROR = Delivery(Verdict.TEMPORARY, "send_error", wait=REST)
_logger = log.get(__name__)


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
        """Try once to deliver; never raises, and never takes longer than it may."""
        try:
            return within(SEND_SECONDS, lambda: self._send(route, message, at))
        except TimeoutError:
            return TIMED_OUT
        except Exception as error:  # noqa: BLE001  one channel's fault must not hold up the others
            # Its text may hold an address or a key: only its kind is told.
            _logger.warning("send failed", channel_id=route.channel_id, error=type(error).__name__)
            return _SEND_ERROR

    def _send(self, route: Route, message: Message, at: datetime) -> Delivery:
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
