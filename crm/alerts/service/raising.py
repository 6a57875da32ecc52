"""Raise alerts and take them back, in the transaction of whatever makes them necessary."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from crm.accounts.queries import active_staff
from crm.accounts.rules import Role
from crm.alerts import queries
from crm.alerts.models import Alert, AlertAttempt, AlertReceipt, waiting
from crm.alerts.rules import (
    UPDATE_GAP,
    AlertKind,
    AlertState,
    NewAlert,
    channel_key,
    inbox_key,
    update_base,
    update_of,
)
from crm.db import upsert_insert
from crm.integrations.models import Channel
from crm.integrations.queries import usable_channels
from crm.integrations.rules import matches


def raise_alert(session: Session, new: NewAlert, *, now: datetime) -> None:
    """Put an alert into every recipient's inbox and into the outbox of every fitting channel.

    The same occasion raised again changes nothing. Nobody to tell means the owners.
    """
    people = new.recipients or tuple(active_staff(session, frozenset({Role.OWNER})))
    rows = [_inbox_row(new, staff_id, now) for staff_id in dict.fromkeys(people)]
    rows += [channel_row(new, channel, now) for channel in _channels(session, new)]
    made = insert_new(session, rows)
    if receipts := [
        {"alert_id": alert_id, "staff_id": staff_id} for alert_id, staff_id in made if staff_id
    ]:
        session.connection().execute(insert(AlertReceipt), receipts)


def suppress(session: Session, *, dedupe_bases: Collection[str], now: datetime) -> None:
    """Take back what has not left yet, also what a worker holds; inbox lines stay."""
    if dedupe_bases:
        session.execute(
            update(Alert)
            .where(waiting(), Alert.dedupe_base.in_(dedupe_bases))
            .values(state=AlertState.SUPPRESSED, lease_owner=None, next_at=now)
            .execution_options(synchronize_session=False)
        )


def resume(session: Session, *, dedupe_bases: Collection[str], now: datetime) -> None:
    """Let leave after all what was taken back unsent: the answer that made it needless is gone."""
    if dedupe_bases:
        session.execute(
            update(Alert)
            .where(
                Alert.state == AlertState.SUPPRESSED,
                Alert.channel_id.is_not(None),
                Alert.dedupe_base.in_(dedupe_bases),
            )
            .values(state=AlertState.PENDING, next_at=now)
            .execution_options(synchronize_session=False)
        )


def raise_update(session: Session, new: NewAlert, *, mark: str, now: datetime) -> datetime | None:
    """Tell of an occasion that goes on: when it begins, then when `mark` changed, never too often.

    Returns from when on it may be told, or None when it was told now or there is nothing new. The
    caller holds the lock of the occasion's row, and asks again at that time.
    """
    number = 0
    if last := queries.last_of(session, new.kind, new.subject_id):
        number, told = update_of(last.dedupe_base)
        if told == mark:
            return None
        if now < last.created_at + UPDATE_GAP:
            return last.created_at + UPDATE_GAP
    base = update_base(new.dedupe_base, number + 1, mark)
    raise_alert(session, replace(new, dedupe_base=base, repeat=number + 1), now=now)
    return None


def alarm(session: Session, *, what: str, subject_id: int, now: datetime) -> None:
    """Tell the owners in their inboxes that something cannot be read, once a day for each."""
    base = f"{what}-{subject_id}:{now:%Y-%m-%d}"
    raise_alert(session, NewAlert(AlertKind.BROKEN, subject_id, (), base), now=now)


def forget(
    session: Session, *, complaint_ids: Collection[int], incident_ids: Collection[int]
) -> None:
    """Remove every alert about these complaints and incidents: their time of keeping is over."""
    about = queries.about_complaints(complaint_ids, incident_ids)
    for table in (AlertReceipt, AlertAttempt):
        session.execute(delete(table).where(table.alert_id.in_(about)))
    for stand_ins in (Alert.fallback_for_id.is_not(None), Alert.fallback_for_id.is_(None)):
        session.execute(delete(Alert).where(Alert.id.in_(about), stand_ins))


def insert_new(session: Session, rows: list[dict[str, Any]]) -> list[tuple[int, int | None]]:
    """Insert the alerts whose key is new; return their ids and recipients."""
    if not rows:
        return []
    session.flush()  # they may name rows that are not written yet
    statement = upsert_insert(session, Alert.__table__).on_conflict_do_nothing()
    made = session.connection().execute(statement.returning(Alert.id, Alert.staff_id), rows)
    return [(row.id, row.staff_id) for row in made]


def channel_row(new: NewAlert, channel: Channel, at: datetime) -> dict[str, Any]:
    """Return the row of an alert that leaves by this channel, from `at` on."""
    return _row(new, at) | {
        "staff_id": None,
        "channel_id": channel.id,
        "dedupe_key": channel_key(new.dedupe_base, channel.id, channel.kind),
        "state": AlertState.PENDING,
        "sent_at": None,
    }


def _channels(session: Session, new: NewAlert) -> list[Channel]:
    level = new.level
    if new.channels == () or (new.channels is None and level is None):
        return []
    usable = usable_channels(session, new.store_id)
    if new.channels is not None:
        return [channel for channel in usable if channel.id in new.channels]
    return [channel for channel in usable if level and matches(channel.levels, level)]


def _inbox_row(new: NewAlert, staff_id: int, now: datetime) -> dict[str, Any]:
    return _row(new, now) | {
        "staff_id": staff_id,
        "channel_id": None,
        "dedupe_key": inbox_key(new.dedupe_base, staff_id),
        "state": AlertState.SENT,
        "sent_at": now,
    }


def _row(new: NewAlert, now: datetime) -> dict[str, Any]:
    return {
        "kind": new.kind,
        "subject_id": new.subject_id,
        "short_no": new.short_no,
        "level": new.level,
        "repeat": new.repeat,
        "severity": new.severity,
        "store_id": new.store_id,
        "fallback_for_id": None,
        "dedupe_base": new.dedupe_base,
        "fire_at": new.fire_at or now,
        "next_at": now,
        "lease_owner": None,
        "attempts": 0,
        "data": dict(new.data),
        "created_at": now,
    }
