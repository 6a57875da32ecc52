"""Log a complaint. Its clocks start when the customer said it, not when it was typed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.accounts.queries import active_staff, hold_active
from crm.accounts.rules import Actor, Role
from crm.audit import service as audit
from crm.complaints.models import Complaint, PrivacyRequest, SlaCalendar, SlaPolicyVersion
from crm.complaints.queries import case as queries
from crm.complaints.queries.matter import hold_matters
from crm.complaints.rules.commands import LogComplaint
from crm.complaints.rules.onlookers import THREAD_AFTER
from crm.complaints.rules.policy import Policy, to_json
from crm.complaints.rules.severity import base_severity, visibility_of
from crm.complaints.rules.words import (
    ALIAS_MAX,
    PUBLIC_CHANNELS,
    REF_MAX,
    TEXT_MAX,
    BadEvent,
    Channel,
    EventType,
    State,
    platform_due,
    posted_at,
)
from crm.complaints.service import incidents
from crm.complaints.service.book import Book, Entry
from crm.complaints.service.effects import recount, write
from crm.contacts.queries import contact_names, contact_to_name, led_to
from crm.groups.queries import visible_group
from crm.stores.queries import visible_store


def log_complaint(
    session: Session, command: LogComplaint, *, actor: Actor | None, now: datetime
) -> Complaint:
    """Log a complaint and start its clocks. The same form token returns the first one.

    Raises BadEvent, Forgotten, and NoResultFound for what is not the actor's.
    """
    hold_matters(session, command.store_id)
    short_no = command.short_no or queries.next_short_no(session)
    # Loggings wait for each other above, so a second tap sees here what the first one wrote.
    if actor is not None and command.client_key:
        first = queries.complaint_by_key(session, actor.id, command.client_key)
        if first is not None:
            return first
    occurred_at = _check(command, now)
    complaint = _row(session, command, occurred_at, short_no, actor=actor, now=now)
    session.add(complaint)
    session.flush()  # its events name it by id
    if command.request_kind is not None:
        asked = PrivacyRequest(complaint_id=complaint.id, kind=command.request_kind, asked_at=now)
        session.add(asked)
    policy = queries.policy_of(session, complaint.policy_version_id)
    book = Book(session, complaint, [], policy)
    data = _logged(session, command, complaint)
    by = None if actor is None else actor.id
    book.append(Entry(EventType.LOGGED, occurred_at, by, complaint.visibility, data=data), now=now)
    incidents.join(session, book, now=now)
    write(session, book, now=now)
    recount(session, complaint, book.now_true)
    subject, after = f"complaint:{complaint.id}", {"severity": complaint.severity}
    audit.record(session, "complaint.logged", subject=subject, actor=actor, now=now, after=after)
    return complaint


def _check(command: LogComplaint, now: datetime) -> datetime:
    text = command.text.strip()
    if not text:
        raise BadEvent("text", "complaints.error.text_needed")
    limits = (("text", text, TEXT_MAX), ("order_no", command.order_no, REF_MAX))
    for field, given, limit in limits:
        if len(given) > limit:
            raise BadEvent(field, "complaints.error.too_long", limit=limit)
    if command.channel is Channel.GROUP and command.group_id is None:
        raise BadEvent("group_id", "complaints.error.group_needed")
    if command.request_kind is not None and command.channel is not Channel.PRIVACY_REQUEST:
        raise BadEvent("request_kind", "complaints.error.no_privacy_request")
    if command.severity is not None and command.severity not in range(1, 5):
        raise BadEvent("severity", "complaints.error.choose")
    occurred_at = posted_at(command.occurred_at, now)
    if due_at := command.external_due_at:
        platform_due(due_at, command.channel, occurred_at, now, field="external_due_at")
    return occurred_at


def _row(
    session: Session,
    command: LogComplaint,
    occurred_at: datetime,
    short_no: int,
    *,
    actor: Actor | None,
    now: datetime,
) -> Complaint:
    visible_store(session, command.store_id, actor)
    audience = command.audience_size
    if command.group_id is not None:
        group = visible_group(session, command.group_id, actor)
        if group.store_id != command.store_id:
            raise BadEvent("group_id", "complaints.error.group_of_other_store")
        audience = group.member_count if audience is None else audience
    contact_id = command.contact_id
    if contact_id is not None:
        contact_id = led_to(session, [contact_id])[contact_id]
        contact_id = contact_to_name(session, contact_id, actor).id
    return Complaint(
        short_no=short_no,
        store_id=command.store_id,
        contact_id=contact_id,
        reporter_alias=command.reporter_name.strip()[:ALIAS_MAX],
        group_id=command.group_id,
        message_id=command.message_id,
        previous_id=command.previous_id,
        channel=command.channel,
        visibility=visibility_of(command.channel),
        category=command.category,
        text=command.text.strip(),
        order_ref=command.order_no,
        product_ref=command.product_ref[:REF_MAX],
        audience_size=audience if command.channel in PUBLIC_CHANNELS else None,
        occurred_at=occurred_at,
        logged_at=now,
        logged_by=None if actor is None else actor.id,
        client_key=command.client_key,
        policy_version_id=_policy_version(session, now),
        calendar_id=pin_hours(session, command.store_id, now),
        thread_until=occurred_at + THREAD_AFTER,
        version=1,
        state=State.OPEN,
        severity=base_severity(command.channel, command.category),
        cycle=1,
        owes_answer=True,
        chase_count=0,
    )


def _logged(session: Session, command: LogComplaint, complaint: Complaint) -> dict[str, Any]:
    """What the replay needs to know of the complaint; ids and names of people in the chat only."""
    data: dict[str, Any] = {
        "channel": complaint.channel.value,
        "category": complaint.category.value,
        "calendar_id": complaint.calendar_id,
        "reporter": _reporter(session, complaint),
    }
    if command.severity is not None:
        data["severity"] = command.severity
    if command.external_due_at is not None:
        data["external_due_at"] = command.external_due_at.isoformat()
    if complaint.channel is Channel.PRIVACY_REQUEST:
        owners = hold_active(session, active_staff(session, frozenset({Role.OWNER})))
        data["assignee_id"] = min(owners, default=None)
    return data


def _reporter(session: Session, complaint: Complaint) -> str:
    if complaint.reporter_alias or complaint.contact_id is None:
        return complaint.reporter_alias
    return contact_names(session, [complaint.contact_id])[complaint.contact_id].name


def _policy_version(session: Session, now: datetime) -> int:
    version_id, policy = queries.current_policy(session)
    return version_id or new_policy_version(session, policy, actor=None, now=now)


def new_policy_version(
    session: Session, policy: Policy, *, actor: Actor | None, now: datetime
) -> int:
    """Store a version for complaints logged from now on; running ones keep theirs."""
    by = None if actor is None else actor.id
    row = SlaPolicyVersion(content=queries.as_text(to_json(policy)), created_at=now, created_by=by)
    session.add(row)
    session.flush()  # complaints name it by id
    return row.id


def pin_hours(session: Session, store_id: int, now: datetime) -> int:
    """Return the stored version of a store's hours as they are now."""
    digest, content = queries.hours_of(session, store_id)
    known = queries.calendar_by_digest(session, digest)
    if known is not None:
        return known
    row = SlaCalendar(digest=digest, content=content, created_at=now)
    session.add(row)
    session.flush()  # complaints name it by id
    return row.id
