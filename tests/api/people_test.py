"""Stores, contacts, touches over JSON."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.audit.models import AuditEntry
from crm.stores.models import Store
from tests.api.conftest import ApiClient, MakeApi
from tests.factories.stores import make_staff

PHONE = "100 0000 0142"
NAIVE = "2025-06-18T10:00:00"
AWARE = "2025-06-18T10:00:00+08:00"


def _chen(store: Store, **more: object) -> dict[str, object]:
    return {
        "name": "陈姐",
        "nickname": "小陈",
        "phone": PHONE,
        "store_id": store.id,
        "moved_from": {"kind": "store", "store_id": store.id, "at": AWARE},
        "consent": {"basis": "consent", "at": AWARE, "note": "当面说好"},
        "tags": ["夏装"],
        **more,
    }


def test_contact_is_added_masked_and_found_again(api: ApiClient, store: Store) -> None:
    made = api.post("/contacts", _chen(store))
    assert made["phone_masked"] == "100****0142"
    assert made["tags"] == ["夏装"]
    assert made["created_at"].endswith("Z")
    assert api.response.headers["Location"].endswith(f"/contacts/{made['id']}")
    api.post("/contacts", {"name": "别人", "store_id": store.id})
    for q in ("陈姐", "小陈", "0142", "10000000142", "cj", "夏装"):
        assert [c["id"] for c in api.get(f"/contacts?q={q}")["items"]] == [made["id"]], q
    assert api.get("/contacts?q=没有这人")["items"] == []
    assert "10000000142" not in api.response.text
    assert [c["id"] for c in api.get("/contacts?tag=夏装")["items"]] == [made["id"]]


def test_known_identity_answers_409_with_the_contact(api: ApiClient, store: Store) -> None:
    made = api.post("/contacts", _chen(store))
    problem = api.post("/contacts", {**_chen(store), "name": "另一个"}, 409)
    assert problem["existing_id"] == made["id"]
    external = _chen(store, phone="", external_userid="wm_1")
    first = api.post("/contacts", external)
    assert api.post("/contacts", external, 409)["existing_id"] == first["id"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \x00 "}, "name"),
        ({"name": "名" * 41}, "name"),
        ({"phone": "138 1234 014"}, "phone"),
        ({"store_id": "1"}, "store_id"),
        ({"store_id": True}, "store_id"),
        ({"consent": {"basis": "consent", "at": NAIVE}}, "consent.at"),
        ({"consent": {"basis": "wish", "at": AWARE}}, "consent.basis"),
        ({"tags": ["t" * 21]}, "tags.0"),
        ({"surprise": 1}, "surprise"),
        ({"moved_from": {"kind": "moon"}}, "moved_from.kind"),
        ({"moved_from": {"kind": "store", "store_id": 424242}}, "moved_from.store_id"),
        ({"moved_from": {"kind": "group", "group_id": 424242}}, "moved_from.group_id"),
    ],
)
def test_bad_contact_is_422_and_names_the_field(
    api: ApiClient, store: Store, change: dict[str, object], field: str
) -> None:
    problem = api.post("/contacts", {**_chen(store), **change}, 422)
    assert field in {error["field"] for error in problem["errors"]}, problem


def test_list_pages_by_cursor_without_gaps_or_doubles(api: ApiClient, store: Store) -> None:
    made = [
        api.post("/contacts", {"name": f"顾客{i}", "store_id": store.id})["id"] for i in range(5)
    ]
    seen, path = [], "/contacts?limit=2"
    while path:
        page = api.get(path)
        seen += [c["id"] for c in page["items"]]
        path = f"/contacts?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert seen == made[::-1]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=nonsense"])
def test_bad_list_parameter_is_422(api: ApiClient, query: str) -> None:
    api.get(f"/contacts?{query}", 422)


def test_patch_changes_what_is_named_and_keeps_the_rest(api: ApiClient, store: Store) -> None:
    made = api.post("/contacts", _chen(store))
    changed = api.send("PATCH", f"/contacts/{made['id']}", 200, {"remark": "怕热"})
    assert changed == {**made, "remark": "怕热"}
    api.send("PATCH", f"/contacts/{made['id']}", 422, {"name": ""})


def test_remark_too_long_with_its_number_is_refused(api: ApiClient, store: Store) -> None:
    made = api.post("/contacts", _chen(store) | {"remark": "儿子 +86 139-0000-0142"})
    longer = {"name": "改", "remark": f"139****0142{'喜' * 189}"}
    refused = api.send("PATCH", f"/contacts/{made['id']}", 422, longer)
    assert [error["field"] for error in refused["errors"]] == ["remark"]
    assert api.get(f"/contacts/{made['id']}")["name"] == made["name"]


def test_number_in_a_remark_is_masked_and_survives_a_patch(api: ApiClient, store: Store) -> None:
    made = api.post("/contacts", _chen(store) | {"remark": "儿子 13900000142"})
    assert made["remark"] == "儿子 139****0142"
    api.send("PATCH", f"/contacts/{made['id']}", 200, {"remark": f"{made['remark']} 周末"})
    assert api.get(f"/contacts/{made['id']}/export")["contact"][0]["remark"].startswith(
        "儿子 13900000142"
    )


def test_phone_is_revealed_to_who_may_and_the_reveal_is_logged(
    api: ApiClient, make_api: MakeApi, session: Session, store: Store
) -> None:
    made = api.post("/contacts", _chen(store))
    assert api.get(f"/contacts/{made['id']}/phone") == {"phone": "10000000142"}
    actions = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject == f"contact:{made['id']}")
    ).all()
    assert "contact.phone_revealed" in actions
    assistant = make_api(make_staff(session, Role.ASSISTANT, store))
    assistant.get(f"/contacts/{made['id']}/phone", 403)


def test_other_stores_contact_is_404_by_every_path(
    api: ApiClient, make_api: MakeApi, session: Session, store: Store
) -> None:
    stores = api.get("/stores")["items"]
    other = next(s["id"] for s in stores if s["id"] != store.id)
    made = api.post("/contacts", {"name": "陈姐", "store_id": other, "phone": PHONE})
    manager = make_api(make_staff(session, Role.MANAGER, store))
    for tail in ("", "/timeline", "/phone", "/loyalty", "/attention"):
        manager.get(f"/contacts/{made['id']}{tail}", 404)
    assert manager.get("/contacts?q=陈姐")["items"] == []
    assert manager.get(f"/contacts?store_id={other}")["items"] == []
    manager.post("/contacts", {"name": "x", "store_id": other}, 404)
    manager.send("PATCH", f"/contacts/{made['id']}", 404, {"name": "y"})


def _touch(contact_id: int, **more: object) -> dict[str, object]:
    return {
        "contact_id": contact_id,
        "kind": "chat",
        "minutes": 20,
        "happened_at": "2025-06-18T20:00:00+08:00",
        "client_key": "k1",
        **more,
    }


def test_whole_number_may_be_written_with_a_point(api: ApiClient, store: Store) -> None:
    contact = api.post("/contacts", {"name": "张阿姨", "store_id": float(store.id)})["id"]
    assert api.post("/touches", _touch(contact, minutes=20.0))["allowance"]["used_minutes"] == 20


def test_touch_is_logged_once_counts_and_is_undone(api: ApiClient, store: Store) -> None:
    contact = api.post("/contacts", {"name": "张阿姨", "store_id": store.id})["id"]
    first = api.post("/touches", _touch(contact))
    assert first["allowance"]["used_minutes"] == 20
    assert first["allowance"]["remaining_minutes"] == 10
    again = api.post("/touches", _touch(contact), 200)
    assert again["id"] == first["id"]
    over = api.post("/touches", _touch(contact, client_key="k2"))
    assert over["allowance"]["state"] == "over"
    assert over["allowance"]["remaining_minutes"] == -10
    exempt = api.post("/touches", _touch(contact, client_key="k3", topic="after_sales"))
    assert exempt["allowance"]["used_minutes"] == 40
    assert exempt["allowance"]["exempt_minutes"] == 20
    api.send("DELETE", f"/touches/{over['id']}", 204)
    assert api.get(f"/contacts/{contact}/attention")["used_minutes"] == 20
    kinds = [entry["type"] for entry in api.get(f"/contacts/{contact}/timeline")["items"]]
    assert kinds.count("touch") == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": 0},
        {"minutes": -5},
        {"minutes": 10**9},
        {"minutes": 2.5},
        {"happened_at": NAIVE},
        {"happened_at": "0001-01-01T00:00:00+14:00"},
        {"client_key": ""},
        {"kind": "pigeon"},
    ],
)
def test_bad_touch_is_422(api: ApiClient, store: Store, wrong: dict[str, object]) -> None:
    contact = api.post("/contacts", {"name": "张阿姨", "store_id": store.id})["id"]
    api.post("/touches", _touch(contact, **wrong), 422)


@pytest.mark.parametrize("field", ["moved_from", "consent"])
def test_contact_with_a_time_to_come_is_422(api: ApiClient, store: Store, field: str) -> None:
    what = {"kind": "shop"} if field == "moved_from" else {"basis": "consent"}
    body = _chen(store, **{field: {**what, "at": "2025-06-19T10:00:00+08:00"}})
    problem = api.post("/contacts", body, 422)
    assert [error["field"] for error in problem["errors"]] == [f"{field}.at"]


def test_patch_replaces_tags_and_the_search_follows(api: ApiClient, store: Store) -> None:
    made = api.post("/contacts", _chen(store))
    path = f"/contacts/{made['id']}"
    changed = api.send("PATCH", path, 200, {"tags": ["秋装", "秋装", "大码"]})
    assert sorted(changed["tags"]) == ["大码", "秋装"]
    assert api.get("/contacts?tag=夏装")["items"] == []
    assert len(api.get("/contacts?tag=大码")["items"]) == 1
    assert api.send("PATCH", path, 200, {"tags": []})["tags"] == []
    api.send("PATCH", path, 422, {"tags": [f"{n}" for n in range(21)]})


def test_touch_to_come_or_of_no_complaint_is_refused(api: ApiClient, store: Store) -> None:
    contact = api.post("/contacts", {"name": "张阿姨", "store_id": store.id})["id"]
    api.post("/touches", _touch(contact, happened_at="2025-06-19T20:00:00+08:00"), 422)
    api.post("/touches", _touch(contact, complaint_id=424242), 404)
    api.post("/touches", _touch(424242), 404)
