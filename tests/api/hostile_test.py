"""Bad input, one kind a row, into every text, number and time: a problem, never a 500."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from crm.api.views.document import BODY_MAX
from crm.stores.models import Store
from tests.api.conftest import BASE, ApiClient

AT = "2025-06-18T20:00:00+08:00"
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"
TEXTS = {
    "nul": "陈\x00姐",
    "only nul": "\x00",
    "lone surrogate": "陈\ud83d姐",
    "only half": "\udc00",
    "right to left": "\u202e陈姐\u202c",
    "four bytes": "🌸𠮷",
    "joined": "👩\u200d👩\u200d👧",
    "marks": "e" + "\u0301" * 60,
    "ligature that unfolds": "\ufdfa" * 40,
    "template": "{{7*7}} ${7*7} %s {0}",
    "markup": "<script>alert(1)</script>",
    "formula": "=cmd|' /C calc'!A0",
    "statement": "'; DROP TABLE contact; --",
    "blank": " \t\n\u3000 ",
    "new lines": "a\r\nb\u2028c\x85d\x1b[31m",
    "20,000": "长" * 20_000,
    "number": 5,
    "true": True,
    "null": None,
    "list": ["陈姐"],
    "object": {"a": {"b": [{}]}},
}
NUMBERS = {
    "negative": -5,
    "zero": 0,
    "fraction": 1.5,
    "1e9": 10**9,
    "past 32 bits": 2**31,
    "past 64 bits": 2**64,
    "hundreds of digits": 10**400,
    "true": True,
    "text": "1",
    "null": None,
    "list": [1],
}
TIMES = {
    "naive": "2025-06-18T20:00:00",
    "day": "2025-06-18",
    "year 1": "0001-01-01T00:00:00+14:00",
    "year 9999": "9999-12-31T23:59:59-14:00",
    "no day": "2025-02-30T00:00:00Z",
    "leap second": "2025-06-18T23:59:60Z",
    "wide offset": "2025-06-18T20:00:00+99:99",
    "words": "yesterday",
    "number": 1750248000,
    "huge": 10**30,
    "true": True,
    "empty": "",
    "list": [AT],
}
Body = dict[str, Any]


def _requests(store: int, contact: int, group: int, case: int) -> dict[str, Body]:
    """A request that is right, with every field it may have, for each way in."""
    place = {"store_id": store}
    route = {"kind": "wecom_robot", "url": ROBOT, "secret": "s", "address": ""}
    move = {"kind": "group", "store_id": store, "group_id": group, "detail": "d", "at": AT}
    consent = {"basis": "consent", "at": AT, "note": "n"}
    known = {"phone": "10000000142", "wechat_id": "w", "external_userid": "e", "unionid": "u"}
    person = {"name": "n", "nickname": "k", "remark": "r", "tags": ["t"], **known}
    line = {"product": "p", "category": "c", "quantity": 1, "amount_fen": 100}
    buyer = {"id": contact, "external_userid": "e", "unionid": "u", "phone": "10000000142"}
    order = {"channel": "pos", "order_no": "1", "ordered_at": AT, "paid_fen": 100, **place}
    message = {"message_id": "m", "sender": "s", "contact_id": contact, "sent_at": AT, "text": "t"}
    condition = {"field": "orders_count", "op": ">=", "value": 1}
    word = {"field": "tag", "op": "in", "value": ["t"]}
    complaint = {"channel": "regulator", "text": "t", "occurred_at": AT, "group_id": group, **place}
    touch = {"kind": "chat", "minutes": 5, "happened_at": AT, "client_key": "k", "note": "n"}
    return {
        "/stores": {"name": "n", "code": "c", "state": "open", "closed_on": "2025-01-01"},
        "/contacts": {**person, **place, "moved_from": move, "consent": consent},
        f"PATCH /contacts/{contact}": {"name": "n", "nickname": "k", "remark": "r"},
        "/groups": {"name": "n", **place, "external_chat_id": "x", "member_count": 5},
        f"/groups/{group}/messages": {"messages": [{**message, "is_staff": False}]},
        f"/groups/{group}/chat-imports": {"text": "a: b", "format": "auto", "date": "2025-06-18"},
        "/complaints": {
            **complaint,
            "contact_id": contact,
            "reporter_name": "r",
            "category": "refund",
            "severity": 2,
            "order_no": "o",
            "audience_size": 5,
            "external_due_at": "2025-07-01T00:00:00Z",
        },
        f"/complaints/{case}/events": {"type": "public_reply", "at": AT, "text": "t", "data": {}},
        "/complaint-scores": {"texts": ["t"]},
        "/claims/check": {"text": "t", "industry": "tea"},
        "/alert-routes": {**route, **place},
        "/orders": {"orders": [{**order, "refunded_fen": 0, "contact": buyer, "lines": [line]}]},
        "/touches": {**touch, "contact_id": contact, "complaint_id": case},
        "/campaigns": {
            "name": "n",
            "filter": {"all": [condition, word]},
            "holdout_percent": 10,
            "copy": "c",
            "seed": "s",
        },
    }


@pytest.fixture
def requests(api: ApiClient, store: Store) -> dict[str, Body]:
    contact = api.post("/contacts", {"name": "陈姐", "store_id": store.id})["id"]
    group = api.post("/groups", {"name": "人民路 2 群", "store_id": store.id})["id"]
    case = {"channel": "group", "text": "坏了", "occurred_at": AT, "group_id": group}
    made = api.post("/complaints", {**case, "store_id": store.id})["id"]
    return _requests(store.id, contact, group, made)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place inside a body, with what stands there."""
    if path:
        yield path, value
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(inner, (*path, key))


