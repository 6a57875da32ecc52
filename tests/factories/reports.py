"""What the results page reads: complaints with their times, ended lists with their arms."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.campaigns.models import Campaign, CampaignMember
from crm.campaigns.rules import Arm, Purpose
from crm.campaigns.rules import State as ListState
from crm.claims.rules import Industry
from crm.complaints.models import Complaint
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.words import Category, Channel, EventType
from crm.complaints.service import log_complaint, record_event
from crm.contacts.models import Contact
from crm.stores.models import Store
from tests.conftest import NOW


def make_answered(
    session: Session,
    store: Store,
    occurred_at: datetime,
    waited: timedelta | None = timedelta(minutes=10),
    *,
    onlookers: int = 0,
) -> Complaint:
    """A complaint and its first answer after this much time; None: nobody answered.

    One with onlookers spread at once.
    """
    session.flush()
    command = LogComplaint(
        channel=Channel.LIVESTREAM_COMMENT,
        text="这是不是假货",
        occurred_at=occurred_at,
        store_id=store.id,
        category=Category.SUSPECTED_FAKE,
    )
    complaint = log_complaint(session, command, actor=None, now=occurred_at)
    if waited is not None:
        answer = NewEvent(type=EventType.PUBLIC_REPLY, at=occurred_at + waited)
        record_event(session, complaint, answer, actor=None, now=occurred_at + waited)
    if onlookers:
        complaint.onlooker_count, complaint.spread_at = onlookers, occurred_at
    session.flush()
    return complaint


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
