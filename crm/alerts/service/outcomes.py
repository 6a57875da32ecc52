"""What is written after an attempt: sent, tried again, given up, handed to the next channel.

Only who still holds the lease may change an alert, but for two things: what has arrived was sent,
whoever has the alert by now; and what failed is tried again later, if nobody else has tried since.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.alerts import queries
from crm.alerts.models import Alert
from crm.alerts.rules import (
    DIGEST_QUIET,
    AlertKind,
    AlertState,
    AttemptResult,
    NewAlert,
    Retry,
    after_failure,
)
from crm.alerts.service.raising import alarm, channel_row, insert_new, raise_alert
from crm.integrations.models import Channel
from crm.integrations.queries import usable_channels
from crm.integrations.rules import ChannelKind, Delivery, Verdict
from crm.integrations.service import note_outcome

_RESULTS = {
    Verdict.DELIVERED: AttemptResult.DELIVERED,
    Verdict.TEMPORARY: AttemptResult.TEMPORARY,
    Verdict.REFUSED: AttemptResult.REFUSED,
    Verdict.DISABLED: AttemptResult.REFUSED,
}
_NOT_SENT = {AlertState.PENDING, AlertState.LEASED, AlertState.SUPPRESSED}


def mark(
    session: Session,
    attempts: Sequence[tuple[int, int]],
    outcome: Delivery,
    *,
    owner: str,
    now: datetime,
) -> None:
    """Write what came of an attempt, and what follows for its alerts."""
    numbers = dict(attempts)
    alerts, channel = queries.alerts_for_update(session, list(numbers))
    if any(alert.lease_owner in {owner, None} for alert in alerts):
        note_outcome(channel, outcome, now=now)  # else the channel is somebody else's by now
        if outcome.delivered and len(alerts) > 1 and channel.kind is not ChannelKind.WEBHOOK:
            channel.quiet_until = now + DIGEST_QUIET
    ours = [
        alert
        for alert in alerts
        if alert.lease_owner == owner or _still_to_write(alert, numbers[alert.id], outcome)
    ]
    lost = {alert.id for alert in alerts} - {alert.id for alert in ours}
    _end_attempts(session, [a for a in attempts if a[0] in lost], outcome, now)
    _end(session, ours, numbers, channel, outcome, now)


def _still_to_write(alert: Alert, number: int, outcome: Delivery) -> bool:
    """Whether the outcome counts though the lease is lost."""
    if outcome.delivered:
        return alert.state in _NOT_SENT
    return alert.state is AlertState.PENDING and alert.attempts == number


def end(
    session: Session, alerts: Sequence[Alert], channel: Channel, outcome: Delivery, *, now: datetime
) -> None:
    """Count an attempt that failed before anything left."""
    _end(session, alerts, {a.id: a.attempts for a in alerts}, channel, outcome, now)


def set_aside(session: Session, alert: Alert, *, gone: bool, now: datetime) -> None:
    """An alert that cannot be read is no channel's fault: the owners hear of it, others go on."""
    code = "subject_gone" if gone else "subject_error"
    broken = Delivery(Verdict.REFUSED if gone else Verdict.TEMPORARY, code)
    session.flush()  # the attempt is of this transaction
    _end_attempts(session, [(alert.id, alert.attempts)], broken, now)
    retry = _retry(alert, broken, now)
    settle(alert, AlertState.PENDING if retry.next_at else AlertState.DEAD, now)
    alert.next_at = retry.next_at or now
    alarm(session, what="alert", subject_id=alert.id, now=now)


def settle(alert: Alert, state: AlertState, now: datetime) -> None:
    """Put an alert into a state in which nobody holds it."""
    alert.state, alert.lease_owner = state, None
    alert.sent_at = now if state is AlertState.SENT else None


def _end(
    session: Session,
    alerts: Sequence[Alert],
    numbers: dict[int, int],
    channel: Channel,
    outcome: Delivery,
    now: datetime,
) -> None:
    session.flush()  # the attempts may be of this transaction
    _end_attempts(session, [(a.id, numbers[a.id]) for a in alerts], outcome, now)
    if outcome.delivered:
        for alert in alerts:
            settle(alert, AlertState.SENT, now)
        _call_off_fallbacks(session, alerts, now)
    elif alerts:
        _fail(session, alerts, channel, outcome, now)


def _end_attempts(
    session: Session, attempts: Sequence[tuple[int, int]], outcome: Delivery, now: datetime
) -> None:
    numbers = dict(attempts)
    for attempt in queries.attempts_of(session, list(numbers)):
        if attempt.number == numbers[attempt.alert_id]:
            attempt.ended_at, attempt.result = now, _RESULTS[outcome.verdict]
            attempt.code = outcome.code


def _retry(alert: Alert, outcome: Delivery, now: datetime) -> Retry:
    return after_failure(
        permanent=outcome.verdict in {Verdict.REFUSED, Verdict.DISABLED},
        attempts=alert.attempts,
        wait=outcome.wait,
        severity=alert.severity,
        created_at=alert.created_at,
        now=now,
    )


def _fail(
    session: Session,
    alerts: Sequence[Alert],
    channel: Channel,
    outcome: Delivery,
    now: datetime,
) -> None:
    retries = {alert.id: _retry(alert, outcome, now) for alert in alerts}
    for alert in alerts:
        next_at = retries[alert.id].next_at
        settle(alert, AlertState.PENDING if next_at else AlertState.DEAD, now)
        alert.next_at = next_at or alert.next_at
    if any(retry.next_at is None for retry in retries.values()):
        _tell_owner(session, channel, outcome, now)
    _fall_over(session, alerts, {a.id: retries[a.id].fall_over_at for a in alerts}, now)


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


def _fall_over(
    session: Session, alerts: Sequence[Alert], times: dict[int, datetime], now: datetime
) -> None:
    """Let the next channel carry each alert from its time on, unless one does already."""
    in_use = queries.fallbacks_in_use(session, [_root_id(alert) for alert in alerts])
    tried = queries.channels_tried(session, {alert.dedupe_base for alert in alerts})
    stores = {alert.store_id for alert in alerts}
    usable = {store_id: usable_channels(session, store_id) for store_id in stores}
    rows = []
    for alert in alerts:
        at, root_id = times[alert.id], _root_id(alert)
        stand_in = next((one for one in in_use.get(root_id, ()) if one is not alert), None)
        if stand_in is not None:
            if stand_in.state is AlertState.PENDING and stand_in.attempts == 0:
                stand_in.next_at = min(stand_in.next_at, at)
            continue
        free = (one for one in usable[alert.store_id] if one.id not in tried[alert.dedupe_base])
        if (channel := next(free, None)) is not None:
            row = channel_row(_again(alert), channel, now)
            rows.append(row | {"fallback_for_id": root_id, "next_at": at})
    insert_new(session, rows)


def _root_id(alert: Alert) -> int:
    """The alert that this one stands in for, or itself."""
    return alert.fallback_for_id or alert.id


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


def _call_off_fallbacks(session: Session, alerts: Sequence[Alert], now: datetime) -> None:
    """The message has arrived: stand-ins that have not begun are no longer needed."""
    session.execute(
        update(Alert)
        .where(
            Alert.fallback_for_id.in_([_root_id(alert) for alert in alerts]),
            Alert.id.not_in([alert.id for alert in alerts]),
            Alert.state == AlertState.PENDING,
            Alert.attempts == 0,
        )
        .values(state=AlertState.SUPERSEDED, next_at=now)
        .execution_options(synchronize_session=False)
    )
