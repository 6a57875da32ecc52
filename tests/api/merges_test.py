"""Merging contacts over JSON: the old id leads to the kept one, undo brings both back."""

import pytest
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.stores.models import Store
from tests.api.conftest import ApiClient, MakeApi
from tests.factories.contacts import make_noise
from tests.factories.stores import make_staff, make_store

AT = "2025-06-18T10:00:00+08:00"


@pytest.fixture(autouse=True)
def noise(session: Session) -> None:
    make_noise(session)


def _two(api: ApiClient, store: Store) -> tuple[int, int]:
    return tuple(
        api.post("/contacts", {"name": name, "store_id": store.id, "phone": phone})["id"]
        for name, phone in (("陈姐", "13800000142"), ("陈小姐", "13800000143"))
    )


def test_the_merged_away_is_not_shown_and_what_names_her_is_the_kept_ones(
    api: ApiClient, store: Store
) -> None:
    kept, other = _two(api, store)
    made = api.post(f"/contacts/{kept}/merge", {"other_id": other})
    assert set(made) == {"merge_id", "kept_id"}
    assert made["kept_id"] == kept
    for path in ("", "/timeline", "/loyalty", "/attention", "/phone"):
        assert api.get(f"/contacts/{other}{path}", 404)["kept_id"] == kept
    assert api.send("PATCH", f"/contacts/{other}", 404, {"name": "甲"})["kept_id"] == kept
    assert [one["id"] for one in api.get("/contacts?q=陈小姐")["items"]] == []
    assert other not in [one["id"] for one in api.get("/contacts")["items"]]
    touch = {"kind": "chat", "minutes": 3, "happened_at": AT, "client_key": "k"}
    api.post("/touches", {"contact_id": other, **touch})
    line = {"product": "裙", "quantity": 1, "amount_fen": 100}
    order = {"channel": "pos", "order_no": "A1", "ordered_at": AT, "paid_fen": 100, "lines": [line]}
    api.post("/orders", {"orders": [{**order, "contact": {"id": other}}]}, 200)
    said = {"channel": "private", "text": "坏了", "occurred_at": AT, "store_id": store.id}
    assert api.post("/complaints", {**said, "contact_id": other})["contact_id"] == kept
    kinds = {entry["type"] for entry in api.get(f"/contacts/{kept}/timeline")["items"]}
    assert kinds == {"touch", "order", "complaint", "merge"}
    again = api.post("/contacts", {"name": "丙", "store_id": store.id, "phone": "13800000143"}, 409)
    assert again["existing_id"] == kept


def test_undo_brings_both_back_and_asks_for_the_later_merge_first(
    api: ApiClient, store: Store
) -> None:
    kept, other = _two(api, store)
    third = api.post("/contacts", {"name": "刘姐", "store_id": store.id})["id"]
    before = [api.get(f"/contacts/{one}") for one in (kept, other)]
    first = api.post(f"/contacts/{kept}/merge", {"other_id": other})
    assert api.post(f"/contacts/{kept}/merge", {"other_id": other}) == first
    later = api.post(f"/contacts/{third}/merge", {"other_id": kept})
    refused = api.post(f"/merges/{first['merge_id']}/undo", None, 409)
    assert refused["merge_id"] == later["merge_id"]
    for made in (later, first, first):
        assert api.post(f"/merges/{made['merge_id']}/undo", None, 200) == made
    assert [api.get(f"/contacts/{one}") for one in (kept, other)] == before


def test_what_cannot_be_merged(api: ApiClient, store: Store) -> None:
    kept, other = _two(api, store)
    api.post(f"/contacts/{kept}/merge", {"other_id": kept}, 409)
    api.post(f"/contacts/{kept}/merge", {"other_id": 999_999}, 404)
    api.post("/contacts/999999/merge", {"other_id": other}, 404)
    api.post(f"/contacts/{kept}/merge", {"other_id": "x"}, 422)
    api.post(f"/contacts/{kept}/merge", {}, 422)
    api.post("/merges/999999/undo", None, 404)


def test_a_manager_merges_in_her_stores_an_assistant_not_at_all(
    session: Session, api: ApiClient, store: Store, make_api: MakeApi
) -> None:
    kept, other = _two(api, store)
    made = api.post(f"/contacts/{kept}/merge", {"other_id": other})
    far = make_staff(session, Role.MANAGER, make_store(session, "中山路店"), login="far")
    for person, status in ((far, 404), (make_staff(session, Role.ASSISTANT, store), 403)):
        theirs = make_api(person)
        theirs.post(f"/contacts/{kept}/merge", {"other_id": other}, status)
        theirs.post(f"/merges/{made['merge_id']}/undo", None, status)
