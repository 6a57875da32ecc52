"""Tells a watcher outside that the worker ticks; it alarms when it hears nothing."""

from crm.integrations.gateways.posting import ask
from crm.integrations.rules import Delivery


class Outside:
    """One GET; what the watcher answers beyond its status does not matter."""

    def __init__(self, allowed_hosts: tuple[str, ...]) -> None:
        self._allowed = allowed_hosts

    def ping(self, url: str) -> Delivery:
        return ask(url, allowed=self._allowed)
