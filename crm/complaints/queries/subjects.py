"""What an alert about a complaint is about, read in the transaction before it leaves."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.alerts.models import Alert
from crm.alerts.rules import COMPLAINT_KINDS, AlertKind, AlertState, Subject, Words
from crm.complaints.models import Complaint, Incident, SlaClock
from crm.complaints.rules.words import UNDECIDED, ClockState, State
from crm.db import reading
from crm.groups.models import ChatGroup
from crm.integrations.rules import Level
from crm.stores.models import Store

_ROW = (
    select(
        Complaint.id,
        Complaint.short_no,
        Complaint.severity,
        Complaint.state,
        Complaint.spread_at,
        Store.name.label("store_name"),
        ChatGroup.name.label("group_name"),
    )
    .join(Store, Store.id == Complaint.store_id)
    .outerjoin(ChatGroup, ChatGroup.id == Complaint.group_id)
    .where(Complaint.id == bindparam("complaint_id"))
)
_CLOCK = select(SlaClock.state, SlaClock.offered_at).where(SlaClock.id == bindparam("clock_id"))
_INCIDENT = (
    select(
        Incident.id,
        Incident.reached_at,
        Store.name.label("store_name"),
        ChatGroup.name.label("group_name"),
    )
    .join(Store, Store.id == Incident.store_id)
    .outerjoin(ChatGroup, ChatGroup.id == Incident.group_id)
)


def step_base(clock: SlaClock, level: Level, repeat_no: int) -> str:
    """Return the occasion of a step: one key for planning, checking and taking back."""
    return f"clock-{clock.id}.{clock.generation}:{level.value}:{repeat_no}"


def clock_id_of(base: str) -> int | None:
    """Return the clock that an occasion is about; a hand-over or a recap has none."""
    name = base.partition(":")[0]
    return int(name.removeprefix("clock-").partition(".")[0]) if name.startswith("clock-") else None


def alert_subject(session: Session, alert: Alert) -> Subject:
    """Return whether an alert is still needed, and its words. Names no customer."""
    if alert.kind is AlertKind.INCIDENT:
        return _incident_subject(session, alert)
    if alert.kind is AlertKind.DAILY:
        return Subject(still_needed=True, words=Words("", 4, "", "/complaints"))
    row = reading(session).execute(_ROW, {"complaint_id": alert.subject_id}).one()
    words = Words(
        str(row.short_no),
        row.severity,
        row.group_name or row.store_name,
        f"/complaints/{row.id}",
    )
    return Subject(_is_needed(session, alert, row.state, row.spread_at), words)


def _incident_subject(session: Session, alert: Alert) -> Subject:
    """An incident is told of unless the tap that opened it was taken back."""
    row = session.execute(_INCIDENT.where(Incident.id == alert.subject_id)).one()
    words = Words("", 1, row.group_name or row.store_name, f"/incidents/{row.id}")
    return Subject(row.reached_at is not None, words)


def _is_needed(session: Session, alert: Alert, state: State, spread_at: datetime | None) -> bool:
    if alert.kind is AlertKind.RECAP:
        return state is not State.VOIDED
    if alert.kind is AlertKind.SPREAD:
        return state in UNDECIDED and spread_at is not None
    clock_id = clock_id_of(alert.dedupe_base)
    if clock_id is None:
        return state in UNDECIDED
    clock = reading(session).execute(_CLOCK, {"clock_id": clock_id}).one()
    return clock.state is ClockState.RUNNING and clock.offered_at is None


def channels_told(session: Session, complaint_id: int) -> tuple[int, ...]:
    """Return the channels by which an alert about this complaint has left."""
    return _told(session, Alert.channel_id, complaint_id)


def people_told(session: Session, complaint_id: int) -> tuple[int, ...]:
    """Return who got an alert about this complaint so far; some may have left since."""
    return _told(session, Alert.staff_id, complaint_id)


def _told(
    session: Session, recipient: InstrumentedAttribute[int | None], complaint_id: int
) -> tuple[int, ...]:
    return tuple(
        session.scalars(
            select(recipient)
            .where(
                Alert.subject_id == complaint_id,
                Alert.kind.in_(COMPLAINT_KINDS - {AlertKind.RECAP}),
                recipient.is_not(None),
                Alert.state == AlertState.SENT,
            )
            .distinct()
            .order_by(recipient)
        )
    )
