"""Alerts and their routes over the API: what programs read, acknowledge, add and try."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from crm import clock
from crm.accounts.rules import Role
from crm.alerts import jobs
from crm.complaints import jobs as complaints
from crm.complaints.queries import alert_subject
from crm.integrations import gateways
from crm.integrations.rules import webhook_signature
from crm.stores.models import Store
from tests.api.conftest import ApiClient, MakeApi, log_case
from tests.factories.stores import make_staff
from tests.fakes.robots import GOOD_KEY, FakeRobots

FIELDS = {
    "id",
    "complaint_id",
    "level",
    "repeat",
    "recipient",
    "channel",
    "state",
    "fire_at",
    "sent_at",
    "acknowledged_at",
    "text",
}


@pytest.fixture
def fake(app: Flask) -> Iterator[FakeRobots]:
    with FakeRobots() as server:
        app.extensions["gateways"] = gateways.build(allowed_hosts=(server.host,), base_url="")
        yield server


@pytest.fixture
def late(api: ApiClient, store: Store, group: int, session: Session) -> int:
    """A complaint whose first public word is overdue, and the tick that noticed."""
    made = log_case(api, store, group)
    session.commit()
    complaints.tick(session, now=clock.now() + complaints.TRY_AGAIN * 20)
    return int(made["id"])


def test_alerts_of_a_complaint_have_the_fields_and_words_of_the_document(
    api: ApiClient, fake: FakeRobots, store: Store, session: Session, late: int
) -> None:
    items = api.get(f"/alerts?complaint_id={late}")["items"]
    assert items
    for alert in items:
        assert set(alert) == FIELDS
        assert alert["complaint_id"] == late
        assert alert["channel"] == "inbox"
        assert alert["state"] == "sent"
        assert alert["level"] in {"W0", "W1", "W2", "L0", "L1", "L2", "R", "H"}
        assert alert["fire_at"].endswith("Z")
    assert api.get(f"/alerts?complaint_id={late + 1}")["items"] == []


def test_alert_is_acknowledged_once_and_keeps_its_time(
    api: ApiClient, fake: FakeRobots, late: int
) -> None:
    (first, *_) = api.get(f"/alerts?complaint_id={late}")["items"]
    done = api.post(f"/alerts/{first['id']}/acknowledge", status=200)
    assert done["acknowledged_at"] is not None
    again = api.post(f"/alerts/{first['id']}/acknowledge", status=200)
    assert again["acknowledged_at"] == done["acknowledged_at"]
    assert api.get(f"/complaints/{late}")["state"] == "open"  # it stops no clock


def test_alerts_go_on_page_by_page(api: ApiClient, fake: FakeRobots, late: int) -> None:
    whole = [alert["id"] for alert in api.get("/alerts")["items"]]
    found, cursor = [], ""
    while cursor is not None:
        part = api.get(f"/alerts?limit=1{cursor and '&cursor=' + cursor}")
        found += [alert["id"] for alert in part["items"]]
        cursor = part["next_cursor"]
    assert found == whole
    assert len(whole) == len(set(whole)) >= 1


def test_manager_of_another_store_sees_no_alert(
    make_api: MakeApi, session: Session, fake: FakeRobots, late: int, api: ApiClient
) -> None:
    other = session.scalars(select(Store).where(Store.name == "别的店")).one()
    stranger = make_api(make_staff(session, Role.MANAGER, other))
    (first, *_) = api.get("/alerts")["items"]
    assert stranger.get("/alerts")["items"] == []
    stranger.post(f"/alerts/{first['id']}/acknowledge", status=404)


def test_webhook_posts_the_alert_signed_and_its_state_turns_sent(
    api: ApiClient,
    fake: FakeRobots,
    store: Store,
    group: int,
    session: Session,
    factory: sessionmaker[Session],
) -> None:
    route = {"kind": "webhook", "url": fake.webhook(), "secret": "k", "levels": []}
    made = api.post("/alert-routes", route)
    assert fake.webhook() not in str(made)
    case = log_case(api, store, group)
    session.commit()
    complaints.tick(session, now=clock.now() + complaints.TRY_AGAIN * 20)
    session.commit()
    (waiting, *_) = api.get(f"/alerts?complaint_id={case['id']}&state=pending")["items"]
    assert waiting["recipient"] == f"channel-{made['id']}"
    out = gateways.build(allowed_hosts=(fake.host,), base_url="https://shop.example")
    later = clock.now() + complaints.TRY_AGAIN * 20
    hold = jobs.Hold(lambda _session, _now: False)
    jobs.deliver(factory, now=lambda: later, gateways=out, subject_of=alert_subject, hold=hold)
    posted = {request.json["id"]: request for request in fake.accepted}
    request = posted[waiting["id"]]
    assert request.headers["X-Shuke-Signature"] == webhook_signature(request.body, "k")
    assert request.headers["X-Shuke-Delivery"] == f"{waiting['id']}-1"
    assert set(request.json) == FIELDS
    assert request.json["recipient"] == waiting["recipient"]
    sent = api.get("/alerts?state=sent")["items"]
    assert waiting["id"] in [alert["id"] for alert in sent]


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_route_is_tried_and_says_what_the_other_side_answered(
    api: ApiClient, fake: FakeRobots, kind: str
) -> None:
    body = {"kind": f"{kind}_robot", "url": getattr(fake, kind)()}
    path = f"/alert-routes/{api.post('/alert-routes', body)['id']}/test"
    assert api.post(path, status=200) == {"delivered": True, "code": "0", "detail": ""}
    fake.fail(code=77777)
    refused = api.post(path, status=200)
    assert (refused["delivered"], refused["code"]) == (False, "77777")
    assert "refused by the fake" in refused["detail"]


def test_routes_are_listed_without_address_and_secret(
    api: ApiClient, fake: FakeRobots, store: Store
) -> None:
    body = {
        "kind": "wecom_robot",
        "url": fake.wecom(),
        "secret": "sesame",
        "store_id": store.id,
        "levels": ["L0", "H"],
    }
    made = api.post("/alert-routes", body)
    (listed,) = api.get("/alert-routes")["items"]
    assert listed == made
    assert (listed["store_id"], listed["levels"]) == (store.id, ["L0", "H"])
    assert GOOD_KEY not in api.response.text
    assert "sesame" not in api.response.text
