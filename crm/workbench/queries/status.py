"""What the status page shows: whether the engine works, and what needs a person."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from crm.alerts.models import Alert, WorkerHeartbeat, waiting
from crm.alerts.queries import AlertRow, dead_alerts, last_codes
from crm.audit.models import AuditEntry
from crm.complaints.models import AlertStep
from crm.complaints.rules.words import StepState
from crm.integrations.models import Channel, OutsidePing
from crm.integrations.queries import channels, outside_ping
from crm.integrations.rules import ChannelState
from crm.stores.queries import statutory
from crm.workbench.queries.frame import is_late

REPAIRS_WITHIN = timedelta(days=7)
REPAIRED = "complaint.steps_repaired"
DEAD_SHOWN = 20
LATE_STEP = timedelta(seconds=10)
_SOON = timedelta(days=45)


@dataclass(frozen=True)
class Worker:
    """A process that ticks, or ticked in the last day."""

    name: str
    started_at: datetime
    ticked_at: datetime
    late: bool


@dataclass(frozen=True)
class Status:
    """The state of the engine; every figure that needs a person has a word for it."""

    workers: tuple[Worker, ...]
    late: bool
    dead: tuple[AlertRow, ...]
    dead_count: int
    codes: dict[int, str]
    refused: tuple[Channel, ...]
    waiting_count: int
    waiting_since: datetime | None
    oldest_step: datetime | None
    step_late: bool
    bad_steps: int
    repairs: int
    known_until: date
    calendar_ends: bool
    ping: OutsidePing | None

    @property
    def all_well(self) -> bool:
        """Whether nobody has to do anything."""
        troubles = (self.late, self.dead_count, self.refused, self.step_late, self.bad_steps)
        return not any(troubles) and not self.calendar_ends


def status(session: Session, *, now: datetime, today: date) -> Status:
    """Return the state of the engine."""
    workers = tuple(
        Worker(row.worker, row.started_at, row.ticked_at, is_late(row.ticked_at, now))
        for row in session.scalars(
            select(WorkerHeartbeat).order_by(WorkerHeartbeat.ticked_at.desc())
        )
    )
    found = session.execute(figures(now)).one()
    oldest = found.oldest_step
    due = oldest if oldest is not None and oldest <= now else None
    dead, dead_count = dead_alerts(session, most=DEAD_SHOWN)
    known_until = statutory(session).coverage_until
    return Status(
        workers=workers,
        late=all(worker.late for worker in workers),
        dead=tuple(dead),
        dead_count=dead_count,
        codes=last_codes(session, [row.alert.id for row in dead]),
        refused=tuple(c for c in channels(session) if c.state is not ChannelState.OK),
        waiting_count=found.waiting,
        waiting_since=found.waiting_since,
        oldest_step=oldest,
        step_late=due is not None and now - due > LATE_STEP,
        bad_steps=found.bad_steps,
        repairs=found.repairs,
        known_until=known_until,
        calendar_ends=known_until < today + _SOON,
        ping=outside_ping(session),
    )


def _steps(state: StepState) -> ColumnElement[bool]:
    """With the state written out, so that the index over pending steps is used."""
    literal = bindparam(None, state, AlertStep.state.type, literal_execute=True)
    return AlertStep.state == literal


def figures(now: datetime) -> Select[int, datetime | None, datetime | None, int, int]:
    """Everything that is one number or one moment, in one statement."""
    queued = (waiting(), Alert.next_at <= now)
    repaired = (AuditEntry.at > now - REPAIRS_WITHIN, AuditEntry.action == REPAIRED)
    wake = select(func.min(AlertStep.wake_at)).where(_steps(StepState.PENDING))
    bad = select(func.count()).where(_steps(StepState.ERROR))
    return select(
        select(func.count(Alert.id)).where(*queued).scalar_subquery().label("waiting"),
        select(func.min(Alert.fire_at)).where(*queued).scalar_subquery().label("waiting_since"),
        wake.scalar_subquery().label("oldest_step"),
        bad.scalar_subquery().label("bad_steps"),
        select(func.count(AuditEntry.id)).where(*repaired).scalar_subquery().label("repairs"),
    )
