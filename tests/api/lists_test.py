"""Repurchase lists over JSON: filter, draw, copy, export."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.campaigns.rules.audience import CONDITIONS_MAX
from crm.stores.models import Store
from tests.api.conftest import ApiClient, MakeApi
from tests.factories.stores import make_staff

CLEAN = "姐，新到了一批杯子，有空来看看"
BLOCKED = "这款茶根治失眠，全网第一"


def _list(store: Store, **more: Any) -> dict[str, Any]:
    condition = {"field": "store_id", "op": "is", "value": store.id}
    body = {"name": "夏装", "filter": {"all": [condition]}, "holdout_percent": 0, "copy": CLEAN}
    return {**body, **more}


@pytest.fixture
def people(api: ApiClient, store: Store) -> list[int]:
    """Five people of the store, and one of another who is in no list of it."""
    other = next(s["id"] for s in api.get("/stores")["items"] if s["id"] != store.id)
    api.post("/contacts", {"name": "别人", "store_id": other})
    bodies = [{"name": f"=顾客{n}", "store_id": store.id} for n in range(5)]
    return [api.post("/contacts", body)["id"] for body in bodies]


def test_parts_of_a_list_sum_to_who_matched_and_page_by_cursor(
    api: ApiClient, store: Store, people: list[int]
) -> None:
    made = api.post("/campaigns", _list(store, holdout_percent=40, seed=7))
    whole = api.get(f"/campaigns/{made['id']}/audience")
    suppressed = sum(part["count"] for part in whole["suppressed"])
    assert whole["matched"] == whole["reachable"] + whole["held_out"] + suppressed == 5
    first = api.get(f"/campaigns/{made['id']}/audience?limit=3")
    rest = api.get(f"/campaigns/{made['id']}/audience?limit=3&cursor={first['next_cursor']}")
    assert [p["contact_id"] for p in first["items"] + rest["items"]] == people
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(("seed", "kept"), [("s", "s"), (7, "7"), (0, "0"), (-1, "-1")])
def test_seed_is_a_text_or_a_number(api: ApiClient, store: Store, seed: Any, kept: str) -> None:
    assert api.post("/campaigns", _list(store, seed=seed))["seed"] == kept


@pytest.mark.parametrize("seed", ["", " ", "x" * 65, True, 1.5, [], 10**30])
def test_seed_that_is_neither_is_refused(api: ApiClient, store: Store, seed: Any) -> None:
    problem = api.post("/campaigns", _list(store, seed=seed), 422)
    assert [error["field"] for error in problem["errors"]] == ["seed"]


def test_same_seed_draws_the_same_people(api: ApiClient, store: Store, people: list[int]) -> None:
    ids = [api.post("/campaigns", _list(store, holdout_percent=50, seed=7))["id"] for _ in "ab"]
    one, two = (api.get(f"/campaigns/{i}/audience")["items"] for i in ids)
    assert one == two


@pytest.mark.parametrize(
    ("condition", "field", "word"),
    [
        ({"field": "moon", "op": "is", "value": 1}, "filter.all.0.field", "store_id"),
        ({"field": "tag", "op": ">=", "value": "x"}, "filter.all.0.op", "has"),
        ({"field": "rhythm_state", "op": "is", "value": "x"}, "filter.all.0.value", "lapsing"),
        ({"field": "tag", "op": "in", "value": []}, "filter.all.0.value", "200"),
    ],
)
def test_refused_filter_says_where_and_what_would_do(
    api: ApiClient, store: Store, condition: dict[str, Any], field: str, word: str
) -> None:
    problem = api.post("/campaigns", _list(store, filter={"all": [condition]}), 422)
    (error,) = problem["errors"]
    assert error["field"] == field
    assert word in error["message"]
    assert "{" not in error["message"]


@pytest.mark.parametrize("bad", [None, [], "x", {}, {"any": []}, {"all": {}}, {"all": [], "x": 1}])
def test_filter_of_another_shape_is_refused(api: ApiClient, store: Store, bad: Any) -> None:
    api.post("/campaigns", _list(store, filter=bad), 422)


def test_too_many_conditions_are_refused_with_the_limit(api: ApiClient, store: Store) -> None:
    condition = {"field": "orders_count", "op": ">=", "value": 1}
    filters = {"all": [condition] * (CONDITIONS_MAX + 1)}
    problem = api.post("/campaigns", _list(store, filter=filters), 422)
    assert str(CONDITIONS_MAX) in problem["errors"][0]["message"]


def test_blocked_copy_is_a_409_with_findings_like_those_of_the_check(
    api: ApiClient, store: Store, people: list[int]
) -> None:
    made = api.post("/campaigns", _list(store, copy=BLOCKED))
    problem = api.post(f"/campaigns/{made['id']}/approve", status=409)
    checked = api.post("/claims/check", {"text": BLOCKED}, 200)["findings"]
    assert problem["findings"]
    assert all(finding in checked for finding in problem["findings"])
    assert {finding["severity"] for finding in problem["findings"]} == {"block"}
    assert {finding["level"] for finding in problem["findings"]} == {"block"}
    api.get(f"/campaigns/{made['id']}/export.csv", 409)


def test_approved_list_leaves_as_csv_that_no_spreadsheet_runs(
    api: ApiClient, store: Store, people: list[int]
) -> None:
    path = f"/campaigns/{api.post('/campaigns', _list(store))['id']}"
    assert api.post(f"{path}/approve", status=200)["state"] == "approved"
    api.post(f"{path}/approve", status=409)
    text = api.get(f"{path}/export.csv")
    assert api.response.data.startswith(b"\xef\xbb\xbf")
    header, *rows = text.lstrip("\ufeff").splitlines()
    assert header == "contact_id,name,phone_masked,store,owner,reason,copy"
    assert len(rows) == 5
    assert all(row.split(",")[1].startswith("'=") for row in rows)
    results = api.get(f"{path}/results")
    assert results["treated"]["people"] == 5
    assert results["verdict"] == "uncertain"


def test_list_of_other_stores_is_404_and_a_manager_approves_none(
    api: ApiClient, make_api: MakeApi, session: Session, store: Store
) -> None:
    other = next(s for s in api.get("/stores")["items"] if s["id"] != store.id)
    condition = {"field": "store_id", "op": "is", "value": other["id"]}
    body = _list(store, filter={"all": [condition]})
    made = api.post("/campaigns", body)
    manager = make_api(make_staff(session, Role.MANAGER, store))
    for tail in ("", "/audience", "/results"):
        manager.get(f"/campaigns/{made['id']}{tail}", 404)
    manager.post("/campaigns", body, 422)
    manager.post(f"/campaigns/{made['id']}/approve", status=403)
