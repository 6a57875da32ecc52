"""Everything that is kept of one person, for herself: readable, whole, and nothing of others.

What others said, who looked on and how the software counts is not hers and is left out; a house
test holds this list against the tables.
"""

import enum
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session

from crm import crypto
from crm.accounts.models import Staff
from crm.attention.models import CapOverride, FollowUp, Touch
from crm.audit.models import AuditEntry
from crm.campaigns.models import Campaign, CampaignMember
from crm.complaints.models import (
    Complaint,
    ComplaintEvent,
    IncidentBuyer,
    OnlookerTold,
    PrivacyRequest,
    SlaClock,
    Suspicion,
)
from crm.complaints.rules.words import NAMES_IN_DATA, WORDS_IN_DATA, EventType
from crm.contacts.models import (
    Consent,
    Contact,
    ContactIdentity,
    ContactMove,
    ContactNote,
    ContactTag,
    StepTaken,
)
from crm.contacts.rules import IdentityKind
from crm.groups.models import ChatGroup, GroupMember, GroupMessage
from crm.i18n import _
from crm.loyalty.models import LoyaltyStat, RuleTag
from crm.orders.models import OrderLine, ShopOrder
from crm.stores.models import Store

IDS: Any = bindparam("ids", expanding=True)
_OTHERS_WORDS = (EventType.ONLOOKER_SIGNAL,)
_HER_ORDERS = select(ShopOrder.id).where(ShopOrder.contact_id.in_(IDS))

_NAMES_HER = exists().where(
    GroupMember.group_id == Complaint.group_id,
    GroupMember.contact_id.in_(IDS),
    Contact.id == GroupMember.contact_id,
    OnlookerTold.name.in_([GroupMember.nickname, Contact.name, Contact.nickname]),
)


def _staff(column: Any, label: str) -> Any:
    return select(Staff.name).where(Staff.id == column).scalar_subquery().label(label)


def _store(column: Any) -> Any:
    return select(Store.name).where(Store.id == column).scalar_subquery().label("store")


