"""Somebody who opens an address: with a browser, with a program's token, or unknown."""

import html
import re
from typing import Any
from urllib.parse import unquote

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

_NOISE = {"Set-Cookie", "Content-Length", "Date", "Expires"}
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")
_CHANCE = re.compile(
    r'(?P<field>(?:name="(?:csrf_token|key|client_key|idempotency_key)" value|data-key)=")[^"]*'
    r'|(?P<head>name="(?:csrf-token|shuke-now)" content=")[^"]*'
)
"""What an answer makes up anew each time."""


class Visitor:
    """Sends requests as one person, without following where an answer leads."""

    def __init__(self, app: Flask, secret: str, *, is_program: bool) -> None:
        self.app, self.is_program = app, is_program
        self.client = app.test_client()
        self.secret = "" if is_program else secret
        self.headers = {"Authorization": f"Bearer {secret}"} if secret and is_program else {}

    def get(self, path: str, **query: Any) -> TestResponse:
        return self._sent("GET", path, query_string=query or None)

    def json(self, method: str, path: str, body: Any = None) -> TestResponse:
        return self._sent(method, path, **({} if body is None else {"json": body}))

    def form(self, path: str, data: dict[str, Any]) -> TestResponse:
        self.client.delete_cookie("shuke-page")
        return self._sent("POST", path, data={**data, "csrf_token": self._csrf_token()})

    def _csrf_token(self) -> str:
        with self.client.session_transaction() as cookie:
            raw = cookie.setdefault("csrf_token", "0" * 40)
        signer = URLSafeTimedSerializer(self.app.config["SECRET_KEY"], salt="wtf-csrf-token")
        return str(signer.dumps(raw))

    def _sent(self, method: str, path: str, **options: Any) -> TestResponse:
        if self.secret:  # each time: one of the addresses signs out
            self.client.set_cookie("shuke", self.secret)
        if method == "GET":  # what an earlier request left to be said
            self.client.delete_cookie("shuke-page")
        answer = self.client.open(path, method=method, headers=self.headers, **options)
        answer.get_data()
        answer.close()
        return answer


def plain(answer: TestResponse) -> str:
    """Return all of an answer in plain letters: headers and body, without what chance made."""
    heads = [f"{name}: {unquote(value)}" for name, value in answer.headers if name not in _NOISE]
    body = answer.get_data().decode("utf-8", "replace")
    body = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), body)
    body = _CHANCE.sub(lambda found: found["field"] or found["head"], html.unescape(unquote(body)))
    return "\n".join([str(answer.status_code), *heads, body])
