"""What people do with their inbox and with what was given up; the workers' sign of life."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.alerts import queries
from crm.alerts.models import Alert, AlertReceipt, WorkerHeartbeat
from crm.alerts.rules import AlertState
from crm.audit import service as audit
from crm.db import upsert_insert

_FORGET_WORKERS = timedelta(days=1)


def acknowledge(session: Session, alert: Alert, *, actor: Actor, now: datetime) -> None:
    """Note that a person knows. The first time counts. It stops no clock."""
    insert = upsert_insert(session, AlertReceipt).values(
        alert_id=alert.id, staff_id=actor.id, seen_at=now, acknowledged_at=now
    )
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["alert_id", "staff_id"],
            set_={
                "seen_at": func.coalesce(AlertReceipt.seen_at, insert.excluded.seen_at),
                "acknowledged_at": insert.excluded.acknowledged_at,
            },
            where=AlertReceipt.acknowledged_at.is_(None),
        )
    )


def mark_all_seen(
    session: Session, *, actor: Actor, newest: tuple[datetime, int], now: datetime
) -> None:
    """Mark a person's lines as seen up to the newest that she was shown."""
    session.execute(
        update(AlertReceipt)
        .where(
            AlertReceipt.staff_id == actor.id,
            AlertReceipt.seen_at.is_(None),
            AlertReceipt.alert_id.in_(queries.up_to(actor, newest)),
        )
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )


def retry_dead(session: Session, alert_id: int | None, *, actor: Actor, now: datetime) -> int:
    """Let what was given up leave again, one alert or all; says how many. Raises NoResultFound."""
    dead = queries.dead_for_update(session, alert_id)
    for alert in dead:
        alert.state, alert.next_at = AlertState.PENDING, now
    if dead:
        subject = f"alert:{alert_id or 0}"
        after = {"alerts": len(dead)}
        audit.record(session, "alerts.retried", subject=subject, actor=actor, now=now, after=after)
    return len(dead)


def beat(session: Session, *, worker: str, started_at: datetime, now: datetime) -> None:
    """Note that a worker lives; forget those that have been silent for a day."""
    insert = upsert_insert(session, WorkerHeartbeat).values(
        worker=worker, started_at=started_at, ticked_at=now
    )
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["worker"], set_={"ticked_at": insert.excluded.ticked_at}
        )
    )
    session.execute(
        delete(WorkerHeartbeat).where(WorkerHeartbeat.ticked_at < now - _FORGET_WORKERS)
    )
