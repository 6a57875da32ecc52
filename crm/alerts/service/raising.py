"""Raise alerts and take them back, in the transaction of whatever makes them necessary."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.accounts.queries import active_staff
from crm.accounts.rules import Role
from crm.alerts.models import Alert, AlertReceipt, waiting
from crm.alerts.rules import AlertState, NewAlert, channel_key, inbox_key
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
        session.execute(upsert_insert(session, AlertReceipt).values(receipts))


def suppress(session: Session, *, dedupe_bases: Collection[str], now: datetime) -> None:
    """Take back what has not left yet, also what a worker holds; inbox lines stay."""
    if dedupe_bases:
        session.execute(
            update(Alert)
            .where(waiting(), Alert.dedupe_base.in_(dedupe_bases))
            .values(state=AlertState.SUPPRESSED, lease_owner=None, next_at=now)
            .execution_options(synchronize_session=False)
        )


def insert_new(session: Session, rows: list[dict[str, Any]]) -> list[tuple[int, int | None]]:
    """Insert the alerts whose key is new; return their ids and recipients."""
    if not rows:
        return []
    statement = upsert_insert(session, Alert).values(rows).on_conflict_do_nothing()
    made = session.execute(statement.returning(Alert.id, Alert.staff_id))
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
    if level is None:
        return []
    channels = usable_channels(session, new.store_id)
    return [channel for channel in channels if matches(channel.levels, level)]


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
        "created_at": now,
    }
