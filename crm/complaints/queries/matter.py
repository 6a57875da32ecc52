"""Which complaints are one matter, and what was heard about it on any of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, false, or_, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from crm.complaints.models import Complaint, ComplaintEvent
from crm.complaints.queries.case import policy_of
from crm.complaints.rules.incidents import SAME_TALK, Child, Heard, Matter, same_matter
from crm.complaints.rules.onlookers import THREAD_AFTER
from crm.complaints.rules.spread import SpreadRule
from crm.complaints.rules.words import (
    SPREAD,
    UNDECIDED,
    Channel,
    EventType,
    SignalKind,
    State,
    Visibility,
)
from crm.stores.models import Store

KIN_MOST = 500
"""Complaints of one group that are looked at for a matter, the newest ones."""
_COUNT = (
    EventType.LOGGED,
    EventType.HOLDING_REPLY,
    EventType.ONLOOKER_SIGNAL,
    EventType.PUBLIC_REPLY,
    EventType.SEVERITY_CHANGED,
    EventType.UNDONE,
)
_CAN_BE_SEEN = frozenset({EventType.HOLDING_REPLY, EventType.PUBLIC_REPLY})


def hold_matters(session: Session, store_id: int) -> None:
    """Let what counts for spread in a store happen one after the other.

    Asked for before any complaint is locked, so that nobody waits crosswise.
    """
    lock = select(Store.id).where(Store.id == store_id).with_for_update(key_share=True)
    session.execute(lock)


def matter_of(complaint: Complaint) -> Matter:
    """Return what a complaint is about."""
    return Matter(
        complaint.group_id,
        complaint.channel,
        complaint.order_ref,
        complaint.product_ref,
        complaint.text,
        complaint.occurred_at,
        complaint.thread_until - THREAD_AFTER,
    )


def kin_of(session: Session, complaint: Complaint) -> list[Complaint]:
    """Return the complaints of one matter with this one, itself among them, oldest first.

    Once there is an incident its children are the matter; before, what is open and fits.
    """
    if complaint.incident_id is not None:
        of_it = Complaint.incident_id == complaint.incident_id
        rows = session.scalars(select(Complaint).where(of_it, Complaint.state != State.VOIDED))
        found = {row.id: row for row in rows}
    else:
        found = {row.id: row for row in _that_fit(session, complaint, true())}
        merged = select(Complaint).where(Complaint.merged_into_id.in_([*found, complaint.id]))
        found |= {row.id: row for row in session.scalars(merged)}
    found[complaint.id] = complaint
    return [found[complaint_id] for complaint_id in sorted(found)]


def incident_that_fits(session: Session, complaint: Complaint) -> int | None:
    """Return the incident that an open complaint of the same matter belongs to."""
    found = _that_fit(session, complaint, Complaint.incident_id.is_not(None))
    return next((one.incident_id for one in found), None)


def _that_fit(
    session: Session, complaint: Complaint, wanted: ColumnElement[bool]
) -> list[Complaint]:
    if complaint.visibility is not Visibility.PUBLIC:
        return []
    mine = matter_of(complaint)
    near = or_(
        Complaint.group_id == mine.group_id,
        Complaint.channel == Channel.LIVESTREAM_COMMENT,
        *([Complaint.group_id.is_not(None)] if mine.is_live else []),
    )
    is_named = true() if mine.is_named else false()
    named = or_(Complaint.order_ref != "", Complaint.product_ref != "", is_named)
    in_talk = and_(
        Complaint.occurred_at <= mine.last_at + SAME_TALK,
        Complaint.thread_until >= mine.first_at - SAME_TALK + THREAD_AFTER,
    )
    rows = session.scalars(
        select(Complaint)
        .where(
            Complaint.store_id == complaint.store_id,
            Complaint.visibility == Visibility.PUBLIC,
            Complaint.state.in_(UNDECIDED),
            Complaint.id != complaint.id,
            near,
            or_(named, in_talk),
            wanted,
        )
        .order_by(Complaint.id.desc())
        .limit(KIN_MOST)
    )
    return [row for row in rows if same_matter(mine, matter_of(row))]


def children_of(session: Session, complaints: Sequence[Complaint]) -> list[Child]:
    """Return these complaints with what was heard on each of them."""
    session.flush()  # what was just recorded counts too
    logs: dict[int, list[ComplaintEvent]] = {complaint.id: [] for complaint in complaints}
    rows = session.scalars(
        select(ComplaintEvent)
        .where(ComplaintEvent.complaint_id.in_(logs), ComplaintEvent.type.in_(_COUNT))
        .order_by(ComplaintEvent.complaint_id, ComplaintEvent.seq)
    )
    for row in rows:
        logs[row.complaint_id].append(row)
    versions = {one.policy_version_id for one in complaints}
    rules = {version: policy_of(session, version).spread for version in versions}
    return [
        _child(complaint, logs[complaint.id], rules[complaint.policy_version_id])
        for complaint in complaints
    ]


def _child(complaint: Complaint, rows: Sequence[ComplaintEvent], rule: SpreadRule) -> Child:
    child = Child(complaint.id, complaint.state, complaint.logged_at, rule)
    undone = {row.data["seq"] for row in rows if row.type is EventType.UNDONE}
    reporter = next((row.data.get("reporter") for row in rows if row.seq == 1), None)
    for row in rows:
        if row.seq in undone:
            continue
        if row.type is EventType.SEVERITY_CHANGED and row.data.get("cause") == SPREAD:
            at = row.data["reached_at"]
            child.effects[at and datetime.fromisoformat(at)] = row.seq
        if row.type in _CAN_BE_SEEN and row.visibility is Visibility.PUBLIC:
            child.seen_replies.append(row.at)
        if row.type is EventType.PUBLIC_REPLY:
            child.heard.append(Heard(row.at, row.recorded_at, complaint.id, row.seq))
        elif row.type is EventType.ONLOOKER_SIGNAL:
            member = row.data.get("member") or f"{complaint.id}#{row.seq}"
            kind = SignalKind(row.data["signal"])
            if member != reporter:
                heard = Heard(row.at, row.recorded_at, complaint.id, row.seq, kind, member)
                child.heard.append(heard)
    return child
