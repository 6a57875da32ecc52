"""The whole API under generated input: no 500, and every answer is one that the document names.

Cases come from the document itself, right ones and wrong ones. Ids in them are pointed at rows that
exist, so that what lies behind a 404 is reached too. Derandomised: the same run everywhere.
"""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from crm.api.views import RESOURCES
from crm.stores.models import Store
from tests.api.conftest import ApiClient

EXAMPLES = 12
"""Of each kind for each operation: some 30 s of one core in all."""
CALLS_OUT = "/api/v1/alert-routes/{route_id}/test"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MOMENTS = {"at", "sent_at", "happened_at", "occurred_at", "ordered_at"}
AT = "2025-06-18T20:00:00+08:00"
Ids = dict[str, int]


@pytest.fixture
def ids(api: ApiClient, store: Store) -> Ids:
    """One row of each kind, by the name under which requests speak of it."""
    place = {"store_id": store.id}
    contact = api.post("/contacts", {"name": "陈姐", "phone": "10000000142", **place})["id"]
    group = api.post("/groups", {"name": "人民路 2 群", **place})["id"]
    case = {"channel": "group", "text": "是不是假货", "occurred_at": AT, "group_id": group, **place}
    filters = {"all": [{"field": "store_id", "op": "is", "value": store.id}]}
    sheet = {"name": "夏装", "filter": filters, "holdout_percent": 10, "copy": "新到了一批杯子"}
    touch = {"contact_id": contact, "kind": "chat", "minutes": 5, "happened_at": AT}
    return {
        **place,
        "contact_id": contact,
        "group_id": group,
        "complaint_id": api.post("/complaints", case)["id"],
        "campaign_id": api.post("/campaigns", sheet)["id"],
        "touch_id": api.post("/touches", {**touch, "client_key": "first"})["id"],
        "owner_id": api.get(f"/contacts/{contact}")["owner_id"],
        "to_id": api.get(f"/contacts/{contact}")["owner_id"],
    }


def _pointed(value: Any, ids: Ids, name: str = "") -> Any:
    """The value with most ids in it turned into ones that exist, and most times into today's."""
    if isinstance(value, dict):
        return {key: _pointed(one, ids, str(key)) for key, one in value.items()}
    if isinstance(value, list):
        return [_pointed(one, ids, name) for one in value]
    if name in ids and type(value) in {int, float} and value % 8:
        return ids[name]
    kept = name not in MOMENTS or not isinstance(value, str) or sum(map(ord, value)) % 8 == 0
    return value if kept else AT


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("tag", [resource.bp.name for resource in RESOURCES])
def test_generated_requests_get_answers_that_the_document_names(
    app: Flask, api: ApiClient, ids: Ids, tag: str, mode: GenerationMode
) -> None:
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operations = [found.ok() for found in document.include(tag=tag).get_all_operations()]
    assert operations
    for operation in operations:
        if operation.path == CALLS_OUT:  # nothing leaves a test
            continue

        @SETTINGS
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Case) -> None:
            case.path_parameters = _pointed(case.path_parameters, ids)
            case.body = _pointed(case.body, ids)
            response = case.call(headers={**api.headers, "Accept-Encoding": "identity"})
            case.validate_response(response, checks=CHECKS)

        ask()
