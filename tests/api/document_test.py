"""The OpenAPI document: complete enough to drive a program that has read nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from crm.complaints.rules.words import WRITTEN_BY_SHUKE

METHODS = ("get", "post", "patch", "delete", "put")
PROBLEM = "application/problem+json"


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _responses(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    named = document["components"]["responses"]
    return {
        status: named[found["$ref"].rsplit("/", 1)[1]] if "$ref" in found else found
        for status, found in operation["responses"].items()
    }


def test_document_asks_for_a_bearer_token_everywhere(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["security"] == [{"token": []}]
    scheme = document["components"]["securitySchemes"]["token"]
    assert scheme == {"type": "http", "scheme": "bearer"}


def test_every_operation_declares_its_refusals(document: dict[str, Any]) -> None:
    for path, method, operation in _operations(document):
        needed = {"401", "403"}
        needed |= {"404"} if "{" in path else set()
        needed |= {"409", "422"} if method == "post" else set()
        needed |= {"413", "415", "422"} if "requestBody" in operation else set()
        found = _responses(document, operation)
        assert needed <= set(found), (path, method)
        assert any(status.startswith("2") for status in found), (path, method)
        for status, response in found.items():
            if int(status) >= 400:
                assert set(response["content"]) == {PROBLEM}, (path, status)


def test_every_operation_has_a_name_and_every_post_takes_a_key(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _path, _method, operation in _operations(document)]
    assert len(set(names)) == len(names) > 30
    for path, method, operation in _operations(document):
        takes = any(p.get("name") == "Idempotency-Key" for p in operation.get("parameters", ()))
        assert takes is (method == "post"), path


def test_lists_take_limit_and_cursor(document: dict[str, Any]) -> None:
    for path in ("stores", "contacts", "groups", "complaints", "alerts", "alert-routes"):
        named = {p["name"] for p in document["paths"][f"/api/v1/{path}"]["get"]["parameters"]}
        assert {"limit", "cursor"} <= named, path


def test_what_only_shuke_writes_cannot_be_posted(document: dict[str, Any]) -> None:
    offered = document["components"]["schemas"]["EventIn"]["properties"]["type"]["enum"]
    assert not {kind.value for kind in WRITTEN_BY_SHUKE} & set(offered)
    assert "public_reply" in offered


def test_filter_is_described(document: dict[str, Any]) -> None:
    found = document["components"]["schemas"]["CampaignIn"]["properties"]["filter"]
    condition = found["properties"]["all"]["items"]["properties"]
    assert "rhythm_state" in condition["field"]["enum"]
    assert ">=" in condition["op"]["enum"]


def test_what_concerns_one_person_everywhere_is_there(document: dict[str, Any]) -> None:
    one = "/api/v1/contacts/{contact_id}"
    assert {f"{one}/merge", f"{one}/anonymise", f"{one}/export"} <= document["paths"].keys()
