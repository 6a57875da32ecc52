"""What happens in the database before a message leaves.

`claim` locks, checks again and leases; the job sends outside any transaction; `outcomes.mark`
writes what came of it. Many that wait for one channel leave as one message.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from crm import crypto, log
from crm.alerts import queries
from crm.alerts.models import Alert, AlertAttempt
from crm.alerts.rules import DIGEST_ABOVE, LEASE, AlertState, Subject
from crm.alerts.service.outcomes import end, set_aside, settle
from crm.alerts.service.wording import digest, message
from crm.integrations.models import Channel
from crm.integrations.rules import (
    ChannelKind,
    ChannelState,
    Delivery,
    Message,
    Route,
    Verdict,
    take_token,
)
from crm.integrations.service import open_route

SubjectOf = Callable[[Session, Alert], Subject]
Told = tuple[Alert, Subject]

_logger = log.get(__name__)
_GONE = Delivery(Verdict.REFUSED, "channel_gone")
_WRONG_KEY = Delivery(Verdict.REFUSED, "wrong_key")


class Unsendable(Exception):
    """The channel is gone, or its secret cannot be read."""

    def __init__(self, outcome: Delivery) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


@dataclass(frozen=True)
class Parcel:
    """One message: which attempts of which alerts it is, and how it leaves.

    Without a route everything was settled on the spot and nothing is to be sent.
    """

    attempts: tuple[tuple[int, int], ...] = ()
    route: Route | None = None
    message: Message | None = None

    @property
    def alert_ids(self) -> list[int]:
        return [alert_id for alert_id, _number in self.attempts]


def claim(
    session: Session, *, owner: str, subject_of: SubjectOf, base_url: str, now: datetime
) -> Parcel | None:
    """Lease the most urgent alert that is due and still needed, or return None.

    More than a few for one channel are leased together. From the commit of this transaction on
    the message counts as begun.
    """
    row = queries.due_alert(session, now)
    if row is None:
        return None
    first, channel = row
    alerts = queries.due_for(session, channel.id, now)
    if len(alerts) <= DIGEST_ABOVE:
        alerts = [first]
    try:
        route = _open(channel)
    except Unsendable as error:
        _lease(session, alerts, owner, now)
        end(session, alerts, channel, error.outcome, now=now)
        return Parcel()
    told = [*_still_needed(session, alerts, subject_of, owner, now)]
    if len(told) <= DIGEST_ABOVE:
        told = told[:1]
    if not told:
        return Parcel()
    leaving = [alert for alert, _subject in told]
    _lease(session, leaving, owner, now)
    _occupy(channel, now)
    text = _words(told, channel.kind, base_url=base_url)
    return Parcel(tuple((a.id, a.attempts) for a in leaving), route, text)


def _words(told: Sequence[Told], kind: ChannelKind, *, base_url: str) -> Message:
    said = [(alert, subject.words) for alert, subject in told]
    if len(said) == 1:
        return message(*said[0], kind, base_url=base_url)
    return digest(said, kind, base_url=base_url)


def _still_needed(
    session: Session, alerts: Sequence[Alert], subject_of: SubjectOf, owner: str, now: datetime
) -> Iterator[Told]:
    """Yield what is still to be told; settle the rest."""
    subjects = _subjects(session, alerts, subject_of)
    for alert in alerts:
        subject = subjects[alert.id]
        if isinstance(subject, Exception):
            _lease(session, [alert], owner, now)
            set_aside(session, alert, gone=isinstance(subject, NoResultFound), now=now)
        elif subject.still_needed:
            yield alert, subject
        else:
            settle(alert, AlertState.SUPPRESSED, now)


def _subjects(
    session: Session, alerts: Sequence[Alert], subject_of: SubjectOf
) -> dict[int, Subject | Exception]:
    """Read them in one go; after a failure one by one, so that a bad row stops no other."""
    try:
        with session.begin_nested():
            return {alert.id: subject_of(session, alert) for alert in alerts}
    except Exception as error:
        if len(alerts) > 1:
            parts = (_subjects(session, [alert], subject_of) for alert in alerts)
            return {alert_id: found for part in parts for alert_id, found in part.items()}
        _logger.exception("alert without subject", alert_id=alerts[0].id)
        return {alerts[0].id: error}


def _lease(session: Session, alerts: Sequence[Alert], owner: str, now: datetime) -> None:
    for alert in alerts:
        alert.state, alert.lease_owner, alert.next_at = AlertState.LEASED, owner, now + LEASE
        alert.attempts += 1
        session.add(AlertAttempt(alert_id=alert.id, number=alert.attempts, started_at=now))


def _occupy(channel: Channel, now: datetime) -> None:
    """One sender a channel, and one token of a robot's bucket."""
    channel.not_before = now + LEASE
    if channel.kind.is_robot:
        channel.bucket_at = take_token(channel.bucket_at, now=now)


def _open(channel: Channel) -> Route:
    """Return the way out. Raises Unsendable."""
    if channel.removed_at is not None or channel.state is ChannelState.DISABLED:
        raise Unsendable(_GONE)
    try:
        return open_route(channel)
    except crypto.WrongKey as error:
        raise Unsendable(_WRONG_KEY) from error
