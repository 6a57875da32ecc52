"""Idempotency-Key under real concurrency, on a database of its own: one effect, one answer."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from crm import clock, db
from crm.accounts import service as accounts
from crm.accounts.models import IdempotencyKey
from crm.accounts.rules import IDEMPOTENCY_LIFE, Role, Scope
from crm.app import create_app
from crm.attention.models import Touch
from crm.config import Settings
from crm.contacts.models import Contact
from tests.api.conftest import BASE, ApiClient
from tests.factories.stores import make_staff, make_store

TOGETHER = 4
KEY = {"Idempotency-Key": "17"}
Shop = tuple[ApiClient, sessionmaker[Session], dict[str, Any]]


@pytest.fixture
def shop(fresh_database: Callable[[], str], settings: Settings) -> Iterator[Shop]:
    """An application over a real database, a program's token, and a contact to add."""
    engine = db.make_engine(fresh_database())
    factory = db.make_factory(engine)
    with db.transaction(factory) as session:
        owner, store = make_staff(session, Role.OWNER), make_store(session)
        session.flush()
        token = accounts.make_token(
            session, owner, "till", Scope.WRITE, actor=None, now=clock.now()
        )
        body = {"name": "陈姐", "store_id": store.id}
    yield ApiClient(create_app(settings, factory), token), factory, body
    engine.dispose()


def _at_once(api: ApiClient, path: str, bodies: list[Any], key: str = "17") -> list[Any]:
    """Send the bodies with one key at the same moment; each with a client of its own."""
    start = Barrier(len(bodies))
    headers = {**api.headers, "Idempotency-Key": key}

    def send(body: Any) -> Any:
        client = api.client.application.test_client()
        start.wait()
        return client.post(BASE + path, json=body, headers=headers)

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


def _count(factory: sessionmaker[Session], model: type) -> int:
    with factory() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_same_key_at_once_has_one_effect_and_one_answer(shop: Shop) -> None:
    api, factory, body = shop
    answers = _at_once(api, "/contacts", [body] * TOGETHER)
    assert [answer.status_code for answer in answers] == [201] * TOGETHER
    assert len({answer.data for answer in answers}) == 1
    replayed = [answer.headers.get("Idempotent-Replayed") for answer in answers]
    assert sorted(map(str, replayed)) == ["None", *["true"] * (TOGETHER - 1)]
    assert _count(factory, Contact) == 1


def test_same_key_at_once_for_something_unique_is_no_conflict(shop: Shop) -> None:
    api, factory, body = shop
    contact = {**body, "phone": "10000000142"}
    answers = _at_once(api, "/contacts", [contact] * TOGETHER)
    assert [answer.status_code for answer in answers] == [201] * TOGETHER
    touch = {"contact_id": answers[0].json["id"], "kind": "chat", "minutes": 5}
    touch |= {"happened_at": clock.now().isoformat(), "client_key": "k"}
    answers = _at_once(api, "/touches", [touch] * TOGETHER, key="18")
    assert {answer.status_code for answer in answers} == {201}
    assert _count(factory, Touch) == 1


def test_same_key_at_once_with_other_bodies_lets_one_through(shop: Shop) -> None:
    api, factory, body = shop
    bodies = [{**body, "name": f"顾客{number}"} for number in range(TOGETHER)]
    statuses = [answer.status_code for answer in _at_once(api, "/contacts", bodies)]
    assert sorted(statuses) == [201, *[422] * (TOGETHER - 1)]
    assert _count(factory, Contact) == 1


def test_key_is_free_again_after_a_day(shop: Shop) -> None:
    api, factory, body = shop
    first = api.post("/contacts", body, **KEY)
    with db.transaction(factory) as session:
        before = clock.now() - IDEMPOTENCY_LIFE
        session.execute(update(IdempotencyKey).values(created_at=before))
    second = api.post("/contacts", {**body, "name": "李姐"}, **KEY)
    assert second["id"] != first["id"]
    assert "Idempotent-Replayed" not in api.response.headers
    assert _count(factory, IdempotencyKey) == 1
