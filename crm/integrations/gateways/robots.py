"""Sends a text to a WeCom, DingTalk or Feishu group robot and reads the vendor's code.

One attempt only: waiting and trying again belong to the outbox.
"""

import json
from datetime import datetime

from crm.integrations.gateways.posting import post
from crm.integrations.rules import TEXT_BYTES, Delivery, Message, Route, robot_request, split_text


class Robots:
    """The three robots; they differ in body, signature and codes, which are rules."""

    def __init__(self, allowed_hosts: tuple[str, ...]) -> None:
        self._allowed = allowed_hosts

    def send(self, route: Route, message: Message, *, at: datetime) -> Delivery:
        """Send every part of the text; the first part that fails decides."""
        first, *rest = split_text(message.text, limit=TEXT_BYTES[route.kind])
        outcome = self._send_part(route, first, at)
        for part in rest:
            if outcome.delivered:
                outcome = self._send_part(route, part, at)
        return outcome

    def _send_part(self, route: Route, text: str, at: datetime) -> Delivery:
        url, body = robot_request(route, text, at=at)
        return post(route, url, json.dumps(body).encode(), headers={}, allowed=self._allowed)