SECTIONS: Mapping[str, Select[*tuple[Any, ...]]] = {
    "contact": select(
        Contact.id,
        Contact.name,
        Contact.nickname,
        Contact.remark,
        Contact.phone_hint,
        _store(Contact.store_id),
        _staff(Contact.owner_id, "looked_after_by"),
        Contact.created_at,
        Contact.active_at,
        Contact.do_not_contact_at,
        Contact.forgotten_at,
    ).where(Contact.id.in_(IDS)),
    "identities": select(
        ContactIdentity.kind, ContactIdentity.value_encrypted, ContactIdentity.added_at
    ).where(
        ContactIdentity.contact_id.in_(IDS),
        ContactIdentity.kind != IdentityKind.FILE_LINE,  # a hash of what the other parts say
    ),
    "moves": select(
        ContactMove.kind,
        _store(ContactMove.from_store_id),
        ContactMove.detail,
        ContactMove.moved_at,
        ContactMove.recorded_at,
    ).where(ContactMove.contact_id.in_(IDS)),
    "steps": select(StepTaken.step, StepTaken.taken_at).where(StepTaken.contact_id.in_(IDS)),
    "notes": select(ContactNote.text, ContactNote.author_name, ContactNote.noted_at).where(
        ContactNote.contact_id.in_(IDS)
    ),
    "consents": select(
        Consent.basis, Consent.given_at, Consent.withdrawn_at, Consent.note, Consent.recorded_at
    ).where(Consent.contact_id.in_(IDS)),
    "tags": select(ContactTag.tag, ContactTag.tagged_at).where(ContactTag.contact_id.in_(IDS)),
    "orders": select(
        ShopOrder.id,
        ShopOrder.channel,
        ShopOrder.order_no,
        ShopOrder.ordered_at,
        ShopOrder.paid_at,
        ShopOrder.status,
        ShopOrder.status_text,
        ShopOrder.paid_fen,
        ShopOrder.refunded_fen,
        ShopOrder.phone_hint,
    ).where(ShopOrder.contact_id.in_(IDS)),
    "order_lines": select(
        OrderLine.order_id,
        OrderLine.product,
        OrderLine.category,
        OrderLine.quantity,
        OrderLine.amount_fen,
        OrderLine.refunded_fen,
    ).where(OrderLine.order_id.in_(_HER_ORDERS)),
    "loyalty": select(
        LoyaltyStat.first_on,
        LoyaltyStat.last_on,
        LoyaltyStat.orders_count,
        LoyaltyStat.spend_fen,
        LoyaltyStat.median_gap_days,
        LoyaltyStat.state,
    ).where(LoyaltyStat.contact_id.in_(IDS)),
    "rule_tags": select(RuleTag.tag, RuleTag.facts, RuleTag.given_at).where(
        RuleTag.contact_id.in_(IDS)
    ),
    "touches": select(
        Touch.kind,
        Touch.topic,
        Touch.seconds,
        Touch.note,
        Touch.happened_at,
        _staff(Touch.staff_id, "by"),
        Touch.undone_at,
    ).where(Touch.contact_id.in_(IDS)),
    "follow_ups": select(
        FollowUp.due_on,
        FollowUp.reason,
        FollowUp.words,
        FollowUp.kind,
        FollowUp.done_at,
        FollowUp.cancelled_at,
    ).where(FollowUp.contact_id.in_(IDS)),
    "more_time": select(
        CapOverride.minutes, CapOverride.reason, CapOverride.granted_at, CapOverride.expires_at
    ).where(CapOverride.contact_id.in_(IDS)),
    "lists": select(
        Campaign.name, CampaignMember.arm, CampaignMember.reason, CampaignMember.planned_on
    )
    .join(Campaign, Campaign.id == CampaignMember.campaign_id)
    .where(CampaignMember.contact_id.in_(IDS)),
    "groups": select(
        ChatGroup.name,
        GroupMember.nickname,
        GroupMember.joined_at,
        GroupMember.left_at,
        GroupMember.created_at,
    )
    .join(ChatGroup, ChatGroup.id == GroupMember.group_id)
    .where(GroupMember.contact_id.in_(IDS)),
    "messages": select(
        ChatGroup.name.label("group"),
        GroupMessage.sent_at,
        GroupMessage.sender,
        GroupMessage.text,
        GroupMessage.quote,
    )
    .join(GroupMember, GroupMember.id == GroupMessage.member_id)
    .join(ChatGroup, ChatGroup.id == GroupMessage.group_id)
    .where(GroupMember.contact_id.in_(IDS)),
    "complaints": select(
        Complaint.short_no,
        Complaint.channel,
        Complaint.category,
        Complaint.text,
        Complaint.reporter_alias,
        Complaint.order_ref,
        Complaint.parcel_ref,
        Complaint.state,
        Complaint.occurred_at,
        Complaint.logged_at,
        Complaint.first_response_at,
        Complaint.resolved_at,
        Complaint.closed_at,
    ).where(Complaint.contact_id.in_(IDS)),
    "complaint_events": select(
        Complaint.short_no,
        ComplaintEvent.type,
        ComplaintEvent.at,
        ComplaintEvent.text,
        ComplaintEvent.data,
    )
    .join(Complaint, Complaint.id == ComplaintEvent.complaint_id)
    .where(Complaint.contact_id.in_(IDS), ComplaintEvent.type.not_in(_OTHERS_WORDS)),
    "promises": select(Complaint.short_no, SlaClock.task, SlaClock.due_at, SlaClock.met_at)
    .join(Complaint, Complaint.id == SlaClock.complaint_id)
    .where(Complaint.contact_id.in_(IDS), SlaClock.task.is_not(None)),
    "suspected": select(
        ChatGroup.name.label("group"), GroupMessage.sent_at, Suspicion.reason, Suspicion.state
    )
    .join(GroupMessage, GroupMessage.id == Suspicion.message_id)
    .join(GroupMember, GroupMember.id == GroupMessage.member_id)
    .join(ChatGroup, ChatGroup.id == GroupMessage.group_id)
    .where(GroupMember.contact_id.in_(IDS)),
    "explained_to_her": select(
        ChatGroup.name.label("group"), OnlookerTold.name, OnlookerTold.is_told, OnlookerTold.at
    )
    .join(Complaint, Complaint.id == OnlookerTold.complaint_id)
    .join(ChatGroup, ChatGroup.id == Complaint.group_id)
    .where(_NAMES_HER),
    "told_of_a_fault": select(IncidentBuyer.told_at).where(IncidentBuyer.contact_id.in_(IDS)),
    "requests": select(PrivacyRequest.kind, PrivacyRequest.asked_at, PrivacyRequest.fulfilled_at)
    .join(Complaint, Complaint.id == PrivacyRequest.complaint_id)
    .where(Complaint.contact_id.in_(IDS)),
}
_SEEN = select(AuditEntry.at, AuditEntry.action, _staff(AuditEntry.actor_id, "by")).where(
    AuditEntry.subject.in_(bindparam("subjects", expanding=True))
)


def everything_about(session: Session, contact_ids: Sequence[int]) -> dict[str, list[Any]]:
    """Return all that is kept of these contacts, who are one person, section by section."""
    found = {
        name: [_plain(row) for row in session.execute(statement, {"ids": contact_ids}).mappings()]
        for name, statement in SECTIONS.items()
    }
    for identity in found["identities"]:
        sealed = identity.pop("value_encrypted")
        try:
            identity["value"] = crypto.decrypt(sealed, purpose="identity")
        except crypto.WrongKey:
            identity["value"] = _("contacts.unreadable")
    for event in found["complaint_events"]:
        said = {key: event["data"].get(key) for key in (*NAMES_IN_DATA, *WORDS_IN_DATA)}
        event["data"] = {key: value for key, value in said.items() if value}
    subjects = [f"contact:{one}" for one in contact_ids]
    seen = session.execute(_SEEN, {"subjects": subjects}).mappings()
    found["who_did_what"] = [_plain(row) for row in seen]
    return found


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): _word(value) for name, value in row.items()}


def _word(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
