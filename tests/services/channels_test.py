"""Channels: their secrets, their removal and its undo, the order of falling over."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from crm import crypto
from crm.accounts.rules import Role
from crm.audit.models import AuditEntry
from crm.integrations import service as integrations
from crm.integrations.models import Channel
from crm.integrations.queries import channels, usable_channels
from crm.integrations.rules import ChannelKind, ChannelState, Delivery, Verdict
from tests.conftest import NOW
from tests.factories.alerts import make_channel
from tests.factories.stores import actor_of, make_staff, make_store

URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=sesame"


@pytest.fixture
def store(session):
    return make_store(session)


@pytest.fixture
def owner(session, store):
    return actor_of(session, make_staff(session, Role.OWNER, name="阿俊"))


def test_secrets_of_a_channel_are_encrypted_and_open_only_as_a_route(session, owner):
    channel = make_channel(session, owner, url=URL, secret="s3cret")
    stored = f"{channel.sealed_url}{channel.sealed_secret}"
    assert "sesame" not in stored
    assert "s3cret" not in stored
    route = integrations.open_route(channel)
    assert (route.url, route.secret) == (URL, "s3cret")


def test_channel_written_with_another_key_is_refused(session, owner, settings):
    channel = make_channel(session, owner, url=URL)
    crypto.configure("another key")
    try:
        with pytest.raises(crypto.WrongKey):
            integrations.open_route(channel)
    finally:
        crypto.configure(settings.secret_key)


def test_removal_of_a_channel_can_be_taken_back_for_a_day(session, owner):
    channel = make_channel(session, owner, url=URL, secret="s3cret")
    integrations.remove_channel(session, channel.id, actor=owner, now=NOW)
    assert channels(session) == []
    with pytest.raises(NoResultFound):
        integrations.remove_channel(session, channel.id, actor=owner, now=NOW)
    later = NOW + timedelta(hours=23)
    integrations.restore_channel(session, channel.id, actor=owner, now=later)
    assert integrations.open_route(channels(session)[0]).secret == "s3cret"
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.subject == f"channel:{channel.id}")
    )
    done = [entry.action for entry in entries]
    assert done == ["channel.added", "channel.removed", "channel.restored"]
    integrations.remove_channel(session, channel.id, actor=owner, now=NOW)
    with pytest.raises(NoResultFound):
        integrations.restore_channel(
            session, channel.id, actor=owner, now=NOW + timedelta(hours=24)
        )


def test_shop_robot_is_one_that_changes_its_address(session, owner, store):
    of_store = make_channel(session, owner, url=URL, store_id=store.id)
    first = integrations.set_shop_robot(session, URL, actor=owner, now=NOW)
    first.state = ChannelState.DISABLED
    second = integrations.set_shop_robot(session, URL + "2", actor=owner, now=NOW)
    assert first is second
    assert (first.state, integrations.open_route(first).url) == (ChannelState.OK, URL + "2")
    assert integrations.open_route(of_store).url == URL


def test_falling_over_asks_robots_first_and_mail_last(session, owner):
    kinds = (ChannelKind.EMAIL, ChannelKind.WEBHOOK, ChannelKind.FEISHU_ROBOT)
    for kind in kinds:
        make_channel(session, owner, kind, url=URL)
    make_channel(session, owner, url=URL)
    assert [channel.kind for channel in usable_channels(session, None)] == [
        ChannelKind.WECOM_ROBOT,
        ChannelKind.FEISHU_ROBOT,
        ChannelKind.WEBHOOK,
        ChannelKind.EMAIL,
    ]


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.DELIVERED, ChannelState.OK),
        (Verdict.TEMPORARY, ChannelState.REFUSED),
        (Verdict.REFUSED, ChannelState.REFUSED),
        (Verdict.DISABLED, ChannelState.DISABLED),
    ],
)
def test_channel_shows_what_its_last_attempt_showed(session, owner, verdict, state):
    channel = make_channel(session, owner, url=URL)
    outcome = Delivery(verdict, "45009", "too fast", wait=timedelta(minutes=1))
    integrations.note_test(session, channel.id, outcome, now=NOW)
    assert (channel.state, channel.last_code, channel.last_at) == (state, "45009", NOW)
    assert channel.not_before == NOW + timedelta(minutes=1)


def test_channel_kinds_of_table_and_rules_agree(session, owner):
    made = {make_channel(session, owner, kind, url=URL).kind for kind in ChannelKind}
    session.flush()
    assert {channel.kind for channel in session.scalars(select(Channel))} == made
