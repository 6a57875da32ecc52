"""Groups, events and routes over JSON: what is refused, what pages, what stays apart."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.rules import Role
from crm.integrations.models import Channel
from crm.stores.models import Store
from tests.api.conftest import ApiClient, at, log_case
from tests.factories.stores import make_staff


@pytest.fixture
def assistant(session: Session, store: Store) -> Staff:
    return make_staff(session, Role.ASSISTANT, store)


def test_group_keeps_its_owner_and_its_chat_is_hers_alone(
    api: ApiClient, store: Store, assistant: Staff, session: Session
) -> None:
    body = {"name": "人民路 3 群", "store_id": store.id, "external_chat_id": "wr1"}
    made = api.post("/groups", {**body, "owner_id": assistant.id})
    assert (made["owner_id"], made["external_chat_id"]) == (assistant.id, "wr1")
    api.post("/groups", body, 409)
    for _again in range(2):  # no chat is no chat, however often
        assert api.post("/groups", {**body, "external_chat_id": ""})["external_chat_id"] is None
    elsewhere = make_staff(session, Role.ASSISTANT)
    for owner_id in (elsewhere.id, 987654):
        problem = api.post("/groups", {**body, "owner_id": owner_id}, 422)
        assert [error["field"] for error in problem["errors"]] == ["owner_id"]


def test_short_lists_page_by_cursor_too(api: ApiClient, store: Store) -> None:
    made = [api.post("/groups", {"name": f"{n} 群", "store_id": store.id})["id"] for n in "123"]
    first = api.get("/groups?limit=2")
    assert [group["id"] for group in first["items"]] == made[:2]
    rest = api.get(f"/groups?limit=2&cursor={first['next_cursor']}")
    assert ([group["id"] for group in rest["items"]], rest["next_cursor"]) == (made[2:], None)
    assert len(api.get("/stores?limit=1")["items"]) == 1
    api.get("/alert-routes?limit=0", 422)


def test_times_inside_an_event_are_in_utc_with_z(api: ApiClient, store: Store, group: int) -> None:
    made = log_case(api, store, group)
    event = {"type": "promised", "at": at(0), "data": {"due_at": "2025-06-19T10:00:00+08:00"}}
    answer = api.post(f"/complaints/{made['id']}/events", event, 200)
    promised = next(e for e in answer["events"] if e["type"] == "promised")
    assert promised["data"]["due_at"] == "2025-06-19T02:00:00Z"


@pytest.mark.parametrize(
    "data",
    [
        {"due_at": "2025-06-19T10:00:00"},
        {"due_at": "0001-01-01T00:00:00+14:00"},
        {"due_at": 5},
        {"to_id": 2**40},
        {"surprise": 1},
        [],
        "x",
    ],
)
def test_event_with_wrong_data_is_422(api: ApiClient, store: Store, group: int, data: Any) -> None:
    made = log_case(api, store, group)
    event = {"type": "promised", "at": at(0), "data": data}
    api.post(f"/complaints/{made['id']}/events", event, 422)


def test_alert_route_of_a_store_that_is_not_there_is_404(api: ApiClient) -> None:
    url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"
    api.post("/alert-routes", {"kind": "wecom_robot", "url": url, "store_id": 424242}, 404)


def test_test_of_a_route_is_answered_once_for_a_key(api: ApiClient, session: Session) -> None:
    url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"
    route = api.post("/alert-routes", {"kind": "wecom_robot", "url": url})
    session.get_one(Channel, route["id"]).sealed_url = "sealed by another key"
    session.flush()
    path, key = f"/alert-routes/{route['id']}/test", {"Idempotency-Key": "k"}
    first = api.post(path, status=200, **key)
    assert first == {"delivered": False, "code": "wrong_key", "detail": ""}
    assert api.post(path, status=200, **key) == first
    assert api.response.headers["Idempotent-Replayed"] == "true"
