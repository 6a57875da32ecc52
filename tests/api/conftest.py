"""A program with a token, for the tests of the JSON API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from crm.accounts import service as accounts
from crm.accounts.models import Staff
from crm.accounts.rules import Role, Scope
from crm.stores.models import Store
from tests.conftest import NOW
from tests.factories.stores import make_staff, make_store

BASE = "/api/v1"
FAKE = "收到的裙子吊牌不对，是不是假货？质量太差了，要退款"


class ApiClient:
    """Sends JSON with one token and insists on the status."""

    def __init__(self, app: Flask, token: str) -> None:
        self.client = app.test_client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.response: TestResponse

    def send(self, method: str, path: str, status: int, body: Any = None, **headers: str) -> Any:
        options: dict[str, Any] = {} if body is None else {"json": body}
        self.response = self.client.open(
            BASE + path, method=method, headers={**self.headers, **headers}, **options
        )
        assert self.response.status_code == status, self.response.text
        if status >= 400:
            assert self.response.content_type == "application/problem+json"
            assert {"type", "title", "status", "detail", "errors"} <= set(self.response.json)
        is_json = self.response.data and "json" in self.response.content_type
        return self.response.get_json() if is_json else self.response.text

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        return self.send("GET", path, status, **headers)

    def post(self, path: str, body: Any = None, status: int = 201, **headers: str) -> Any:
        return self.send("POST", path, status, {} if body is None else body, **headers)


MakeApi = Callable[..., ApiClient]


@pytest.fixture
def make_api(app: Flask, session: Session) -> MakeApi:
    """Make a client for a person: `make_api(staff)` or `make_api(staff, Scope.READ)`."""

    def make(staff: Staff | None, scope: Scope = Scope.WRITE) -> ApiClient:
        token = ""
        if staff is not None:
            token = accounts.make_token(session, staff, "test", scope, actor=None, now=NOW)
            session.flush()
        return ApiClient(app, token)

    return make


@pytest.fixture
def store(session: Session) -> Store:
    make_store(session, "别的店")
    return make_store(session)


@pytest.fixture
def api(make_api: MakeApi, session: Session) -> ApiClient:
    """The owner's program."""
    return make_api(make_staff(session, Role.OWNER, name="阿俊"))


@pytest.fixture
def group(api: ApiClient, store: Store) -> int:
    body = {"name": "人民路 2 群", "store_id": store.id, "member_count": 186}
    return int(api.post("/groups", body)["id"])


def at(minutes: float) -> str:
    """A moment so many minutes after the tests' now."""
    return (NOW + timedelta(minutes=minutes)).isoformat()


def log_case(api: ApiClient, store: Store, group: int, **more: Any) -> dict[str, Any]:
    """Log a complaint from a group, eight minutes old."""
    body = {
        "channel": "group",
        "text": FAKE,
        "occurred_at": at(-8),
        "group_id": group,
        "store_id": store.id,
        "category": "suspected_fake",
        "reporter_name": "陈姐",
        **more,
    }
    made: dict[str, Any] = api.post("/complaints", body)
    return made
