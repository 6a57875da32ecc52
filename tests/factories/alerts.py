"""Channels, alerts, and subjects as the worker hands them to the outbox."""

from dataclasses import replace

from sqlalchemy import select

from crm.alerts import service
from crm.alerts.models import Alert, AlertAttempt
from crm.alerts.rules import AlertKind, NewAlert, Subject, Words
from crm.integrations.rules import ChannelKind, Level, NewChannel
from crm.integrations.service import add_channel
from tests.conftest import NOW

SUBJECT = Subject(
    still_needed=True,
    words=Words(short_no="17", severity=1, place="老粉 1 群", path="/complaints/17"),
)


def subject_of(_session, alert):
    """Every alert is still needed."""
    return replace(SUBJECT, words=replace(SUBJECT.words, severity=alert.severity or 2))


def make_channel(session, actor, kind=ChannelKind.WECOM_ROBOT, *, url, **overrides):
    return add_channel(session, NewChannel(kind, url, **overrides), actor=actor, now=NOW)


def new_alert(*recipients, base="clock-17:L0:0", **overrides):
    fields = {"kind": AlertKind.COMPLAINT, "subject_id": 1, "short_no": 17, "level": Level.L0}
    fields["severity"] = 1
    return NewAlert(recipients=recipients, dedupe_base=base, **(fields | overrides))


def raise_one(session, *recipients, now=NOW, **overrides):
    service.raise_alert(session, new_alert(*recipients, **overrides), now=now)


def outbox(session, channel=None):
    """Every alert that leaves the house, or those for one channel, oldest first."""
    statement = select(Alert).where(Alert.channel_id.is_not(None)).order_by(Alert.id)
    found = session.scalars(statement).all()
    return [alert for alert in found if channel is None or alert.channel_id == channel.id]


def attempts(session, alert):
    statement = select(AlertAttempt).where(AlertAttempt.alert_id == alert.id)
    return session.scalars(statement.order_by(AlertAttempt.number)).all()
