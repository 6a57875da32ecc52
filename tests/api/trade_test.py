"""Orders, loyalty, copy check over JSON."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.loyalty import service as loyalty
from crm.stores.models import Store
from tests.api.conftest import ApiClient, MakeApi
from tests.conftest import NOW
from tests.factories.stores import make_staff


def _order(number: str, contact: dict[str, Any], month: int = 5, **more: Any) -> dict[str, Any]:
    return {
        "channel": "wechat_shop",
        "order_no": number,
        "ordered_at": f"2025-{month:02d}-02T12:00:00+08:00",
        "paid_fen": 25900,
        "contact": contact,
        "lines": [{"product": "碎花连衣裙", "quantity": 1, "amount_fen": 25900}],
        **more,
    }


@pytest.fixture
def contact(api: ApiClient, store: Store) -> int:
    body = {"name": "陈姐", "store_id": store.id, "external_userid": "wm_1"}
    return int(api.post("/contacts", body)["id"])


def test_orders_are_taken_once_and_make_a_loyal_contact(
    api: ApiClient, session: Session, contact: int
) -> None:
    orders = [_order(str(m), {"external_userid": "wm_1"}, m) for m in (2, 4, 5)]
    orders.append(_order("noise", {"external_userid": "wm_other"}))
    taken = api.post("/orders", {"orders": orders}, 200)
    assert taken == {"created": 4, "updated": 0, "unchanged": 0, "unmatched": 1}
    taken = api.post("/orders", {"orders": orders}, 200)
    assert (taken["created"], taken["unchanged"]) == (0, 4)
    loyalty.recompute(session, [contact], now=NOW)
    session.flush()
    view = api.get(f"/contacts/{contact}/loyalty")
    assert view["orders_count"] == 3
    assert view["net_spent_fen"] == 3 * 25900
    names = {tag["name"]: tag["reason"] for tag in view["tags"]}
    assert "loyal" in names
    assert "3" in names["loyal"]
    assert view["rhythm"]["state"] in {"early", "due", "lapsing"}


def test_refund_updates_the_order(api: ApiClient, contact: int) -> None:
    api.post("/orders", {"orders": [_order("1", {"id": contact})]}, 200)
    refunded = _order("1", {"id": contact}, refunded_fen=25900)
    assert api.post("/orders", {"orders": [refunded]}, 200)["updated"] == 1


def test_contact_without_orders_has_empty_loyalty(api: ApiClient, contact: int) -> None:
    view = api.get(f"/contacts/{contact}/loyalty")
    assert view["tags"] == []
    assert view["rhythm"]["state"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"paid_fen": -1},
        {"paid_fen": 1.5},
        {"paid_fen": 2**60},
        {"channel": "moon"},
        {"lines": []},
        {"ordered_at": "2025-05-02"},
        {"contact": {"id": 424242}},
        {"store_id": 424242},
        {"order_no": ""},
        {"refunded_fen": 99999999},
    ],
)
def test_bad_order_is_422_and_takes_nothing(
    api: ApiClient, contact: int, wrong: dict[str, Any]
) -> None:
    good, bad = _order("1", {"id": contact}), _order("2", {"id": contact})
    api.post("/orders", {"orders": [good, {**bad, **wrong}]}, 422)
    assert api.post("/orders", {"orders": [good]}, 200)["created"] == 1


def test_assistant_may_not_feed_orders(make_api: MakeApi, session: Session, store: Store) -> None:
    api = make_api(make_staff(session, Role.ASSISTANT, store))
    api.post("/orders", {"orders": [_order("1", {})]}, 403)


def test_claims_are_found_with_offsets_in_code_points(api: ApiClient) -> None:
    text = "🌸这款茶根治失眠"
    found = api.post("/claims/check", {"text": text, "industry": "tea"}, 200)["findings"]
    assert found
    assert all(text[f["start"] : f["end"]] == f["text"] for f in found)
    assert {f["severity"] for f in found} == {"block"}
    assert api.post("/claims/check", {"text": "新到了一批杯子"}, 200)["findings"] is not None
