"""What the frame of every page shows: shop, person, waiting complaints, a late worker."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor, Permission, TextSize, can
from crm.alerts.models import AlertReceipt, WorkerHeartbeat
from crm.complaints.models import Complaint
from crm.complaints.queries.board import WAITING
from crm.db import reading
from crm.i18n import _, fmt
from crm.stores.models import CalendarDay, Shop, Store
from crm.stores.rules.statutory import missing_year

LATE_AFTER = timedelta(seconds=30)
"""A worker that has not ticked for so long is late; /healthz says the same."""
NO_STORE = (-1,)

_TICK = select(func.max(WorkerHeartbeat.ticked_at)).scalar_subquery()
_COUNT = select(func.count()).select_from(Complaint).where(WAITING)
_UNSEEN = (
    select(func.count())
    .select_from(AlertReceipt)
    .where(AlertReceipt.staff_id == bindparam("me"), AlertReceipt.seen_at.is_(None))
    .scalar_subquery()
)
_PARTS = (
    Shop.name,
    Shop.demo_offset_seconds,
    _TICK.label("ticked_at"),
    _UNSEEN.label("unseen"),
    select(func.max(CalendarDay.on_date)).scalar_subquery().label("days_known"),
)
_EVERYWHERE = select(*_PARTS, _COUNT.scalar_subquery().label("waiting"))
_OWN = select(
    *_PARTS,
    _COUNT.where(Complaint.store_id.in_(bindparam("stores", expanding=True)))
    .scalar_subquery()
    .label("waiting"),
)
_NAMES = (
    select(Store.name).where(Store.id.in_(bindparam("stores", expanding=True))).order_by(Store.id)
)


@dataclass(frozen=True)
class Frame:
    """The parts of a page that are the same everywhere."""

    shop_name: str
    store_name: str
    actor: Actor | None
    role_label: str
    waiting_count: int
    unseen_count: int
    tab: str
    text_size: str
    single_keys: bool
    demo_time: str | None
    worker_late: bool
    missing_year: int | None
    """The year whose public holidays the owner is asked to enter."""


def frame(session: Session, actor: Actor | None, path: str, *, now: datetime) -> Frame:
    """Return the frame of the page at `path` for whoever is signed in."""
    row, stores = _facts(session, actor)
    demo = row is not None and row.demo_offset_seconds is not None
    return Frame(
        shop_name=row.name if row else "",
        store_name=stores,
        actor=actor,
        role_label=_(f"accounts.role_{actor.role.value}") if actor else "",
        waiting_count=row.waiting if row else 0,
        unseen_count=row.unseen if row else 0,
        tab=path.split("/", 2)[1],
        text_size=_size(actor),
        single_keys=actor.single_keys if actor else True,
        demo_time=_("frame.demo_time", day=fmt.day(now), time=fmt.clock_time(now))
        if demo
        else None,
        worker_late=row is not None and is_late(row.ticked_at, now),
        missing_year=_missing_year(row, actor, now),
    )


def _missing_year(row: Any, actor: Actor | None, now: datetime) -> int | None:
    if row is None or actor is None or not can(actor.role, Permission.SETTINGS):
        return None
    return missing_year(fmt.local(now).date(), row.days_known)


def is_late(ticked_at: datetime | None, now: datetime) -> bool:
    """Say whether no worker has ticked for 30 seconds."""
    return ticked_at is None or now - ticked_at > LATE_AFTER


def _facts(session: Session, actor: Actor | None) -> tuple[Any, str]:
    """Return the shop's row and the names of the actor's stores."""
    me = {"me": actor.id if actor else None}
    connection = reading(session)
    if actor is None or actor.store_ids is None:
        return connection.execute(_EVERYWHERE, me).first(), _("frame.all_stores") if actor else ""
    own = {"stores": tuple(sorted(actor.store_ids)) or NO_STORE}
    names = connection.scalars(_NAMES, own).all()
    return connection.execute(_OWN, me | own).first(), fmt.listed(names)


def _size(actor: Actor | None) -> str:
    """Return the value of data-size: empty for the standard."""
    if actor is None or actor.text_size is TextSize.STANDARD:
        return ""
    return str(actor.text_size.value)
