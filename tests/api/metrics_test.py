"""Counts for a monitor: with a read token, of the token's stores."""

from sqlalchemy.orm import Session

from crm.accounts.rules import Role, Scope
from crm.alerts.jobs import heartbeat
from crm.stores.models import Store
from tests.api.conftest import MakeApi
from tests.conftest import NOW
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import make_staff


def _figures(make_api: MakeApi, session: Session, role: Role, store: Store) -> dict[str, float]:
    api = make_api(make_staff(session, role, store), Scope.READ)
    answer = api.client.get("/metrics", headers=api.headers)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    lines = [line.rsplit(" ", 1) for line in answer.text.splitlines() if line[0] != "#"]
    return {name: float(value) for name, value in lines}


def test_metrics_count_what_a_monitor_watches(
    make_api: MakeApi, session: Session, store: Store
) -> None:
    make_contact(session, store=store)
    make_noise(session)
    heartbeat(session, worker="1", started_at=NOW, now=NOW)
    session.flush()
    figures = _figures(make_api, session, Role.OWNER, store)
    assert figures["shuke_contacts"] == 2
    assert figures['shuke_complaints{state="open"}'] == 0
    assert figures['shuke_alerts{state="pending"}'] == 0
    assert figures["shuke_unanswered_items"] == 0
    assert 0 <= figures["shuke_worker_tick_age_seconds"] < 60
    assert _figures(make_api, session, Role.MANAGER, store)["shuke_contacts"] == 1


def test_metrics_without_a_token_are_a_401_problem(make_api: MakeApi) -> None:
    answer = make_api(None).client.get("/metrics")
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
