"""Tokens, scopes, errors, one-time keys, the document."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.accounts.models import IdempotencyKey
from crm.accounts.rules import Role, Scope
from crm.contacts.models import Contact
from crm.stores.models import Store
from tests.api.conftest import ApiClient, MakeApi
from tests.factories.stores import make_staff


def _count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Contact)) or 0


def test_request_without_a_valid_token_is_401(make_api: MakeApi, app: Flask) -> None:
    make_api(None).get("/contacts", 401)
    ApiClient(app, "shk_wrong").get("/contacts", 401)


def test_read_token_cannot_write(make_api: MakeApi, session: Session, store: Store) -> None:
    api = make_api(make_staff(session, Role.OWNER), Scope.READ)
    api.get("/stores")
    api.post("/contacts", {"name": "陈姐", "store_id": store.id}, 403)


def test_token_of_a_disabled_person_is_401(make_api: MakeApi, session: Session, now) -> None:  # type: ignore[no-untyped-def]
    staff = make_staff(session, Role.OWNER)
    api = make_api(staff)
    api.get("/stores")
    staff.disabled_at = now
    session.flush()
    api.get("/stores", 401)


def test_role_without_the_right_is_403(make_api: MakeApi, session: Session, store: Store) -> None:
    api = make_api(make_staff(session, Role.MANAGER, store))
    api.post("/stores", {"name": "新店", "code": "N"}, 403)
    api.get("/alert-routes", 403)


@pytest.mark.parametrize(
    "path", ["/nothing", "/contacts/999999", "/complaints/1", "/merges/1", "/contacts/x"]
)
def test_unknown_path_or_row_is_a_404_problem(api: ApiClient, path: str) -> None:
    api.get(path, 404)


def test_same_key_and_body_answers_the_first_again(
    api: ApiClient, session: Session, store: Store
) -> None:
    body = {"name": "陈姐", "store_id": store.id}
    key = {"Idempotency-Key": "k-1"}
    first = api.post("/contacts", body, **key)
    location = api.response.headers["Location"]
    again = api.post("/contacts", body, **key)
    assert again == first
    assert api.response.headers["Idempotent-Replayed"] == "true"
    assert api.response.headers["Location"] == location
    assert _count(session) == 1
    api.post("/contacts", {**body, "name": "李姐"}, 422, **key)
    assert _count(session) == 1


def test_key_of_another_token_is_another_key(
    make_api: MakeApi, session: Session, store: Store
) -> None:
    body = {"name": "陈姐", "store_id": store.id}
    for _ in range(2):
        make_api(make_staff(session, Role.OWNER)).post(
            "/contacts", body, **{"Idempotency-Key": "k"}
        )
    assert _count(session) == 2


def test_refused_request_keeps_no_key_and_may_be_mended(
    api: ApiClient, session: Session, store: Store
) -> None:
    key = {"Idempotency-Key": "k"}
    api.post("/contacts", {"name": "陈姐"}, 422, **key)
    assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0
    api.post("/contacts", {"name": "陈姐", "store_id": store.id}, **key)
    assert _count(session) == 1


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_key_that_cannot_be_kept_is_refused(api: ApiClient, store: Store, key: str) -> None:
    api.post("/contacts", {"name": "陈姐", "store_id": store.id}, 422, **{"Idempotency-Key": key})


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"\xff\xfe", "application/json", 400),
        (b"name=x", "application/x-www-form-urlencoded", 422),
        (b"", "application/json", 400),
    ],
)
def test_body_that_is_no_json_object_is_a_problem(
    api: ApiClient, data: bytes, content_type: str, status: int
) -> None:
    response = api.client.post(
        "/api/v1/contacts", data=data, content_type=content_type, headers=api.headers
    )
    assert response.status_code in {status, 415, 422}
    assert response.content_type == "application/problem+json"


def test_document_names_every_resource_and_needs_no_token(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    paths = {path.removeprefix("/api/v1") for path in document["paths"]}
    assert {
        "/stores",
        "/contacts",
        "/contacts/{contact_id}",
        "/contacts/{contact_id}/timeline",
        "/contacts/{contact_id}/phone",
        "/contacts/{contact_id}/loyalty",
        "/contacts/{contact_id}/attention",
        "/groups",
        "/groups/{group_id}/messages",
        "/groups/{group_id}/chat-imports",
        "/complaints",
        "/complaints/{complaint_id}",
        "/complaints/{complaint_id}/events",
        "/complaints/{complaint_id}/explain",
        "/complaint-scores",
        "/alerts",
        "/alerts/{alert_id}/acknowledge",
        "/alert-routes",
        "/alert-routes/{route_id}/test",
        "/orders",
        "/touches",
        "/touches/{touch_id}",
        "/claims/check",
        "/campaigns",
        "/campaigns/{campaign_id}",
        "/campaigns/{campaign_id}/audience",
        "/campaigns/{campaign_id}/approve",
        "/campaigns/{campaign_id}/export.csv",
        "/campaigns/{campaign_id}/results",
    } <= paths
