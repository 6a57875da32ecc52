"""Every select about alerts: what is due, what lies in an inbox, how the workers are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from crm.accounts.models import Staff
from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.alerts.models import Alert, AlertAttempt, AlertReceipt, WorkerHeartbeat, waiting
from crm.alerts.rules import (
    COMPLAINT_KINDS,
    DIGEST_MOST,
    TOP_SEVERITY,
    AlertKind,
    AlertState,
)
from crm.db import UtcDateTime
from crm.integrations.models import Channel
from crm.integrations.rules import ChannelKind

INBOX_LENGTH = 50
_by_time = tuple_(Alert.created_at, Alert.id)
"""Lines are read by time: rows may have been written in another order."""


@dataclass(frozen=True)
class InboxLine:
    """One line of an inbox."""

    alert: Alert
    seen_at: datetime | None
    acknowledged_at: datetime | None


def _ready(now: datetime) -> ColumnElement[bool]:
    """Due, on a channel that is free; in the quiet after a digest only what cannot wait."""
    urgent = and_(Alert.severity == TOP_SEVERITY, Alert.repeat == 0)
    return and_(
        waiting(),
        Alert.next_at <= now,
        or_(Channel.not_before.is_(None), Channel.not_before <= now),
        or_(Channel.quiet_until.is_(None), Channel.quiet_until <= now, urgent),
    )


_URGENT_FIRST = (Alert.severity.nulls_last(), Alert.next_at, Alert.id)


def due(now: datetime) -> Select[Alert, Channel]:
    """Return the statement for the most urgent alert whose channel is free, locked.

    Both rows are locked: two workers never send on one channel. The channel's lock leaves foreign
    keys alone, so that raising an alert never waits for a sender.
    """
    return (
        select(Alert, Channel)
        .join(Channel, Channel.id == Alert.channel_id)
        .where(_ready(now))
        .order_by(*_URGENT_FIRST)
        .limit(1)
        .with_for_update(of=(Alert, Channel), skip_locked=True, key_share=True)
    )


def due_for(session: Session, channel_id: int, now: datetime) -> list[Alert]:
    """Return and lock what waits for one channel, the most urgent first.

    `+ 0` keeps SQLite from the channel's index, which holds everything that was ever sent there.
    """
    return list(
        session.scalars(
            select(Alert)
            .join(Channel, Channel.id == Alert.channel_id)
            .where(_ready(now), Alert.channel_id + 0 == channel_id)
            .order_by(*_URGENT_FIRST)
            .limit(DIGEST_MOST)
            .with_for_update(of=Alert, skip_locked=True, key_share=True)
        )
    )


def anything_due(session: Session, now: datetime) -> bool:
    """Say whether an alert waits for being sent: one probe of a small index, without a lock."""
    statement = select(Alert.id).where(waiting(), Alert.next_at <= now).limit(1)
    return session.scalar(statement) is not None


def raised_since(session: Session, since: datetime, now: datetime) -> bool:
    """Say whether something that is due and was not tried yet was raised after `since`."""
    fresh = select(Alert.id).where(
        waiting(), Alert.next_at <= now, Alert.attempts == 0, Alert.created_at > since
    )
    return session.scalar(fresh.limit(1)) is not None


def due_alert(session: Session, now: datetime) -> tuple[Alert, Channel] | None:
    """Return and lock what to send next, or None."""
    row = session.execute(due(now)).first()
    return None if row is None else (row.Alert, row.Channel)


def alerts_for_update(session: Session, alert_ids: Sequence[int]) -> tuple[list[Alert], Channel]:
    """Return and lock alerts that were claimed for one channel, with that channel."""
    rows = session.execute(
        select(Alert, Channel)
        .join(Channel, Channel.id == Alert.channel_id)
        .where(Alert.id.in_(alert_ids))
        .order_by(Alert.id)
        .with_for_update(of=(Alert, Channel), key_share=True)
    ).all()
    return [row.Alert for row in rows], rows[0].Channel


def attempts_of(session: Session, alert_ids: Sequence[int]) -> list[AlertAttempt]:
    """Return the attempts of these alerts that have not ended."""
    return list(
        session.scalars(
            select(AlertAttempt).where(
                AlertAttempt.alert_id.in_(alert_ids), AlertAttempt.ended_at.is_(None)
            )
        )
    )


def channels_tried(session: Session, dedupe_bases: Collection[str]) -> dict[str, set[int]]:
    """Return by occasion the channels that have an alert of it."""
    tried: dict[str, set[int]] = {base: set() for base in dedupe_bases}
    for row in session.execute(
        select(Alert.dedupe_base, Alert.channel_id).where(
            Alert.dedupe_base.in_(dedupe_bases), Alert.channel_id.is_not(None)
        )
    ):
        tried[row.dedupe_base].add(row.channel_id)
    return tried


def fallbacks_in_use(session: Session, root_ids: Collection[int]) -> dict[int, list[Alert]]:
    """Return by alert its stand-ins that wait or have arrived, the oldest first."""
    alive = (AlertState.PENDING, AlertState.LEASED, AlertState.SENT)
    found: dict[int, list[Alert]] = {}
    for alert in session.scalars(
        select(Alert)
        .where(Alert.fallback_for_id.in_(root_ids), Alert.state.in_(alive))
        .order_by(Alert.id)
    ):
        found.setdefault(alert.fallback_for_id or 0, []).append(alert)
    return found


def last_of(session: Session, kind: AlertKind, subject_id: int) -> Alert | None:
    """Return the latest alert of this kind about this subject."""
    return session.scalar(
        select(Alert)
        .where(Alert.kind == kind, Alert.subject_id == subject_id)
        .order_by(Alert.id.desc())
        .limit(1)
    )


def about_complaints(complaint_ids: Collection[int], incident_ids: Collection[int]) -> Select[int]:
    """Return the statement for the ids of every alert about these complaints and incidents."""
    return select(Alert.id).where(
        or_(
            Alert.kind.in_(COMPLAINT_KINDS) & Alert.subject_id.in_(complaint_ids),
            (Alert.kind == AlertKind.INCIDENT) & Alert.subject_id.in_(incident_ids),
        )
    )


def visible_alert(session: Session, alert_id: int, actor: Actor) -> Alert:
    """Return an alert of this person's inbox or of a channel in her stores. NoResultFound."""
    return session.scalars(
        select(Alert).where(
            Alert.id == alert_id,
            or_(
                Alert.staff_id == actor.id,
                Alert.channel_id.is_not(None) & in_scope(Alert.store_id, actor),
            ),
        )
    ).one()


