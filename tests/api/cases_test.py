"""Groups, complaints, alerts over JSON."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.stores.models import Store
from tests.api.conftest import FAKE, ApiClient, MakeApi, at, log_case
from tests.factories.stores import make_staff


def _said(sender: str, text: str, minutes: float, **more: Any) -> dict[str, Any]:
    return {"sender": sender, "text": text, "sent_at": at(minutes), "is_staff": False, **more}


def test_messages_open_a_complaint_whose_clocks_start_when_it_was_said(
    api: ApiClient, group: int
) -> None:
    lines = [_said("阿莲", "几点开播", -9), _said("陈姐", FAKE, -8, message_id="m2")]
    taken = api.post(f"/groups/{group}/messages", {"messages": lines}, 200)
    assert taken["accepted"] == 2
    assert [one["index"] for one in taken["suspected"]] == [1]
    assert taken["suspected"][0]["reason"]
    (complaint_id,) = taken["complaint_ids"]
    complaint = api.get(f"/complaints/{complaint_id}")
    assert complaint["group_id"] == group
    assert complaint["state"] == "open"
    assert complaint["visibility"] == "public"
    starts = {clock["started_at"] for clock in complaint["clocks"]}
    assert starts == {"2025-06-18T12:14:18Z"}
    again = api.post(f"/groups/{group}/messages", {"messages": lines}, 200)
    assert (again["accepted"], again["duplicates"]) == (0, 2)


def test_pasted_chat_is_previewed_and_stored(api: ApiClient, group: int) -> None:
    text = f"陈姐 2025/6/18 20:14\n{FAKE}\n\n阿莲 2025/6/18 20:15\n还有 M 码吗\n"
    body = {"text": text, "format": "auto", "dry_run": True}
    preview = api.post(f"/groups/{group}/chat-imports", body, 200)
    assert preview["accepted"] == 0
    assert [m["sender"] for m in preview["messages"]] == ["陈姐", "阿莲"]
    assert preview["messages"][0]["sent_at"] == "2025-06-18T12:14:00Z"
    assert [m["suspected"] for m in preview["messages"]] == [True, False]
    stored = api.post(f"/groups/{group}/chat-imports", {"text": text}, 200)
    assert stored["accepted"] == 2
    again = api.post(f"/groups/{group}/chat-imports", {"text": text}, 200)
    assert (again["accepted"], again["duplicates"]) == (0, 2)


@pytest.mark.parametrize(
    "line",
    [
        _said("", "x", -1),
        _said("a", "x", 60 * 24),
        {**_said("a", "x", -1), "sent_at": "2025-06-18T10:00:00"},
        {**_said("a", "x", -1), "is_staff": "yes"},
        {**_said("a", "x", -1), "contact_id": 424242},
    ],
)
def test_bad_message_is_422(api: ApiClient, group: int, line: dict[str, Any]) -> None:
    api.post(f"/groups/{group}/messages", {"messages": [line]}, 422)


def test_complaint_is_logged_answered_and_explained(
    api: ApiClient, store: Store, group: int
) -> None:
    made = log_case(api, store, group)
    assert made["severity"] == 1
    kinds = {clock["kind"]: clock for clock in made["clocks"]}
    assert kinds["first_response"]["state"] == "running"
    assert kinds["first_response"]["started_at"] == "2025-06-18T12:14:18Z"
    path = f"/complaints/{made['id']}"
    event = {"type": "holding_reply", "at": at(-1), "text": "稍等"}
    held = api.post(f"{path}/events", event, 200)
    assert {c["kind"]: c["state"] for c in held["clocks"]}["first_response"] == "running"
    event = {"type": "public_reply", "at": at(0), "text": "发错了，马上补发"}
    answered = api.post(f"{path}/events", event, 200)
    assert answered["state"] == "answered"
    assert {c["kind"]: c["state"] for c in answered["clocks"]}["first_response"] == "met"
    assert [e["seq"] for e in answered["events"]] == list(range(1, len(answered["events"]) + 1))
    clocks = {c["kind"]: c for c in api.get(f"{path}/explain")["clocks"]}
    assert clocks["first_response"]["spans"]


def test_event_that_the_state_forbids_is_409_with_what_is_allowed(
    api: ApiClient, store: Store, group: int
) -> None:
    made = log_case(api, store, group)
    event = {"type": "customer_confirmed", "at": at(0)}
    problem = api.post(f"/complaints/{made['id']}/events", event, 409)
    assert "public_reply" in problem["allowed"]
    event = {"type": "closed", "at": at(0)}
    api.post(f"/complaints/{made['id']}/events", event, 422)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"occurred_at": at(3)}, 422),
        ({"occurred_at": at(-31 * 24 * 60)}, 422),
        ({"text": ""}, 422),
        ({"text": "x" * 2001}, 422),
        ({"group_id": None}, 422),
        ({"group_id": 424242}, 404),
        ({"contact_id": 424242}, 404),
        ({"store_id": 424242}, 404),
        ({"severity": 5}, 422),
        ({"channel": "pigeon"}, 422),
    ],
)
def test_bad_complaint_is_refused(
    api: ApiClient, store: Store, group: int, wrong: dict[str, Any], status: int
) -> None:
    body = {
        "channel": "group",
        "text": FAKE,
        "occurred_at": at(-8),
        "group_id": group,
        "store_id": store.id,
    }
    api.post("/complaints", {**body, **wrong}, status)


def test_complaints_are_listed_by_filter_and_only_own_stores(
    api: ApiClient, make_api: MakeApi, session: Session, store: Store, group: int
) -> None:
    made = log_case(api, store, group, occurred_at=at(-2))
    other = next(s["id"] for s in api.get("/stores")["items"] if s["id"] != store.id)
    elsewhere = api.post(
        "/complaints",
        {"channel": "phone", "text": "漏发一件", "occurred_at": at(-600), "store_id": other},
    )
    assert [c["id"] for c in api.get("/complaints")["items"]] == [elsewhere["id"], made["id"]]
    assert [c["id"] for c in api.get(f"/complaints?group_id={group}")["items"]] == [made["id"]]
    assert [c["id"] for c in api.get("/complaints?breached=true")["items"]] == [elsewhere["id"]]
    assert api.get("/complaints?state=closed")["items"] == []
    manager = make_api(make_staff(session, Role.MANAGER, store))
    assert [c["id"] for c in manager.get("/complaints")["items"]] == [made["id"]]
    manager.get(f"/complaints/{elsewhere['id']}", 404)
    event = {"type": "acknowledged", "at": at(0)}
    manager.post(f"/complaints/{elsewhere['id']}/events", event, 404)
    event = {"type": "voided", "at": at(0), "data": {"reason": "试"}}
    manager.post(f"/complaints/{made['id']}/events", event, 403)


def test_promises_are_kept_and_named_by_their_clock(
    api: ApiClient, store: Store, group: int
) -> None:
    made = log_case(api, store, group)
    path = f"/complaints/{made['id']}"
    data = {"due_at": at(60), "task": "pickup"}
    promised = api.post(f"{path}/events", {"type": "promised", "at": at(0), "data": data}, 200)
    (clock,) = [one for one in promised["clocks"] if one["kind"] == "promise"]
    assert (clock["task"], clock["state"], clock["due_at"]) == (
        "pickup",
        "running",
        "2025-06-18T13:22:18Z",
    )
    kept = {"type": "promise_kept", "at": at(0), "data": {"cycle": clock["cycle"]}}
    done = api.post(f"{path}/events", kept, 200)
    assert [c["state"] for c in done["clocks"] if c["kind"] == "promise"] == ["met"]
    problem = api.post(f"{path}/events", kept, 422)
    assert problem["errors"][0]["field"] == "cycle"


def test_what_was_taken_back_stays_and_is_marked(api: ApiClient, store: Store, group: int) -> None:
    made = log_case(api, store, group)
    event = {
        "type": "customer_message",
        "at": at(0),
        "data": {"intent": "info", "recalled": True},
    }
    told = api.post(f"/complaints/{made['id']}/events", event, 200)
    assert told["state"] == "open"
    assert told["text"] == FAKE
    assert told["events"][-1]["data"] == {"intent": "info", "recalled": True}
    event["data"] = {"intent": "problem", "recalled": True}
    told = api.post(f"/complaints/{made['id']}/events", event, 200)
    assert told["events"][-1]["data"] == {"intent": "problem"}


def test_what_is_too_late_says_what_is_taken_instead(
    api: ApiClient, make_api: MakeApi, session: Session, store: Store, group: int
) -> None:
    made = log_case(api, store, group)
    path = f"/complaints/{made['id']}/events"
    api.post(path, {"type": "acknowledged", "at": at(0)}, 200)
    manager = make_api(make_staff(session, Role.MANAGER, store))
    undo = {"type": "undone", "at": at(0), "data": {"seq": 2}}
    problem = manager.post(path, undo, 409)
    assert "public_reply" in problem["allowed"]


def test_a_platforms_date_runs_instead_of_our_own_answers(api: ApiClient, store: Store) -> None:
    body = {
        "channel": "platform_dispute",
        "text": "要求退一赔三",
        "occurred_at": at(-30),
        "store_id": store.id,
        "order_no": "3707",
        "product_ref": "A-17",
        "external_due_at": at(60 * 24),
    }
    made = api.post("/complaints", body)
    assert {c["kind"]: c["basis"] for c in made["clocks"]}["external"] == "external"
    assert "first_response" not in {c["kind"] for c in made["clocks"]}
    assert (made["severity"], made["order_no"], made["product_ref"]) == (2, "3707", "A-17")
    met = {"type": "external_met", "at": at(0), "data": {"cycle": 1}}
    answered = api.post(f"/complaints/{made['id']}/events", met, 200)
    assert answered["state"] == "answered"
    api.post("/complaints", {**body, "channel": "phone"}, 422)


def test_scores_store_nothing_and_say_why(api: ApiClient) -> None:
    scored = api.post("/complaint-scores", {"texts": [FAKE, "好看"]}, 200)
    assert scored["threshold_ask"] < scored["threshold_open"]
    high, low = scored["items"]
    assert high["score"] > low["score"]
    assert high["reason"]
    assert api.get("/complaints")["items"] == []


def test_alert_route_is_kept_secret_and_tells_a_refused_address(api: ApiClient) -> None:
    url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=SECRETKEY"
    made = api.post("/alert-routes", {"kind": "wecom_robot", "url": url, "levels": ["L0", "L1"]})
    assert made["levels"] == ["L0", "L1"]
    assert "SECRETKEY" not in api.response.text
    api.get("/alert-routes")
    assert "SECRETKEY" not in api.response.text
    for bad in (
        "http://127.0.0.1/x",
        "http://169.254.169.254/",
        "ftp://x",
        "",
        "https://evil.example",
    ):
        api.post("/alert-routes", {"kind": "wecom_robot", "url": bad}, 422)


def test_alerts_are_listed_for_the_person(api: ApiClient) -> None:
    assert api.get("/alerts") == {"items": [], "next_cursor": None}
    api.post("/alerts/424242/acknowledge", status=404)
