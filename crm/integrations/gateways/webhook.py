"""Posts an alert as signed JSON to a program of the shop's own."""

import json

from crm.integrations.gateways.posting import post
from crm.integrations.rules import Delivery, Message, Route, webhook_signature


class Webhook:
    """The signature lets the receiver know us; the delivery id lets it drop a repetition."""

    def __init__(self, allowed_hosts: tuple[str, ...]) -> None:
        self._allowed = allowed_hosts

    def send(self, route: Route, message: Message) -> Delivery:
        body = json.dumps(message.payload, ensure_ascii=False).encode()
        headers = {"X-Shuke-Delivery": message.delivery_id}
        if route.secret:
            headers["X-Shuke-Signature"] = webhook_signature(body, route.secret)
        return post(route, route.url, body, headers=headers, allowed=self._allowed)