def inbox_alert(session: Session, alert_id: int, actor: Actor) -> Alert:
    """Return an alert of this person's own inbox. Raises NoResultFound."""
    return session.scalars(
        select(Alert).where(Alert.id == alert_id, Alert.staff_id == actor.id)
    ).one()


def inbox(
    session: Session,
    actor: Actor,
    *,
    before: tuple[datetime, int] | None = None,
    only_new: bool = False,
) -> list[InboxLine]:
    """Return a page of a person's inbox, newest first, with one line more if there is one."""
    statement = (
        select(Alert, AlertReceipt.seen_at, AlertReceipt.acknowledged_at)
        .join(AlertReceipt, AlertReceipt.alert_id == Alert.id)
        .where(Alert.staff_id == actor.id, AlertReceipt.staff_id == actor.id)
        .order_by(Alert.created_at.desc(), Alert.id.desc())
        .limit(INBOX_LENGTH + 1)
    )
    if before is not None:
        statement = statement.where(_by_time < _place(before))
    if only_new:
        statement = statement.where(AlertReceipt.seen_at.is_(None))
    return [InboxLine(*row) for row in session.execute(statement)]


def _place(place: tuple[datetime, int]) -> ColumnElement[Any]:
    """A place in the order of time; the moment is bound as UTC, in whatever zone it was given."""
    return tuple_(literal(place[0], UtcDateTime), literal(place[1]))


