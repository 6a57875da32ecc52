"""A worker's surroundings: a desk, a clock, robots on this machine, one run of the delivery."""

from datetime import timedelta

import pytest

from crm.accounts.rules import Role
from crm.alerts import jobs
from crm.integrations import gateways as network
from tests.conftest import NOW
from tests.factories.alerts import make_channel, subject_of
from tests.factories.desk import Desk
from tests.factories.stores import actor_of, make_staff, make_store
from tests.fakes.robots import FakeRobots


class Clock:
    """The time that job and robots share."""

    def __init__(self):
        self.moment = NOW

    def __call__(self):
        return self.moment

    def seconds(self):
        return self.moment.timestamp()

    def forward(self, **gap):
        self.moment += timedelta(**gap)


@pytest.fixture
def shop(session):
    return Desk(session)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def fake(clock):
    with FakeRobots(clock=clock.seconds) as server:
        yield server


@pytest.fixture
def owner(session):
    make_store(session)
    return actor_of(session, make_staff(session, Role.OWNER))


@pytest.fixture
def robot(session, owner, fake):
    channel = make_channel(session, owner, url=fake.wecom())
    session.commit()
    return channel


@pytest.fixture
def deliver(session, factory, fake, clock):
    hold = jobs.Hold(lambda _session, _now: False)

    def run(subject_of=subject_of, more_coming=lambda _session, _now: False):
        session.commit()
        hold.more_coming = more_coming
        out = network.build(allowed_hosts=(fake.host,), base_url="https://shop.example")
        handled = jobs.deliver(factory, now=clock, gateways=out, subject_of=subject_of, hold=hold)
        session.expire_all()
        return handled

    return run