def _with(body: Any, path: tuple[Any, ...], bad: Any) -> Any:
    copy = json.loads(json.dumps(body))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = bad
    return copy


def _wanted(value: Any, kind: str) -> bool:
    is_time = value == AT or (isinstance(value, str) and value.startswith("2025-"))
    kinds = {"text": isinstance(value, str) and not is_time, "time": is_time}
    return kinds.get(kind, type(value) is int)


def _answers(api: ApiClient, requests: dict[str, Body], kind: str, bad: Any) -> Iterator[str]:
    for where, body in requests.items():
        method, path = where.split(" ") if " " in where else ("POST", where)
        for place, value in _places(body):
            if not _wanted(value, kind):
                continue
            found = api.client.open(
                BASE + path, method=method, json=_with(body, place, bad), headers=api.headers
            )
            name = f"{where} {place} -> {found.status_code}"
            if found.status_code >= 400 and found.content_type != "application/problem+json":
                yield name
            if found.status_code not in {200, 201, 404, 409, 422}:
                yield name


@pytest.mark.parametrize("bad", TEXTS.values(), ids=TEXTS.keys())
def test_hostile_text_anywhere_is_taken_or_refused(
    api: ApiClient, requests: dict[str, Body], bad: Any
) -> None:
    assert list(_answers(api, requests, "text", bad)) == []


@pytest.mark.parametrize("bad", NUMBERS.values(), ids=NUMBERS.keys())
def test_hostile_number_anywhere_is_taken_or_refused(
    api: ApiClient, requests: dict[str, Body], bad: Any
) -> None:
    assert list(_answers(api, requests, "number", bad)) == []


@pytest.mark.parametrize("bad", TIMES.values(), ids=TIMES.keys())
def test_hostile_time_anywhere_is_taken_or_refused(
    api: ApiClient, requests: dict[str, Body], bad: Any
) -> None:
    assert list(_answers(api, requests, "time", bad)) == []


def test_requests_of_the_table_are_right_as_they_stand(
    api: ApiClient, requests: dict[str, Body]
) -> None:
    """Else the rows above would only prove that wrong requests are refused."""
    for where, body in requests.items():
        method, path = where.split(" ") if " " in where else ("POST", where)
        found = api.client.open(BASE + path, method=method, json=body, headers=api.headers)
        assert found.status_code in {200, 201}, (where, found.text)


DEEP = b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BODIES = [
    (b"", "application/json", 422),
    (b"{", "application/json", 422),
    (b"null", "application/json", 422),
    (b"[]", "application/json", 422),
    (b'"text"', "application/json", 422),
    (b"\xff\xfe", "application/json", 422),
    (b'{"name":"\xc4\xe3"}', "application/json", 422),
    (DEEP, "application/json", 422),
    (b'{"name": NaN}', "application/json", 422),
    (b'{"store_id": ' + b"9" * 5000 + b"}", "application/json", 422),
    (b'{"name":"a","name":"b","store_id":1}', "application/json", 422),
    (b"name=x", "application/x-www-form-urlencoded", 415),
    (b"{}", "text/plain", 415),
    (b"{}", "", 415),
    (b"--x\r\n", "multipart/form-data; boundary=x", 415),
    (b'{"name":"' + b"x" * BODY_MAX + b'"}', "application/json", 413),
]


@pytest.mark.parametrize(("data", "content_type", "status"), BODIES)
@pytest.mark.parametrize("path", ["/contacts", "/orders", "/complaints"])
def test_body_that_cannot_be_read_is_a_problem(
    api: ApiClient, path: str, data: bytes, content_type: str, status: int
) -> None:
    found = api.client.post(BASE + path, data=data, content_type=content_type, headers=api.headers)
    assert found.status_code == status, found.text
    assert found.content_type == "application/problem+json"


QUERIES = [
    ("/contacts?store_id=99999999999999999999", 422),
    ("/contacts?store_id=x", 422),
    ("/contacts?q=%00%ff", 200),
    ("/contacts?q=" + "x" * 5000, 422),
    ("/contacts?cursor=bnVsbA", 422),
    ("/contacts?cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwxXQ", 422),
    ("/complaints?state=moon", 422),
    ("/complaints?group_id=-1", 422),
    ("/complaints?cursor=WzFlOTk5XQ", 422),
    ("/alerts?complaint_id=99999999999999999999", 422),
    ("/contacts/99999999999999999999", 404),
    ("/contacts/9223372036854775807", 404),
    ("/contacts/0", 404),
    ("/contacts/-1", 404),
    ("/contacts/1%00", 404),
]


@pytest.mark.parametrize(("path", "status"), QUERIES)
def test_hostile_address_is_answered(api: ApiClient, path: str, status: int) -> None:
    api.get(path, status)


@pytest.mark.parametrize("number", [2**31, 4456538002, 2**63])
def test_row_that_no_database_keeps_is_not_found_by_any_method(api: ApiClient, number: int) -> None:
    for method in ("GET", "PATCH"):
        api.send(method, f"/contacts/{number}", 404, {})
    api.post(f"/complaints/{number}/events", {}, 404)
    api.send("DELETE", f"/touches/{number}", 404)


def test_wrong_method_says_which_are_right(api: ApiClient) -> None:
    api.send("PUT", "/contacts", 405, {})
    assert {"GET", "POST"} <= set(api.response.headers["Allow"].split(", "))
