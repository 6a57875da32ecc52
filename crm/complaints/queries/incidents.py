"""Everything that the page of an incident shows: figures are counted, onlookers stay nameless."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from crm.accounts.queries import in_scope, staff_names
from crm.accounts.rules import Actor, Permission, can
from crm.complaints.models import Complaint, Incident, SlaClock
from crm.complaints.queries.board import quote_of
from crm.complaints.queries.buyers import Buyers, other_buyers, same_cause
from crm.complaints.queries.holds import group_holds
from crm.complaints.queries.matter import children_of
from crm.complaints.rules import incidents
from crm.complaints.rules.commands import Hold
from crm.complaints.rules.incidents import Child, Silence
from crm.complaints.rules.spread import SpreadRule, Standing
from crm.complaints.rules.words import UNDECIDED, SignalKind, State
from crm.contacts.models import Contact
from crm.groups.models import ChatGroup, GroupMember
from crm.i18n import fmt
from crm.orders.queries import parts_around, weeks_around
from crm.orders.rules import BeforeAfter
from crm.stores.models import Store

WEEKS_SHOWN = 8


@dataclass(frozen=True)
class ChildRow:
    """A complaint of the incident with its own clocks."""

    complaint: Complaint
    quote: str
    assignee: str | None
    clocks: list[SlaClock]
    """Those of its current cycle."""


@dataclass(frozen=True)
class Sales:
    """Orders before and after in one part of the shop; `weeks` are the weeks around."""

    part: str
    name: str
    around: BeforeAfter
    weeks: list[int]


@dataclass(frozen=True)
class IncidentPage:
    """One incident and what it costs."""

    incident: Incident
    place: str
    store_name: str
    standing: Standing
    rule: SpreadRule
    replied_at: datetime | None
    children: list[ChildRow]
    signals: dict[SignalKind, int]
    people: int
    silence: Silence | None
    exposure: int
    is_answered: bool
    sales: list[Sales]
    """Nothing for somebody who sees no results."""
    hold: Hold | None
    buyers: Buyers
    same_cause: list[Complaint]

    @property
    def began_at(self) -> datetime:
        """When the first complaint was said."""
        first = min((row.complaint.occurred_at for row in self.children), default=None)
        return first or self.incident.opened_at


def visible_incident(session: Session, incident_id: int, actor: Actor | None) -> Incident:
    """Return an incident of the actor's stores. Raises NoResultFound."""
    statement = select(Incident).where(Incident.id == incident_id)
    return session.scalars(statement.where(in_scope(Incident.store_id, actor))).one()


def complaints_of_incident(session: Session, incident_id: int) -> list[Complaint]:
    """Return the children of an incident, oldest first."""
    statement = select(Complaint).where(Complaint.incident_id == incident_id)
    return list(session.scalars(statement.order_by(Complaint.occurred_at, Complaint.id)))


def incident_of_group(session: Session, group_id: int) -> int | None:
    """Return the newest incident of a group that has an open complaint."""
    statement = select(Complaint.incident_id).where(
        Complaint.group_id == group_id,
        Complaint.incident_id.is_not(None),
        Complaint.state.in_(UNDECIDED),
    )
    return session.scalar(statement.order_by(Complaint.incident_id.desc()).limit(1))


def heat(session: Session, complaints: Sequence[Complaint], now: datetime) -> Standing:
    """Return how the incident of these complaints stands now."""
    children = children_of(session, complaints)
    return incidents.standing(incidents.all_heard(children), now, incidents.rule_of(children))


