"""What happens in the database before and after a message leaves.

`claim` locks, checks again and leases; the job sends outside any transaction; `mark` writes what
came of it. Only who still holds the lease may change the alert.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm import crypto, log
from crm.alerts import queries
from crm.alerts.models import Alert, AlertAttempt
from crm.alerts.rules import (
    LEASE,
    AlertKind,
    AlertState,
    AttemptResult,
    NewAlert,
    Subject,
    after_failure,
)
from crm.alerts.service.raising import channel_row, insert_new, raise_alert
from crm.alerts.service.wording import message
from crm.integrations.models import Channel
from crm.integrations.queries import usable_channels
from crm.integrations.rules import (
    ChannelState,
    Delivery,
    Message,
    Route,
    Verdict,
    take_token,
)
from crm.integrations.service import note_outcome, open_route

SubjectOf = Callable[[Session, Alert], Subject]

_logger = log.get(__name__)
_RESULTS = {
    Verdict.DELIVERED: AttemptResult.DELIVERED,
    Verdict.TEMPORARY: AttemptResult.TEMPORARY,
    Verdict.REFUSED: AttemptResult.REFUSED,
    Verdict.DISABLED: AttemptResult.REFUSED,
}
_GONE = Delivery(Verdict.REFUSED, "channel_gone")
_WRONG_KEY = Delivery(Verdict.REFUSED, "wrong_key")
_BROKEN = Delivery(Verdict.TEMPORARY, "subject_error")


class Unsendable(Exception):
    """The channel is gone, or its secret cannot be read."""

    def __init__(self, outcome: Delivery) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


@dataclass(frozen=True)
class Parcel:
    """A claimed alert. Without a route it was settled on the spot: nothing is to be sent."""

    alert_id: int
    number: int
    route: Route | None = None
    message: Message | None = None


def claim(
    session: Session, *, owner: str, subject_of: SubjectOf, base_url: str, now: datetime
) -> Parcel | None:
    """Lease the most urgent alert that is due and still needed, or return None.

    From the commit of this transaction on the message counts as begun.
    """
    row = queries.due_alert(session, now)
    if row is None:
        return None
    alert, channel = row
    try:
        with session.begin_nested():
            subject, route = subject_of(session, alert), _open(channel)
    except Unsendable as error:
        return _give_back(session, alert, channel, error.outcome, owner, now)
    except Exception:  # one bad row must not stop the others
        _logger.exception("alert without subject", alert_id=alert.id, kind=alert.kind.value)
        return _give_back(session, alert, channel, _BROKEN, owner, now)
    if not (subject.still_needed and subject.recipients_ok):
        _settle(alert, AlertState.SUPPRESSED, now)
        return Parcel(alert.id, alert.attempts)
    _lease(session, alert, owner, now)
    _occupy(channel, now)
    text = message(alert, subject.words, channel.kind, base_url=base_url)
    return Parcel(alert.id, alert.attempts, route, text)


def mark(session: Session, parcel: Parcel, outcome: Delivery, *, owner: str, now: datetime) -> None:
    """Write what came of an attempt; the alert itself only while the lease is ours."""
    alert, channel = queries.alert_for_update(session, parcel.alert_id)
    if alert.lease_owner in {owner, None}:  # else the channel is somebody else's by now
        note_outcome(channel, outcome, now=now)
    if alert.lease_owner == owner:
        _end(session, alert, channel, outcome, now=now)
    else:
        _end_attempt(session, parcel.alert_id, parcel.number, outcome, now)


def _give_back(
    session: Session, alert: Alert, channel: Channel, outcome: Delivery, owner: str, now: datetime
) -> Parcel:
    """Count an attempt that failed before anything left."""
    _lease(session, alert, owner, now)
    _end(session, alert, channel, outcome, now=now)
    return Parcel(alert.id, alert.attempts)


def _lease(session: Session, alert: Alert, owner: str, now: datetime) -> None:
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


def _end(
    session: Session, alert: Alert, channel: Channel, outcome: Delivery, *, now: datetime
) -> None:
    session.flush()  # the attempt may be of this transaction
    _end_attempt(session, alert.id, alert.attempts, outcome, now)
    if outcome.delivered:
        _settle(alert, AlertState.SENT, now)
        _call_off_fallbacks(session, alert, now)
    else:
        _fail(session, alert, channel, outcome, now)


def _end_attempt(
    session: Session, alert_id: int, number: int, outcome: Delivery, now: datetime
) -> None:
    attempt = queries.open_attempt(session, alert_id, number)
    attempt.ended_at, attempt.result = now, _RESULTS[outcome.verdict]
    attempt.code = outcome.code


def _settle(alert: Alert, state: AlertState, now: datetime) -> None:
    alert.state, alert.lease_owner = state, None
    alert.sent_at = now if state is AlertState.SENT else None


def _fail(
    session: Session, alert: Alert, channel: Channel, outcome: Delivery, now: datetime
) -> None:
    retry = after_failure(
        permanent=outcome.verdict in {Verdict.REFUSED, Verdict.DISABLED},
        attempts=alert.attempts,
        wait=outcome.wait,
        severity=alert.severity,
        created_at=alert.created_at,
        now=now,
    )
    if retry.next_at is None:
        _settle(alert, AlertState.DEAD, now)
        _tell_owner(session, channel, outcome, now)
    else:
        _settle(alert, AlertState.PENDING, now)
        alert.next_at = retry.next_at
    _fall_over(session, alert, retry.fall_over_at, now)


def _tell_owner(session: Session, channel: Channel, outcome: Delivery, now: datetime) -> None:
    """Alarm the owners in their inboxes, once a day for one code of one channel."""
    if channel.removed_at is not None:
        return
    new = NewAlert(
        AlertKind.ROBOT_REFUSED,
        subject_id=channel.id,
        recipients=(),
        dedupe_base=f"channel-{channel.id}:{outcome.code}:{now:%Y-%m-%d}",
    )
    raise_alert(session, new, now=now)


def _fall_over(session: Session, alert: Alert, at: datetime, now: datetime) -> None:
    """Let the next channel carry the alert from `at` on, unless one does already."""
    root_id = alert.fallback_for_id or alert.id
    stand_in = queries.fallback_in_use(session, root_id, beside=alert.id)
    if stand_in is not None:
        if stand_in.state is AlertState.PENDING and stand_in.attempts == 0:
            stand_in.next_at = min(stand_in.next_at, at)
        return
    tried = queries.channels_tried(session, alert.dedupe_base)
    for channel in usable_channels(session, alert.store_id):
        if channel.id not in tried:
            row = channel_row(_again(alert), channel, now)
            insert_new(session, [row | {"fallback_for_id": root_id, "next_at": at}])
            return


def _again(alert: Alert) -> NewAlert:
    return NewAlert(
        kind=alert.kind,
        subject_id=alert.subject_id,
        recipients=(),
        dedupe_base=alert.dedupe_base,
        level=alert.level,
        repeat=alert.repeat,
        severity=alert.severity,
        store_id=alert.store_id,
        short_no=alert.short_no,
        fire_at=alert.fire_at,
        data=alert.data,
    )


def _call_off_fallbacks(session: Session, alert: Alert, now: datetime) -> None:
    """The message has arrived: stand-ins that have not begun are no longer needed."""
    session.execute(
        update(Alert)
        .where(
            Alert.fallback_for_id == (alert.fallback_for_id or alert.id),
            Alert.id != alert.id,
            Alert.state == AlertState.PENDING,
            Alert.attempts == 0,
        )
        .values(state=AlertState.SUPERSEDED, next_at=now)
        .execution_options(synchronize_session=False)
    )