def up_to(actor: Actor, newest: tuple[datetime, int]) -> Select[int]:
    """Return the statement for the ids of a person's lines up to this one."""
    return select(Alert.id).where(Alert.staff_id == actor.id, _by_time <= _place(newest))


def unseen(session: Session, actor: Actor) -> int:
    """Return how many lines of a person's inbox are new; one probe of a small index."""
    statement = select(func.count()).where(
        AlertReceipt.staff_id == actor.id, AlertReceipt.seen_at.is_(None)
    )
    return session.scalar(statement) or 0


def last_tick(session: Session) -> datetime | None:
    """Return when any worker last ticked, or None before the first."""
    return session.scalar(select(func.max(WorkerHeartbeat.ticked_at)))


@dataclass(frozen=True)
class AlertRow:
    """An alert with where it went and whether anybody took note."""

    alert: Alert
    login: str | None
    channel_id: int | None
    channel_kind: ChannelKind | None
    acknowledged_at: datetime | None

    @property
    def recipient(self) -> str:
        """The login of a person, or the number of a channel."""
        return self.login or f"channel-{self.channel_id}"


def _rows() -> Select[Alert, str, int, ChannelKind, datetime | None]:
    known = (
        select(func.min(AlertReceipt.acknowledged_at))
        .where(AlertReceipt.alert_id == Alert.id)
        .scalar_subquery()
    )
    return (
        select(Alert, Staff.login, Channel.id, Channel.kind, known)
        .outerjoin(Staff, Staff.id == Alert.staff_id)
        .outerjoin(Channel, Channel.id == Alert.channel_id)
    )


def _dead() -> ColumnElement[bool]:
    return Alert.state == bindparam(None, AlertState.DEAD, Alert.state.type, literal_execute=True)


def dead_alerts(session: Session, *, most: int) -> tuple[list[AlertRow], int]:
    """Return the alerts that were given up, newest first, and how many there are in all."""
    newest = _rows().where(_dead()).order_by(Alert.created_at.desc(), Alert.id.desc())
    count = session.scalar(select(func.count()).where(_dead())) or 0
    return [AlertRow(*row) for row in session.execute(newest.limit(most))] if count else [], count


def last_codes(session: Session, alert_ids: Sequence[int]) -> dict[int, str]:
    """Return what the last attempt of each alert came to."""
    numbered = select(AlertAttempt).where(AlertAttempt.alert_id.in_(alert_ids))
    attempts = session.scalars(numbered.order_by(AlertAttempt.number)) if alert_ids else ()
    return {attempt.alert_id: attempt.code for attempt in attempts}


def dead_for_update(session: Session, alert_id: int | None) -> list[Alert]:
    """Return and lock the alerts that were given up, or one of them. Raises NoResultFound."""
    by_time = (Alert.created_at, Alert.id)  # as the index over what was given up
    statement = select(Alert).where(_dead()).order_by(*by_time).with_for_update()
    if alert_id is None:
        return list(session.scalars(statement))
    return [session.scalars(statement.where(Alert.id == alert_id)).one()]


def alert_row(session: Session, alert_id: int) -> AlertRow:
    """Return one alert as lists show it."""
    return AlertRow(*session.execute(_rows().where(Alert.id == alert_id)).one())


def alert_page(
    session: Session,
    actor: Actor,
    *,
    complaint_id: int | None,
    state: AlertState | None,
    before: int | None,
    most: int,
) -> list[AlertRow]:
    """Return alerts of this person's inbox and of the channels of her stores, newest first."""
    statement = _rows().where(
        or_(
            Alert.staff_id == actor.id,
            Alert.channel_id.is_not(None) & in_scope(Alert.store_id, actor),
        )
    )
    if complaint_id is not None:
        statement = statement.where(
            Alert.kind.in_(COMPLAINT_KINDS), Alert.subject_id == complaint_id
        )
    if state is not None:
        statement = statement.where(Alert.state == state)
    if before is not None:
        statement = statement.where(Alert.id < before)
    return [
        AlertRow(*row) for row in session.execute(statement.order_by(Alert.id.desc()).limit(most))
    ]