def incident_page(
    session: Session, incident: Incident, actor: Actor, *, now: datetime
) -> IncidentPage:
    """Return the page of an incident that the actor may see."""
    complaints = complaints_of_incident(session, incident.id)
    children = children_of(session, complaints)
    heard = incidents.all_heard(children)
    signals, replies = incidents.split(heard)
    rule = incidents.rule_of(children)
    place, store_name = _place(session, incident)
    silences = _silences(complaints, children, now)
    began = min((c.occurred_at for c in complaints), default=incident.opened_at)
    holds = group_holds(session, [incident.group_id or 0], now=now)
    return IncidentPage(
        incident=incident,
        place=place,
        store_name=store_name,
        standing=incidents.standing(heard, now, rule),
        rule=rule,
        replied_at=min(replies, default=None),
        children=_rows(session, complaints),
        signals=dict(Counter(signal.kind for signal in signals)),
        people=len({signal.member for signal in signals}),
        silence=max(silences, key=lambda one: one.minutes, default=None),
        exposure=sum(one.exposure for one in silences),
        is_answered=any(child.seen_replies for child in children),
        sales=_sales(session, incident, place, store_name, actor, began, now=now)
        if can(actor.role, Permission.SEE_RESULTS)
        else [],
        hold=holds.get(incident.group_id or 0),
        buyers=other_buyers(session, incident, complaints, actor),
        same_cause=same_cause(session, incident, actor),
    )


def _place(session: Session, incident: Incident) -> tuple[str, str]:
    row = session.execute(
        select(Store.name.label("store"), ChatGroup.name.label("group"))
        .select_from(Incident)
        .join(Store, Store.id == Incident.store_id)
        .outerjoin(ChatGroup, ChatGroup.id == Incident.group_id)
        .where(Incident.id == incident.id)
    ).one()
    return row.group or row.store, row.store


def _silences(
    complaints: Sequence[Complaint], children: Sequence[Child], now: datetime
) -> list[Silence]:
    """One for each audience: a group counts once, however many of its members complain."""
    replies = {child.id: child.seen_replies for child in children}
    places: dict[object, list[Complaint]] = {}
    for complaint in complaints:
        places.setdefault(complaint.group_id or f"live {complaint.id}", []).append(complaint)
    return [_silence(some, replies, now) for some in places.values()]


def _silence(
    complaints: Sequence[Complaint], replies: dict[int, list[datetime]], now: datetime
) -> Silence:
    since = min(complaint.occurred_at for complaint in complaints)
    seen = [at for complaint in complaints for at in replies[complaint.id]]
    closed = [complaint.closed_at for complaint in complaints]
    ended = max(at for at in closed if at) if all(closed) else now
    audience = max(complaint.audience_size or 0 for complaint in complaints)
    return Silence(audience, since, min(seen, default=ended))


def _rows(session: Session, complaints: Sequence[Complaint]) -> list[ChildRow]:
    ids = [complaint.id for complaint in complaints]
    clocks: dict[int, list[SlaClock]] = {complaint_id: [] for complaint_id in ids}
    cycles = {complaint.id: complaint.cycle for complaint in complaints}
    statement = select(SlaClock).where(SlaClock.complaint_id.in_(ids))
    for clock in session.scalars(statement.order_by(SlaClock.due_at, SlaClock.id)):
        if clock.complaint_cycle == cycles[clock.complaint_id]:
            clocks[clock.complaint_id].append(clock)
    known = staff_names(session, {one.assignee_id for one in complaints if one.assignee_id})
    return [
        ChildRow(one, quote_of(one.text), known.get(one.assignee_id or 0), clocks[one.id])
        for one in complaints
        if one.state is not State.MERGED
    ]


def _sales(  # noqa: PLR0913  names and places of one row each
    session: Session,
    incident: Incident,
    place: str,
    store_name: str,
    actor: Actor,
    began: datetime,
    *,
    now: datetime,
) -> list[Sales]:
    own = in_scope(Contact.store_id, actor)
    parts: list[tuple[str, str, ColumnElement[bool]]] = []
    if incident.group_id is not None:
        parts.append(("group", place, and_(was_in_group(incident.group_id), own)))
    parts.append(("store", store_name, Contact.store_id == incident.store_id))
    parts.append(("shop", "", own))
    day, scopes = fmt.local(began).date(), [scope for _part, _name, scope in parts]
    around = parts_around(session, scopes, began, now=now)
    weeks = weeks_around(session, scopes, day, weeks=WEEKS_SHOWN)
    return [
        Sales(part, name, around[number], weeks[number])
        for number, (part, name, _scope) in enumerate(parts)
    ]


def was_in_group(group_id: int) -> Any:
    """Contacts who are in a group or have left it."""
    return exists().where(GroupMember.contact_id == Contact.id, GroupMember.group_id == group_id)
