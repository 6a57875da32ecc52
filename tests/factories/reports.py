"""What the results page reads: complaints with their times, ended lists with their arms."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.campaigns.models import Campaign, CampaignMember
from crm.campaigns.rules import Arm, Purpose
from crm.campaigns.rules import State as ListState
from crm.claims.rules import Industry
from crm.complaints.models import Complaint, SlaCalendar, SlaPolicyVersion
from crm.complaints.queries.case import hours_of
from crm.complaints.rules.words import Category, Channel, State, Visibility
from crm.contacts.models import Contact
from crm.stores.models import Store
from tests.conftest import NOW

_numbers = count(200)


def make_answered(
    session: Session,
    store: Store,
    occurred_at: datetime,
    waited: timedelta | None = timedelta(minutes=10),
    **overrides: Any,
) -> Complaint:
    """A complaint and its first answer after this much time; None: nobody answered."""
    session.flush()
    answered_at = None if waited is None else occurred_at + waited
    values: dict[str, Any] = {
        "short_no": next(_numbers),
        "store_id": store.id,
        "channel": Channel.GROUP,
        "visibility": Visibility.PUBLIC,
        "category": Category.SUSPECTED_FAKE,
        "text": "这是不是假货",
        "occurred_at": occurred_at,
        "logged_at": occurred_at,
        "policy_version_id": _policy(session),
        "calendar_id": _calendar(session, store),
        "version": 1,
        "state": State.OPEN if waited is None else State.ANSWERED,
        "severity": 2,
        "cycle": 1,
        "owes_answer": waited is None,
        "chase_count": 0,
        "thread_until": occurred_at + timedelta(hours=2),
        "first_response_at": answered_at,
    }
    complaint = Complaint(**values | overrides)
    session.add(complaint)
    session.flush()
    return complaint


def _policy(session: Session) -> int:
    row = session.query(SlaPolicyVersion).first()
    if row is None:
        row = SlaPolicyVersion(content="{}", created_at=NOW)
        session.add(row)
        session.flush()
    return row.id


def _calendar(session: Session, store: Store) -> int:
    digest, content = hours_of(session, store.id)
    row = session.query(SlaCalendar).filter_by(digest=digest).first()
    if row is None:
        row = SlaCalendar(digest=digest, content=content, created_at=NOW)
        session.add(row)
        session.flush()
    return row.id


def make_ended_list(
    session: Session,
    staff: Staff,
    treated: list[Contact],
    held_out: list[Contact],
    *,
    name: str = "春装老客",
    sent_days_ago: int = 60,
    purpose: Purpose = Purpose.REPURCHASE,
) -> Campaign:
    """A list whose members all had their day on the same date."""
    planned_on = (NOW - timedelta(days=sent_days_ago)).date()
    at = NOW - timedelta(days=sent_days_ago)
    campaign = Campaign(
        name=name,
        purpose=purpose,
        filter={"all": []},
        holdout_percent=20,
        industry=Industry.GENERAL,
        salt="salt",
        daily_cap=50,
        attribution_days=30,
        state=ListState.APPROVED,
        created_by=staff.id,
        created_at=at,
        approved_by=staff.id,
        approved_at=at,
        copy_hash="0" * 64,
    )
    session.add(campaign)
    session.flush()
    for arm, people in ((Arm.TREATED, treated), (Arm.HOLDOUT, held_out)):
        session.add_all(
            CampaignMember(
                campaign_id=campaign.id,
                contact_id=person.id,
                arm=arm,
                assignee_id=staff.id,
                planned_on=planned_on,
                window_ends_on=planned_on + timedelta(days=30),
                orders_count=1,
            )
            for person in people
        )
    session.flush()
    return campaign
