"""The sign of life that goes outside, and secrets that are over."""

from datetime import timedelta

import pytest

from crm.integrations import gateways as network
from crm.integrations import jobs, queries, service
from crm.integrations.models import Channel
from crm.integrations.rules import KEPT_AFTER_REMOVAL
from tests.factories.alerts import make_channel


@pytest.fixture
def ping(session, factory, fake, clock):
    def run():
        session.commit()
        out = network.build(allowed_hosts=(fake.host,), base_url="")
        jobs.ping_outside(factory, now=clock, gateways=out)
        session.expire_all()
        return queries.outside_ping(session)

    return run


def test_watcher_outside_hears_of_every_run(session, owner, fake, clock, ping):
    service.set_outside_ping(session, fake.url + "/ping/abc", actor=owner, now=clock())
    kept = ping()
    assert [(r.method, r.path) for r in fake.requests] == [("GET", "/ping/abc")]
    assert (kept.last_at, kept.last_code) == (clock(), "")


def test_watcher_that_does_not_answer_is_noted_and_stops_nothing(session, owner, fake, clock, ping):
    service.set_outside_ping(session, fake.url + "/ping/abc", actor=owner, now=clock())
    fake.fail(status=500)
    assert ping().last_code == "http_500"
    clock.forward(minutes=1)
    assert ping().last_code == ""


def test_without_an_address_nobody_is_called(session, owner, fake, clock, ping):
    assert ping() is None
    service.set_outside_ping(session, fake.url + "/ping", actor=owner, now=clock())
    service.set_outside_ping(session, "", actor=owner, now=clock())
    assert ping() is None
    assert fake.requests == []


def test_host_that_is_not_allowed_is_never_called(session, factory, owner, fake, clock):
    service.set_outside_ping(session, fake.url + "/ping", actor=owner, now=clock())
    session.commit()
    out = network.build(allowed_hosts=(), base_url="")
    jobs.ping_outside(factory, now=clock, gateways=out)
    session.expire_all()
    assert queries.outside_ping(session).last_code == "address_host"
    assert fake.requests == []


def test_secrets_of_a_removed_channel_are_wiped_once_undo_is_over(
    session, factory, owner, fake, clock
):
    kept = make_channel(session, owner, url=fake.wecom(), secret="k")
    gone = make_channel(session, owner, url=fake.wecom(), secret="k")
    service.remove_channel(session, gone.id, actor=owner, now=clock())
    session.commit()
    clock.forward(seconds=KEPT_AFTER_REMOVAL.total_seconds() - 1)
    assert jobs.wipe_removed(factory, now=clock()) == 0
    clock.forward(seconds=1)
    assert [jobs.wipe_removed(factory, now=clock() + timedelta(hours=h)) for h in (0, 1)] == [1, 0]
    session.expire_all()
    wiped = session.get_one(Channel, gone.id)
    assert (wiped.sealed_url, wiped.sealed_secret) == ("", "")
    assert service.open_route(session.get_one(Channel, kept.id)).secret == "k"
